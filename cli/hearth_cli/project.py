"""Where the project is that a command works on."""

from __future__ import annotations

from pathlib import Path

from hearth_cli.errors import CommandError


def project_root(start: Path | None = None) -> Path:
    """Return the nearest folder, from `start` upwards, that holds Hearth's Pulumi.yaml."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file() and (folder / "lambda_src").is_dir():
            return folder
    raise CommandError(
        f"{here} is not inside a Hearth project: no Pulumi.yaml beside lambda_src was found",
        hint="run the command inside the checkout",
    )
