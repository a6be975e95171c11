"""`hearth reindex`: builds a stage's search index anew while the stage is in use."""

from __future__ import annotations

from typing import Annotated

import typer

from hearth_cli import console, options
from hearth_cli.errors import CommandError
from hearth_cli.project import project_root
from hearth_cli.repair.function import of_stage
from hearth_cli.repair.watching import answered, watch


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("reindex")(reindex_command)


def reindex_command(
    stage: Annotated[str, typer.Option(help="The stage whose index it is.")] = "local",
    parameters: Annotated[
        str,
        typer.Option(help="Only mend what these search parameters find, such as code,date."),
    ] = "",
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Give up a reindex that was stopped.")
    ] = False,
    function: options.RepairFunctionName = "",
    json_output: options.Json = False,
) -> None:
    """Build a new search index from the records while writes go on, and turn searches to it.

    With --parameters, extract the values again of the resources that have these parameters, in
    the index that is there. The work is done inside the stage: this command only watches. Stopped
    by Ctrl-C or a crash, it goes on where it was when it is run again. Exits 1 if resources could
    not be indexed. Example: hearth reindex --stage prod
    """
    repair = of_stage(project_root(), stage, function)
    if abandon:
        forgotten = answered(repair, {"job": "reindex", "abandon": True}).get("abandoned")
        if json_output:
            console.json_result({"abandoned": bool(forgotten)})
        else:
            console.result("given up" if forgotten else "there was nothing to give up")
        return
    wanted = [each.strip() for each in parameters.split(",") if each.strip()]
    answer = watch(repair, "reindex", "shards", parameters=wanted)
    counts, failed = answer["counts"], answer.get("details", [])
    if json_output:
        console.json_result({**counts, "failures": failed})
    else:
        for each in failed:
            console.result(f"  {each['resource']}: {each['problem']}")
        console.result(f"{counts['indexed']:,} resources indexed, {counts['failed']:,} failed")
    if counts["failed"]:
        raise CommandError(f"{counts['failed']} resources could not be indexed", exit_code=1)
