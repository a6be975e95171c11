"""`hearth load`: posts FHIR files to a stage, and goes on where an earlier load stopped."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hearth_cli import console, options
from hearth_cli.errors import CommandError
from hearth_cli.fhir_files import files_below
from hearth_cli.load.journal import Journal
from hearth_cli.load.report import as_json, failure_lines, summary_lines
from hearth_cli.load.run import Load, Outcome
from hearth_cli.load.sending import Sender
from hearth_cli.project import project_root
from hearth_cli.target import target_of_stage, target_of_url


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("load")(load_command)


def load_command(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of FHIR.")],
    stage: Annotated[str, typer.Option(help="The stage to load into.")] = "local",
    url: Annotated[
        str, typer.Option(help="Load into this API, with HEARTH_TOKEN and HEARTH_API_KEY.")
    ] = "",
    connections: Annotated[int, typer.Option(min=1, max=32, help="Requests at a time.")] = 4,
    again: Annotated[
        bool, typer.Option("--again", help="Load also what has been loaded before.")
    ] = False,
    json_output: options.Json = False,
) -> None:
    """Load FHIR JSON, Bundles and ndjson, each also as .gz.

    Run again after an interruption, it goes on where it stopped and doubles nothing.
    Example: hearth load patients/ organizations.ndjson.gz
    """
    root = project_root()
    target = target_of_url(url) if url else target_of_stage(root, stage)
    salt = f"-{uuid.uuid4().hex[:8]}" if again else ""
    journal = Journal(root / ".hearth" / stage / "load", target.base_url)
    started = time.monotonic()
    outcome = _run(paths, Sender(target, connections, salt), journal, connections, again)
    seconds = time.monotonic() - started
    for failure in outcome.failures:
        for line in failure_lines(failure):
            console.step(line)
    if json_output:
        console.json_result(as_json(outcome, seconds))
    else:
        for line in summary_lines(outcome, seconds):
            console.result(line)
    if outcome.failures:
        raise CommandError(f"{len(outcome.failures)} entries failed", exit_code=1)


def _run(
    paths: list[Path], sender: Sender, journal: Journal, connections: int, again: bool
) -> Outcome:
    files = files_below(paths)
    terminal = console.progress.is_terminal
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("files, {task.fields[entries]} entries"), TimeElapsedColumn(),
        console=console.progress, disable=not terminal, transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("loading", total=len(files), entries=0)
        begun: set[Path] = set()
        entries = 0

        def show(file: Path, count: int) -> None:
            nonlocal entries
            entries += count
            if file not in begun:
                begun.add(file)
                if not terminal:
                    console.step(f"loading {file.name} ({len(begun)} of {len(files)})")
            bar.update(task, completed=len(begun), entries=entries)

        return Load(sender, journal, connections, show, again).run(paths)
