"""A stage's AWS services and functions, wherever the stage is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearth_local.errors import StageError
from hearth_local.running_stage import find
from hearth_local.stage_folder import STAGE, StageFolder

from hearth_cli.errors import CommandError
from hearth_cli.project import stage_config


@dataclass(frozen=True)
class StageServices:
    """How the services of a stage are reached."""

    root: Path
    stage: str
    where: Mapping[str, Any]
    """What a client of a service takes."""
    functions: Mapping[str, str] | None
    """Names of functions by the output that says them; None where Pulumi must be asked."""

    def client(self, service: str) -> Any:
        """Return a client that tries each call once. Raises CommandError."""
        import boto3  # half a second, which most commands do not need
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(read_timeout=90, retries={"total_max_attempts": 1})
        try:
            return boto3.client(service, config=config, **self.where)
        except BotoCoreError as error:  # a profile that does not exist, say
            raise CommandError(f"AWS cannot be called: {error}") from None

    def function(self, output: str, hint: str) -> str:
        """Return the name of the function that the program exports so. Raises CommandError."""
        if self.functions is None:
            return _pulumi_output(self.root, self.stage, output, hint)
        if not self.functions.get(output):
            raise CommandError(f"stage {self.stage} exports no {output}", hint="hearth up")
        return self.functions[output]


def of_stage(root: Path, stage: str) -> StageServices:
    """Return the services of a stage. Raises CommandError."""
    config = stage_config(root, stage)
    if stage == STAGE:
        return _local(root, stage)
    if "aws:region" not in config:
        raise CommandError(f"Pulumi.{stage}.yaml names no aws:region")
    return StageServices(root, stage, {"region_name": config["aws:region"]}, None)


def _local(root: Path, stage: str) -> StageServices:
    try:
        running = find(StageFolder(root, stage))
    except StageError as error:
        raise CommandError(str(error), error.hint) from None
    # `test` is MiniStack's root key; a function itself has the rights of its own role.
    where = {
        "endpoint_url": running.endpoint,
        "region_name": running.region,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    return StageServices(root, stage, where, running.functions)


def _pulumi_output(root: Path, stage: str, output: str, hint: str) -> str:
    """Return the name as the stack exports it. Raises CommandError."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise CommandError("the function's name is not known: there is no pulumi here", hint)
    ended = subprocess.run(
        [pulumi, "stack", "output", output, "--stack", stage, "--non-interactive"],
        cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode != 0 or not ended.stdout.strip():
        reason = ended.stderr.strip().splitlines()[-1:] or ["it printed nothing"]
        raise CommandError(f"pulumi stack output {output}: {reason[0]}", hint)
    return ended.stdout.strip()
