"""`hearth verify-index`: compares a stage's search index with its records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from hearth_cli import console, options
from hearth_cli.project import project_root
from hearth_cli.repair.function import of_stage
from hearth_cli.repair.watching import watch


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("verify-index")(verify_index_command)


def verify_index_command(
    stage: Annotated[str, typer.Option(help="The stage whose index it is.")] = "local",
    function: options.RepairFunctionName = "",
    json_output: options.Json = False,
) -> None:
    """Compare the search index with the records: how many, and which version of each.

    Names by type and id what is missing, old or too much, and shows nothing that a resource says.
    Exits 1 if there is a difference. Example: hearth verify-index --json
    """
    answer = watch(of_stage(project_root(), stage, function), "verify", "shards")
    details = answer.get("details", [])
    types = [each for each in details if "type" in each]
    differences = [each for each in details if "resource" in each]
    count = answer["counts"]["differences"]
    if json_output:
        console.json_result({"types": types, "differences": differences, "count": count})
    else:
        _print(types, differences, count)
    if count:
        raise typer.Exit(1)


def _print(
    types: list[Mapping[str, Any]], differences: list[Mapping[str, Any]], count: int
) -> None:
    console.result(f"{'type':32} {'in store':>10} {'in index':>10}")
    for each in types:
        console.result(f"{each['type']:32} {each['inStore']:>10,} {each['inIndex']:>10,}")
    for each in differences:
        stored, indexed = each["store"], each["index"]
        console.result(
            f"{each['resource']}: {_version(stored)} in store, {_version(indexed)} in index"
        )
    if count > len(differences):
        console.result(f"and {count - len(differences):,} more")
    noun = "difference" if count == 1 else "differences"
    console.result(f"{count:,} {noun}" if count else "no difference")


def _version(number: int | str | None) -> str:
    """Return what stands for a version; one that cannot be read is a word already."""
    if number is None:
        return "nothing"
    return number if isinstance(number, str) else f"version {number}"
