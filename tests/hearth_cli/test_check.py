"""`hearth check`: the stages of this project, and programs that break a rule."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import pulumi_aws as aws
aws.kms.Key("key", enable_key_rotation=False)
"""


def hearth(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`, where Python holds back what it prints, as it does by itself."""
    environment = {name: os.environ[name] for name in os.environ if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-m", "hearth_cli", *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one resource, with the real pack."""
    (tmp_path / "lambda_src").mkdir()
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "Pulumi.yaml").write_text("name: hearth\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    (tmp_path / "policies" / "stages").mkdir(parents=True)
    for name in ("__main__.py", "hearth_policies"):
        (tmp_path / "policies" / name).symlink_to(PROJECT / "policies" / name)
    settings(tmp_path, {"region-pinned": {"regions": ["eu-central-1"]}})
    return tmp_path


def settings(project: Path, content: object) -> None:
    (project / "policies" / "stages" / "dev.json").write_text(json.dumps(content))


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_this_project_s_stages_keep_every_rule(stage: str) -> None:
    checked = hearth(PROJECT, "check", "--stage", stage, "--json")

    assert (checked.returncode, checked.stderr) == (0, "")
    answer = json.loads(checked.stdout)
    assert (answer["passed"], answer["violations"], answer["undecided"]) == (True, [], [])


def test_a_broken_rule_is_named_with_its_controls_and_exits_1(project: Path) -> None:
    checked = hearth(project, "check", "--stage", "dev")

    assert checked.returncode == 1
    assert "violated: key-rotation on key: enableKeyRotation is off." in checked.stderr
    row = next(line for line in checked.stdout.splitlines() if "NIST-800-53r5 SC-12" in line)
    assert row.split()[-1] == "violated"


def test_a_region_that_is_not_allowed_is_found(project: Path) -> None:
    settings(project, {"region-pinned": {"regions": ["eu-west-1"]}})

    checked = hearth(project, "check", "--stage", "dev", "--json")

    found = {each["rule"]: each["text"] for each in json.loads(checked.stdout)["violations"]}
    assert found["region-pinned"].startswith("the provider's region is eu-central-1; allowed: eu-w")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "policies/stages/dev.json is not a map of rules"),
        ({"key-rotation": []}, "policies/stages/dev.json: key-rotation is not a map of settings"),
        (
            {"region-pinned": {"regions": "eu-central-1"}},
            "policies/stages/dev.json: "
            'region-pinned: regions is "eu-central-1"; allowed: a list of text',
        ),
        (
            {"log-retention": {"logRetentionDays": "30"}},
            "policies/stages/dev.json: "
            'log-retention: logRetentionDays is "30"; allowed: a whole number, 1 or more',
        ),
        (
            {"audit-lock": {"auditLockModes": ["NONE"]}},
            "policies/stages/dev.json: audit-lock: "
            'auditLockModes is ["NONE"]; allowed: a list of COMPLIANCE, GOVERNANCE',
        ),
        (
            {"key-rotation": {"exceptions": {"key": ""}}},
            "policies/stages/dev.json: key-rotation: "
            'exceptions is {"key": ""}; allowed: a map of resources\' names, each with a reason',
        ),
        ({"key-rotatoin": {}}, "policies/stages/dev.json: there is no rule key-rotatoin"),
        (
            {"key-rotation": {"days": 3}},
            "policies/stages/dev.json: key-rotation has no setting days",
        ),
        (
            {"key-rotation": {"exceptions": {"gone": "it was special"}}},
            "exceptions for resources that are not there: key-rotation: gone",
        ),
    ],
)
def test_settings_that_mean_nothing_are_refused(project: Path, content: object, said: str) -> None:
    settings(project, content)

    checked = hearth(project, "check", "--stage", "dev")

    assert (checked.returncode, checked.stdout) == (2, "")
    assert checked.stderr.startswith(f"hearth: {said}")


def test_a_stage_without_settings_is_refused_in_one_line(project: Path) -> None:
    checked = hearth(project, "check", "--stage", "nowhere")

    assert checked.returncode == 2
    assert "stage nowhere has no settings for the policy pack" in checked.stderr
    assert "Traceback" not in checked.stderr
