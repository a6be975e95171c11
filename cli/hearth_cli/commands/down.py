"""`hearth down`: stops a stage that runs on this machine."""

from __future__ import annotations

from typing import Annotated

import typer
from hearth_local import stopping
from hearth_local.errors import StageError
from hearth_local.stage_folder import folder_here

from hearth_cli import console, options
from hearth_cli.errors import CommandError
from hearth_cli.project import project_root, stage_config


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("down")(down_command)


def down_command(
    stage: Annotated[str, typer.Option(help="The stage to stop.")] = "local",
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Delete the stage's data too, for good.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
    json_output: options.Json = False,
) -> None:
    """Stop a stage; its data is kept, unless --destroy deletes it.

    Example: hearth down --destroy
    """
    root = project_root()
    stage_config(root, stage)
    try:
        folder = folder_here(root, stage, f"pulumi destroy --stack {stage}")
        if destroy and not yes:
            _confirm(stage)
        was_up = stopping.stop(root, stage)
        if destroy:
            stopping.destroy(root, stage)
        lost = was_up and stopping.lost_something(root, stage)
    except StageError as error:
        raise CommandError(str(error), error.hint) from None
    if lost:
        raise CommandError(
            f"stage {stage} is down, but not everything was saved",
            hint=f"read {folder.logs / 'ministack.log'}",
            exit_code=1,
        )
    console.step(f"stage {stage} {'is down' if was_up else 'was not up'}")
    if destroy:
        console.step(f"the data of stage {stage} is deleted")
    if json_output:
        console.json_result({"stage": stage, "wasUp": was_up, "destroyed": destroy})


def _confirm(stage: str) -> None:
    console.step(f"This deletes every record of stage {stage}. Type the stage's name to go on:")
    try:
        answer = input()
    except EOFError:
        answer = ""
    if answer.strip() != stage:
        raise CommandError("nothing was deleted", hint="--yes, to do so without a question")
