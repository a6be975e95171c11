"""The repair function of a stage in AWS, as far as it is found and called without an account."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hearth_cli.errors import CommandError
from hearth_cli.repair.function import of_stage

STAGE_FILE = "config:\n  aws:region: eu-central-1\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a stage in AWS, on a machine that has no credentials."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    tmp_path.joinpath("Pulumi.dev.yaml").write_text(STAGE_FILE)
    return tmp_path


def test_without_credentials_a_call_ends_at_once(project: Path) -> None:
    with pytest.raises(CommandError) as error:
        of_stage(project, "dev", "repair").call({})

    assert error.value.message == "repair cannot be called: Unable to locate credentials"


def test_a_profile_that_does_not_exist_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "ward")

    with pytest.raises(CommandError) as error:
        of_stage(project, "dev", "repair")

    assert error.value.message == (
        "AWS cannot be called: The config profile (ward) could not be found"
    )


def test_a_stage_without_a_region_cannot_be_called(project: Path) -> None:
    project.joinpath("Pulumi.dev.yaml").write_text("config: {}\n")

    with pytest.raises(CommandError) as error:
        of_stage(project, "dev", "repair")

    assert error.value.message == "Pulumi.dev.yaml names no aws:region"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "echo error: no stack named dev found >&2; exit 1",
            "pulumi stack output repairFunctionName: error: no stack named dev found",
        ),
        ("exit 0", "pulumi stack output repairFunctionName: it printed nothing"),
        # One that asks must not wait for an answer that nobody is there to type.
        (
            "read answer || echo nobody answers >&2; exit 1",
            "pulumi stack output repairFunctionName: nobody answers",
        ),
    ],
)
def test_what_pulumi_says_is_passed_on(
    project: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    pulumi = project / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(f"#!/bin/sh\n{script}\n")
    pulumi.chmod(0o700)
    monkeypatch.setenv("PATH", str(pulumi.parent), prepend=os.pathsep)
    monkeypatch.delenv("HEARTH_REPAIR_FUNCTION", raising=False)

    with pytest.raises(CommandError) as error:
        of_stage(project, "dev", "")

    assert error.value.message == message
    assert error.value.hint.startswith("--function NAME, or HEARTH_REPAIR_FUNCTION")
