"""`hearth redrive`: replays the records that a stage's indexer could not index."""

from __future__ import annotations

from typing import Annotated

import typer

from hearth_cli import console, options
from hearth_cli.errors import CommandError
from hearth_cli.project import project_root
from hearth_cli.repair.function import of_stage
from hearth_cli.repair.watching import watch


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("redrive")(redrive_command)


def redrive_command(
    stage: Annotated[str, typer.Option(help="The stage whose records they are.")] = "local",
    function: options.RepairFunctionName = "",
    json_output: options.Json = False,
) -> None:
    """Replay the stream records that were set aside, and delete those that can be indexed now.

    What fails again stays where it is. Exits 1 if anything does. Example: hearth redrive
    """
    answer = watch(of_stage(project_root(), stage, function), "redrive", "objects")
    counts, failed = answer["counts"], answer.get("details", [])
    if json_output:
        console.json_result({"objects": answer["done"], **counts, "failures": failed})
    else:
        for each in failed:
            console.result(f"  {each['object']}: {each['problem']}")
        replayed = answer["done"] - counts["failed"]
        console.result(
            f"{replayed:,} objects replayed ({counts['records']:,} records), "
            f"{counts['failed']:,} failed again"
        )
    if counts["failed"]:
        raise CommandError(f"{counts['failed']} objects failed again", exit_code=1)
