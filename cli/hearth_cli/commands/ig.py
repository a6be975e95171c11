"""`hearth ig`: the Implementation Guides that a stage validates by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hearth_cli import console, options
from hearth_cli.guides import Installed, add_guide, guides
from hearth_cli.project import project_root


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Implementation Guides to validate by.")
    group.command("add")(add_command)
    group.command("list")(list_command)
    app.add_typer(group, name="ig")


def add_command(
    file: Annotated[Path, typer.Argument(help="The guide's npm package, a .tgz.")],
    as_json: options.Json = False,
) -> None:
    """Compile a guide's profiles, extensions and codes into the server's tables.

    They go into the next bundle. Example: hearth ig add hl7.fhir.us.core-6.1.0.tgz
    """
    installed, guide = add_guide(project_root(), file)
    for reason in guide.skipped:
        console.step(f"skipped: {reason}")
    if as_json:
        console.json_result(_as_json(installed))
    else:
        console.result(_line(installed))


def list_command(
    as_json: options.Json = False,
) -> None:
    """List the guides that the server's tables hold."""
    found = guides(project_root())
    if as_json:
        console.json_result({"guides": [_as_json(each) for each in found]})
        return
    for each in found:
        console.result(_line(each))
    if not found:
        console.step("no guide yet; add one: hearth ig add FILE")


def _line(installed: Installed) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in installed.counts.items())
    return f"{installed.name} {installed.version}  {installed.title}: {counts}"


def _as_json(installed: Installed) -> dict[str, object]:
    return {
        "name": installed.name,
        "version": installed.version,
        "title": installed.title,
        **{name.replace(" ", "_"): count for name, count in installed.counts.items()},
    }
