"""The function of a stage that repairs its search index, wherever the stage is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hearth_cli import stage_services
from hearth_cli.errors import CommandError

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
    services = stage_services.of_stage(root, stage)
    known = "" if services.functions is not None else name or os.environ.get(_VARIABLE, "")
    hint = f"--function NAME, or {_VARIABLE}; the stack exports it as {_OUTPUT}"
    return RepairFunction(services.client("lambda"), known or services.function(_OUTPUT, hint))
