"""`hearth check`: runs a stage's program through the policy pack, without any cloud."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hearth_cli import console, options
from hearth_cli.errors import CommandError
from hearth_cli.project import project_root


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check")(check_command)


def check_command(
    stage: Annotated[str, typer.Option(help="The stage to check: local, dev or prod.")] = "local",
    json_output: options.Json = False,
) -> None:
    """Check a stage's program against the policy pack, in preview and as after an update.

    Exits 1 when a rule is violated, or cannot be decided. Example: hearth check --stage prod
    """
    root = project_root()
    with ThreadPoolExecutor(1) as thread:
        # The program runs while what judges it is being imported and started.
        running = thread.submit(_resources, root, stage)
        from hearth_cli.check.pack import PolicyPackProcess
        from hearth_cli.check.settings import pack_settings, stale_exceptions
        from hearth_cli.check.verdict import judge

        config = pack_settings(root, stage)
        with PolicyPackProcess(root / "policies" / "__main__.py", config) as pack:
            preview, update = running.result()
            verdict = judge(update, pack.findings(preview), pack.findings(update))
    stale = stale_exceptions(config, {each.name for each in update})
    if stale:
        raise CommandError(f"exceptions for resources that are not there: {', '.join(stale)}")
    if json_output:
        console.json_result(_as_json(stage, verdict))
    else:
        _print(stage, len(update), verdict)
    if not verdict.passed:
        problems = len(verdict.violations) + len(verdict.undecided)
        raise CommandError(f"{problems} findings in stage {stage}", exit_code=1)


def _resources(root: Path, stage: str) -> tuple[list[Any], list[Any]]:
    from hearth_local.engine.program import ProgramFailed
    from hearth_local.engine.project import ProjectError
    from hearth_local.engine.recording import preview_both

    # No rule looks into the code, so a check needs no bundle to be built first.
    code = {"hearth:bundle": "lambda_src"}
    try:
        return preview_both(root, stage, config=code, preload=["hearth_aws"])
    except (ProjectError, ProgramFailed) as error:
        raise CommandError(str(error)) from None


def _as_json(stage: str, verdict: Any) -> dict[str, Any]:
    return {
        "stage": stage,
        "passed": verdict.passed,
        "controls": [
            {
                "control": each.control,
                "title": each.title,
                "rules": list(each.rules),
                "resources": each.resources,
                "result": each.result,
            }
            for each in verdict.controls
        ],
        "violations": [
            {"rule": each.rule, "urn": each.urn, "text": each.text} for each in verdict.violations
        ],
        "undecided": [
            {"rule": each.rule, "urn": each.urn, "text": each.text} for each in verdict.undecided
        ],
    }


def _print(stage: str, resources: int, verdict: Any) -> None:
    table = Table(box=None, pad_edge=False, title=f"stage {stage}, {resources} resources")
    for column in ("control", "title", "resources", "result"):
        table.add_column(column, justify="right" if column == "resources" else "left")
    colours = {"violated": "bold red", "undecided": "yellow", "passed": "green"}
    for each in verdict.controls:
        style = colours.get(each.result, "")
        table.add_row(each.control, each.title, str(each.resources), each.result, style=style)
    Console(highlight=False).print(table)
    for finding in (*verdict.violations, *verdict.undecided):
        kind = "undecided" if finding.undecided else "violated"
        name = finding.urn.rpartition("::")[2]
        console.step(f"{kind}: {finding.rule} on {name or 'the stack'}: {finding.text}")
    if verdict.later:
        console.step(f"{verdict.later} answers needed values that a preview alone does not have")
