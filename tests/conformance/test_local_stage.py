"""The local stage as a stranger meets it: what it prints works, and a hard kill leaves it whole."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from hearth_cli import getting_started
from hearth_local import locks
from hearth_local.running_stage import find
from hearth_local.stage_folder import StageFolder

from tests.services.local_stage import LocalStage, running_stage
from tests.services.requirement import missing


def test_the_curl_lines_work_when_pasted(stage: LocalStage) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        missing("curl, or bash")
    printed = getting_started.lines(find(StageFolder(stage.root, "local")))
    pasted = [line for line in printed if line.startswith("curl ")]

    answers = [
        json.loads(
            subprocess.run(
                ["bash", "-c", line], cwd=stage.root, capture_output=True, check=True
            ).stdout
        )
        for line in pasted
    ]

    metadata, patient, found = answers
    assert metadata["resourceType"] == "CapabilityStatement"
    assert (patient["resourceType"], patient["meta"]["versionId"]) == ("Patient", "1")
    assert patient["id"] in [entry["resource"]["id"] for entry in found["entry"]]


def test_status_lists_what_ministack_only_takes_note_of(stage: LocalStage) -> None:
    status = json.loads(stage.hearth("status", "--json").stdout)

    assert status["condition"] == "up"
    assert status["baseUrl"] == stage.base_url
    assert any(name.startswith("aws:s3/bucketLogging:") for name in status["declaredOnly"])


@pytest.mark.slow
def test_a_ministack_that_was_killed_leaves_no_ghosts_in_the_search(tmp_path: Path) -> None:
    """What was saved is found again, what was not is neither found nor there."""
    with running_stage(tmp_path) as stage:
        saved = stage.call("POST", "Patient", _patient("Saved")).json["id"]
        stage.down()
        stage.up()
        lost = stage.call("POST", "Patient", _patient("Lost")).json["id"]
        os.kill(_ministack(stage), signal.SIGKILL)
        folder = StageFolder(stage.root, "local")
        assert locks.wait_until_free(folder.up_lock, 30)

        up = stage.hearth("up", "--detach", "--json")

        assert up.stderr.count("MiniStack was not stopped cleanly") == 1
        assert stage.call("GET", f"Patient/{saved}").status == 200
        assert stage.call("GET", f"Patient/{lost}").status == 404
        assert _found(stage, "Saved") == [saved]
        assert _found(stage, "Lost") == []


def _patient(family: str) -> dict[str, object]:
    return {"resourceType": "Patient", "name": [{"family": family}]}


def _found(stage: LocalStage, family: str) -> list[str]:
    bundle = stage.call("GET", f"Patient?family={family}").json
    return [entry["resource"]["id"] for entry in bundle.get("entry", [])]


def _ministack(stage: LocalStage) -> int:
    note = locks.holder(StageFolder(stage.root, "local").ministack_lock)
    assert note is not None
    return int(note["pid"])
