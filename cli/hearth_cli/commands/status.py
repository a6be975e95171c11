"""`hearth status`: tells how a stage on this machine is."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from hearth_local.errors import StageError
from hearth_local.stage_status import StageStatus, status

from hearth_cli import console, getting_started, options
from hearth_cli.errors import CommandError
from hearth_cli.project import project_root, stage_config


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("status")(status_command)


def status_command(
    stage: Annotated[str, typer.Option(help="The stage to ask about.")] = "local",
    json_output: options.Json = False,
) -> None:
    """Tell whether a stage is up, where, and what the local AWS only takes note of.

    Exits 0 if it is up, 1 if not. Example: hearth status --json
    """
    root = project_root()
    stage_config(root, stage)
    try:
        found = status(root, stage)
    except StageError as error:
        raise CommandError(str(error), error.hint) from None
    if json_output:
        console.json_result(_as_json(found))
    else:
        _print(found)
    if found.condition != "up":
        raise typer.Exit(1)


def _print(found: StageStatus) -> None:
    process = f" (process {found.process})" if found.process else ""
    console.result(f"Stage     {found.stage}: {found.condition}{process}")
    if found.running is not None:
        for line in getting_started.lines(found.running)[:3]:
            console.result(line)
    console.result(f"Resources {found.resources}")
    if found.declared_only:
        console.result("Declared only, without effect on this machine:")
    for name in found.declared_only:
        console.result(f"  {name}")
    if found.declared_settings:
        console.result("Settings without effect on this machine:")
    for name in found.declared_settings:
        console.result(f"  {name}")


def _as_json(found: StageStatus) -> dict[str, Any]:
    running = getting_started.as_json(found.running) if found.running else {"stage": found.stage}
    return {
        **running,
        "condition": found.condition,
        "process": found.process,
        "resources": found.resources,
        "declaredOnly": list(found.declared_only),
        "declaredSettings": list(found.declared_settings),
    }
