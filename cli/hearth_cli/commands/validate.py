"""`hearth validate`: judges FHIR files by the rules that a stage judges what it is sent by."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from hearth_server.validation.levels import Level
from hearth_server.validation.open import TableValidator, open_validator
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hearth_cli import console
from hearth_cli.errors import CommandError
from hearth_cli.fhir_files import files_below
from hearth_cli.validate.documents import documents_of
from hearth_cli.validate.verdicts import Tally, Verdict, as_json, judge, lines, unreadable


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("validate")(validate_command)


def validate_command(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of FHIR.")],
    profile: Annotated[
        list[str] | None, typer.Option(help="Judge also by this profile's canonical URL.")
    ] = None,
    level: Annotated[
        Level, typer.Option(help="structure, full, or profiles: also those in meta.profile.")
    ] = Level.PROFILES,
    warnings: Annotated[bool, typer.Option("--warnings", help="Tell warnings too.")] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each resource.")
    ] = False,
) -> None:
    """Judge FHIR JSON and ndjson, each also as .gz; exit 1 if anything is invalid.

    Profiles are the standard's and those of guides: see hearth ig.
    Example: hearth validate patients/ --profile http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient
    """
    files = files_below(paths)
    validator = open_validator(level.value)
    tally = Tally()
    started = time.monotonic()
    for verdict in _verdicts(files, validator, profile or []):
        tally.add(verdict)
        if json_output:
            console.json_result(as_json(verdict))
        else:
            for line in lines(verdict, warnings=warnings):
                console.result(line)
    if not json_output:
        _summarize(tally, len(files), time.monotonic() - started)
    if count := tally.invalid.total():
        said = "1 resource is" if count == 1 else f"{count} resources are"
        raise CommandError(f"{said} invalid", exit_code=1)


def _verdicts(
    files: Sequence[Path], validator: TableValidator, profiles: Sequence[str]
) -> Iterator[Verdict]:
    with Progress(
        TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TextColumn("files"),
        TextColumn("{task.fields[resources]} resources"), TimeElapsedColumn(),
        console=console.progress, transient=True, disable=not console.progress.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task("judging", total=len(files), resources=0)
        count = 0
        for file in files:
            for verdict in _verdicts_on(file, validator, profiles):
                yield verdict
                count += 1
                bar.update(task, resources=count)
            bar.advance(task)


def _verdicts_on(
    file: Path, validator: TableValidator, profiles: Sequence[str]
) -> Iterator[Verdict]:
    """Yield what is said of each resource of a file; a file that cannot be read is one fault."""
    line = 1
    try:
        for document in documents_of(file):
            line = document.line
            yield judge(document, validator, profiles)
    except (OSError, EOFError, zlib.error) as error:
        yield unreadable(file, line, error)


def _summarize(tally: Tally, files: int, seconds: float) -> None:
    rows = tally.rows()
    width = max(len(name) for name, _, _ in rows)
    console.result(f"{'type':{width}}  {'valid':>8}  {'invalid':>8}")
    for name, valid, invalid in rows:
        console.result(f"{name:{width}}  {valid:>8}  {invalid:>8}")
    count = rows[-1][1] + rows[-1][2]
    console.result(f"{count} resources in {files} files, {seconds:.1f} s")
