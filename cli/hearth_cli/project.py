"""Where the project is that a command works on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from hearth_cli.errors import CommandError


def project_root(start: Path | None = None) -> Path:
    """Return the nearest folder, from `start` upwards, that holds Hearth's Pulumi.yaml.

    Outside of any project it is the one in which this `hearth` is installed, so that a command
    that was copied from the terminal works in any folder. Raises CommandError.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(sys.prefix).resolve().parent):
        if (folder / "Pulumi.yaml").is_file() and (folder / "lambda_src").is_dir():
            return folder
    raise CommandError(
        f"{here} is not inside a Hearth project: no Pulumi.yaml beside lambda_src was found",
        hint="run the command inside the checkout",
    )


def stage_config(root: Path, stage: str) -> dict[str, Any]:
    """Return what the file of a stage says, by `namespace:key`. Raises CommandError."""
    path = root / f"Pulumi.{stage}.yaml"
    if not path.is_file():
        stages = sorted(found.name.split(".")[1] for found in root.glob("Pulumi.*.yaml"))
        raise CommandError(
            f"there is no stage {stage!r}: {path.name} does not exist",
            hint=f"one of: {', '.join(stages)}",
        )
    try:
        config: dict[str, Any] = (yaml.safe_load(path.read_text()) or {}).get("config") or {}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise CommandError(f"{path.name} cannot be read: {reason}") from None
    return config


def bundle_target(root: Path, stage: str) -> str:
    """Return the target of a stage's bundle: `local`, or an architecture and a Python version."""
    folder = stage_config(root, stage).get("hearth:bundle", "build/lambda/arm64-3.13")
    return Path(str(folder)).name
