"""An answer's request id leads to what was logged for it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hearth_local.running_stage import find
from hearth_local.stage_folder import StageFolder

from tests.services.local_stage import LocalStage
from tests.services.operators import operator_of


def test_what_was_logged_for_an_answer_is_found_by_its_request_id(stage: LocalStage) -> None:
    answer = stage.call("GET", "Patient/none")

    logged = stage.hearth("logs", "api", "--request", answer.headers["x-request-id"], "--json")

    events = [json.loads(line)["message"] for line in logged.stdout.splitlines()]
    assert [(each["event"], each["interaction"], each["status"]) for each in events] == [
        ("request", "read", 404)
    ]


def test_what_each_function_logs_is_a_line(stage: LocalStage) -> None:
    stage.call("POST", "Patient", {"resourceType": "Patient"})

    logged = stage.hearth("logs", "--since", "1h").stdout

    assert " api     request interaction=create status=201 " in logged


def test_the_logs_of_a_stage_in_aws_are_read_with_two_rights(
    stage: LocalStage, tmp_path: Path
) -> None:
    """The same command as for a stage in an account: here its endpoint is the local one's."""
    answer = stage.call("GET", "Patient/none")
    operator = operator_of(
        stage, "lambda:GetFunctionConfiguration", "*", "logs:FilterLogEvents", "*"
    )
    path = f"{_pulumi(stage, tmp_path)}{os.pathsep}{os.environ['PATH']}"
    words = ("--stage", "dev", "--request", answer.headers["x-request-id"])

    logged = stage.hearth("logs", "api", *words, env=operator | {"PATH": path}).stdout
    stranger = operator_of(stage, "lambda:GetFunctionConfiguration", "*") | {"PATH": path}
    refused = stage.hearth("logs", "api", *words, check=False, env=stranger)

    assert "request interaction=read status=404" in logged
    assert (refused.returncode, "AccessDenied" in refused.stderr) == (2, True)


def _pulumi(stage: LocalStage, folder: Path) -> Path:
    """Make a `pulumi` that says what the local stage's program exports; return its folder."""
    name = find(StageFolder(stage.root, "local")).functions["apiFunctionName"]
    script = folder / "pulumi"
    script.write_text(f'#!/bin/sh\n[ "$3" = apiFunctionName ] && echo {name}\n')
    script.chmod(0o700)
    return folder
