"""The stage's own program under both engines: the same resources are left behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hearth_local.provider.serving import listening
from tests.services.local_stage import LocalStage, copy_project
from tests.services.ministack import ministack
from tests.services.pulumi_engine import pulumi_engine

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "stage_program.py"

# What differs from one AWS to the next, whoever makes it: names, ids, times, ports.
_OWN = [
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"-[0-9a-f]{7}\b"), "-<name>"),
    (re.compile(r"\beu-central-1_\w{9}"), "<pool>"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "<id>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<host>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.+]+Z?"), "<time>"),
]
_OWN_PROPERTIES = {
    "attachmentCount",  # counted when the policy was made: before or after it was attached
    "clientSecret",
    "code",  # each engine hashes a folder in its own way; codeSha256 tells if it is the same
    "policyId",
    "triggers",
    "uniqueId",
    "userPoolClientId",
    "user_pool_client_id",
    "value",
}


def test_both_engines_leave_the_same_resources(tmp_path: Path) -> None:
    """`hearth up` and `pulumi up` differ in nothing that the program says."""
    project = copy_project(tmp_path / "project")
    stage = LocalStage(project)
    stage.up()
    ours = json.loads((project / ".hearth" / "local" / "state.json").read_text())["resources"]
    stage.hearth("down", "--destroy", "--yes")

    report = _under_pulumis_engine(project, tmp_path)

    everything = len(_programs_own(report["resources"]))
    assert report["created"] == {"create": everything}
    assert report["again"] == {"same": everything}
    assert report["refreshed"] == {"same": everything}
    assert report["destroyed"] == {"delete": everything}
    assert _programs_own(ours) == _programs_own(report["resources"])


def _under_pulumis_engine(project: Path, folder: Path) -> dict[str, Any]:
    """Return what happened, and the state of the stack before it was destroyed."""
    files = folder / "pulumi"
    files.mkdir()
    with ministack() as aws, listening(aws.url) as (_, port):
        answer = subprocess.run(
            [
                sys.executable,
                str(SCRIPT),
                str(pulumi_engine()),
                str(project),
                str(files),
                str(port),
            ],
            env={**os.environ, "AWS_ENDPOINT_URL": aws.url},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    report: dict[str, Any] = json.loads(answer.stdout)
    return report


def _programs_own(resources: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the resources by URN, without providers and without what is each AWS's own."""
    return {
        resource["urn"]: {
            "parent": resource.get("parent") or "",
            "protect": bool(resource.get("protect")),
            "inputs": _plain(resource.get("inputs") or {}),
            "outputs": _plain(resource.get("outputs") or {}),
        }
        for resource in resources
        if not resource["type"].startswith("pulumi:providers:")
    }


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: _plain(member)
                for name, member in value.items()
                if name not in _OWN_PROPERTIES
            }
        case list():
            return [_plain(member) for member in value]
        case str():
            for pattern, mark in _OWN:
                value = pattern.sub(mark, value)
    return value
