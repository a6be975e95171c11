"""What a function logs is kept, however soon its answer goes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from hearth_local import ports
from hearth_local.ministack import MiniStack
from hearth_local.root_client import root_client
from hearth_local.stage_folder import StageFolder

REGION = "eu-central-1"
TIMES = 30

FUNCTION = """
import sys

def handler(event, context):
    print("begun", event, file=sys.stderr)
    print("done", event, file=sys.stderr)
    return event
"""


def test_every_line_of_every_call_is_in_the_log(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path, "local")
    folder.prepare()
    aws = MiniStack(folder, ports.choose(None, None), REGION)
    try:
        aws.ready()
        _make(aws)

        for number in range(TIMES):
            _call(aws, number)
        _call(aws, TIMES)  # brings what came late

        said = [line for line in _logged(aws) if line.startswith(("begun", "done"))]
        for number in range(TIMES):
            assert said.count(f"begun {number}") == said.count(f"done {number}") == 1
    finally:
        aws.stop()


def _client(aws: MiniStack, service: Any) -> Any:
    return root_client(service, aws.endpoint, REGION)


def _make(aws: MiniStack) -> None:
    trust = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    role = _client(aws, "iam").create_role(
        RoleName="talker", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("talker.py", FUNCTION)
    _client(aws, "lambda").create_function(
        FunctionName="talker",
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="talker.handler",
        Code={"ZipFile": code.getvalue()},
    )


def _call(aws: MiniStack, number: int) -> None:
    answer = _client(aws, "lambda").invoke(FunctionName="talker", Payload=json.dumps(number))
    assert json.loads(answer["Payload"].read()) == number


def _logged(aws: MiniStack) -> list[str]:
    found = _client(aws, "logs").filter_log_events(logGroupName="/aws/lambda/talker", limit=10_000)
    return [line for each in found["events"] for line in each["message"].splitlines()]
