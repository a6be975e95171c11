"""A MiniStack of a test's own, as a stage has it, and functions in it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hearth_local import ports
from hearth_local.ministack import MiniStack
from hearth_local.root_client import root_client
from hearth_local.stage_folder import StageFolder

REGION = "eu-central-1"


@contextmanager
def small_aws(folder: StageFolder) -> Iterator[MiniStack]:
    """Start the stage's MiniStack, and stop it so that it saves."""
    folder.prepare()
    aws = MiniStack(folder, ports.choose(None, None), REGION)
    try:
        aws.ready()
        yield aws
    finally:
        assert aws.stop()


def client(aws: MiniStack, service: Any) -> Any:
    """Return a client that may do everything."""
    return root_client(service, aws.endpoint, REGION)


def make_function(aws: MiniStack, name: str, code: str) -> None:
    """Make a function of one module, which has `handler` in it."""
    trust = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    role = client(aws, "iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{name}.py", code)
    client(aws, "lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler=f"{name}.handler",
        Code={"ZipFile": packed.getvalue()},
    )
