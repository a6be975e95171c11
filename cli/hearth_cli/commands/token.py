"""`hearth token`: signs in to a stage on this machine."""

from __future__ import annotations

from typing import Annotated

import typer
from hearth_local import demo_user
from hearth_local.errors import StageError
from hearth_local.running_stage import find
from hearth_local.stage_folder import folder_here

from hearth_cli import console, options
from hearth_cli.errors import CommandError
from hearth_cli.project import project_root, stage_config


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("token")(token_command)


def token_command(
    user: Annotated[str, typer.Option(help="The user to sign in as.")] = demo_user.NAME,
    stage: Annotated[str, typer.Option(help="The stage to sign in to.")] = "local",
    json_output: options.Json = False,
) -> None:
    """Print an ID token of a user of the stage, alone on standard output.

    Example: curl -H "Authorization: Bearer $(hearth token --user demo)" ...
    """
    root = project_root()
    stage_config(root, stage)
    try:
        folder = folder_here(root, stage, "sign in with Cognito, as docs/deploying.md tells")
        running = find(folder)
        token = demo_user.id_token(folder, user, running.endpoint, running.user_pool_client_id)
    except StageError as error:
        raise CommandError(str(error), error.hint) from None
    if json_output:
        console.json_result({"stage": stage, "user": user, "idToken": token})
    else:
        console.result(token)
