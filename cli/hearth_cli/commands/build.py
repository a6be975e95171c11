"""`hearth build`: makes the Lambda bundle of a stage."""

from __future__ import annotations

from typing import Annotated

import typer
from hearth_local.bundle import BundleError, build
from hearth_local.lambda_runtimes import RuntimeNotUsable

from hearth_cli import console, options
from hearth_cli.errors import CommandError
from hearth_cli.project import bundle_target, project_root


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("build")(build_command)


def build_command(
    stage: Annotated[str, typer.Option(help="The stage whose bundle to build.")] = "local",
    target: Annotated[
        str, typer.Option(help="Build for this instead: local, arm64-3.13, x86_64-3.13, ...")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Build the Lambda bundle from the lock file and lambda_src.

    The same inputs give the same bytes. Example: hearth build --stage prod
    """
    root = project_root()
    try:
        bundle = build(root, target or bundle_target(root, stage), console.step)
    except (BundleError, RuntimeNotUsable) as error:
        raise CommandError(str(error)) from None
    folder = bundle.folder.relative_to(root).as_posix()
    if as_json:
        console.json_result(
            {"folder": folder, "sha256": bundle.digest, "compiled": bundle.compiled}
        )
    else:
        console.result(f"{folder}  sha256 {bundle.digest}")
