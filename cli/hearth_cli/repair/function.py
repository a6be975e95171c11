"""The function of a stage that repairs its search index, wherever the stage is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hearth_local.errors import StageError
from hearth_local.running_stage import find
from hearth_local.stage_folder import STAGE, StageFolder

from hearth_cli.errors import CommandError
from hearth_cli.project import stage_config

_OUTPUT = "repairFunctionName"
_VARIABLE = "HEARTH_REPAIR_FUNCTION"


class FunctionFailed(Exception):
    """A call that did not end with an answer; the next one may."""


class RepairFunction:
    """Calls the function; nothing but counts, types and ids comes back."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def call(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the function's answer. Raises FunctionFailed, CommandError."""
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectionError,
            HTTPClientError,
            IncompleteReadError,
        )

        try:
            answer = self._client.invoke(
                FunctionName=self._name, Payload=json.dumps(event).encode()
            )
            said: dict[str, Any] = json.loads(answer["Payload"].read())
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("TooManyRequestsException", "ServiceException"):
                raise FunctionFailed(code) from None
            raise CommandError(f"{self._name} cannot be called: {error}") from None
        except (ConnectionError, HTTPClientError, IncompleteReadError) as error:
            raise FunctionFailed(str(error)) from None
        except BotoCoreError as error:  # no credentials, say: the next call fares no better
            raise CommandError(f"{self._name} cannot be called: {error}") from None
        if answer.get("FunctionError"):
            raise FunctionFailed(f"{said.get('errorType', '')} {said.get('errorMessage', '')}")
        return said


def of_stage(root: Path, stage: str, name: str) -> RepairFunction:
    """Return the function of a stage; `name` is for one in AWS, if it is known.

    Raises CommandError.
    """
    config = stage_config(root, stage)
    if stage == STAGE:
        return _local(root, stage)
    named = name or os.environ.get(_VARIABLE, "") or _pulumi_output(root, stage)
    if "aws:region" not in config:
        raise CommandError(f"Pulumi.{stage}.yaml names no aws:region")
    return RepairFunction(_client(region_name=config["aws:region"]), named)


def _local(root: Path, stage: str) -> RepairFunction:
    try:
        running = find(StageFolder(root, stage))
    except StageError as error:
        raise CommandError(str(error), error.hint) from None
    if not running.repair_function:
        raise CommandError(f"stage {stage} has no function for repairs", hint="hearth up")
    # `test` is MiniStack's root key; the function itself has the rights of its own role.
    client = _client(
        endpoint_url=running.endpoint,
        region_name=running.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )
    return RepairFunction(client, running.repair_function)


def _client(**where: Any) -> Any:
    import boto3  # half a second, which most commands do not need
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(read_timeout=90, retries={"total_max_attempts": 1})
    try:
        return boto3.client("lambda", config=config, **where)
    except BotoCoreError as error:  # a profile that does not exist, say
        raise CommandError(f"AWS cannot be called: {error}") from None


def _pulumi_output(root: Path, stage: str) -> str:
    """Return the function's name as the stack exports it. Raises CommandError."""
    hint = f"--function NAME, or {_VARIABLE}; the stack exports it as {_OUTPUT}"
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise CommandError("the function's name is not known: there is no pulumi here", hint)
    ended = subprocess.run(
        [pulumi, "stack", "output", _OUTPUT, "--stack", stage, "--non-interactive"],
        cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode != 0 or not ended.stdout.strip():
        reason = ended.stderr.strip().splitlines()[-1:] or ["it printed nothing"]
        raise CommandError(f"pulumi stack output {_OUTPUT}: {reason[0]}", hint)
    return ended.stdout.strip()
