"""The provider under Pulumi's own engine: attached, and as a plugin that the engine starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hearth_local.provider.serving import listening
from tests.hearth_local.provider.world import CODE
from tests.services.ministack import MiniStack
from tests.services.pulumi_engine import pulumi_engine

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "inline_program.py"
RESOURCES = 14


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a work folder with a function's code."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.py").write_text(CODE)
    return tmp_path


def test_the_engine_drives_the_provider_that_it_is_attached_to(
    stack: MiniStack, folder: Path
) -> None:
    """PULUMI_DEBUG_PROVIDERS names its port."""
    with listening(stack.url) as (_, port):
        steps = _life(stack, folder, f"attach:{port}")

    _is_as_pulumi_promises(steps)


def test_the_engine_starts_the_provider_as_its_aws_plugin(stack: MiniStack, folder: Path) -> None:
    """A binary named `pulumi-resource-aws` in the engine's folder of plugins."""
    plugin = folder / "home" / "plugins" / "resource-aws-v7.51.1" / "pulumi-resource-aws"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(f'#!/bin/sh\nexec {sys.executable} -m hearth_local.provider "$@"\n')
    plugin.chmod(0o755)

    _is_as_pulumi_promises(_life(stack, folder, "plugin"))


def _life(stack: MiniStack, folder: Path, how: str) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, str(SCRIPT), str(pulumi_engine()), str(folder), how],
        env={**os.environ, "AWS_ENDPOINT_URL": stack.url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    steps: dict[str, Any] = json.loads(answer.stdout)
    return steps


def _is_as_pulumi_promises(steps: dict[str, Any]) -> None:
    """Nothing changes without a change; an update keeps the rest; a replacement ripples."""
    everything = RESOURCES + 1  # and the stack itself
    before, after = steps["outputs"], steps["outputs after"]
    assert steps["preview"] == {"create": everything}
    assert steps["up"] == {"create": everything}
    assert steps["up again"] == {"same": everything}
    assert steps["update"] == {"same": everything - 1, "update": 1}
    # The table is replaced; the function's variable and the policy follow its name.
    assert steps["replace"] == {"same": everything - 3, "update": 2, "replace": 1}
    assert steps["refresh"] == {"same": everything}
    assert steps["destroy"] == {"delete": everything}
    assert steps["secrets"] == ["key"]
    assert before["table"] != after["table"]
    assert (before["url"], before["key"]) == (after["url"], after["key"])
    assert before["region"] == "eu-central-1"
