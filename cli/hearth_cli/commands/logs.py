"""`hearth logs`: what a stage's functions have logged, and what they log now."""

from __future__ import annotations

import re
import time
from typing import Annotated

import typer

from hearth_cli import console, options
from hearth_cli.errors import CommandError
from hearth_cli.logs.lines import record, shown
from hearth_cli.logs.reading import LATE_MILLISECONDS, PARTS, Event, Reader, log_groups
from hearth_cli.project import project_root
from hearth_cli.stage_services import StageServices, of_stage

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PAUSE = 1.0
"""Seconds between two looks at the log."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("logs")(logs_command)


def logs_command(
    functions: Annotated[
        list[str] | None,
        typer.Argument(help=f"Which functions: {', '.join(PARTS)}. All of them, if none is named."),
    ] = None,
    stage: Annotated[str, typer.Option(help="The stage whose functions they are.")] = "local",
    since: Annotated[str, typer.Option(help="How far back: 90s, 10m, 2h or 1d.")] = "10m",
    request: Annotated[str, typer.Option(help="Only what was logged for this X-Request-Id.")] = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is logged now, until Ctrl-C.")
    ] = False,
    json_output: options.Json = False,
) -> None:
    """Print what the functions of a stage have logged, a line for each event.

    Nothing in the logs says what a resource says. An answer's X-Request-Id leads to what was
    logged for it. With --json each event is an object on a line of its own.
    Example: hearth logs api --request 5a0763e9-75ab-457b-a17a-2ac15fdd721f
    """
    start = int(time.time() * 1000) - _milliseconds(since)
    wanted = functions or list(PARTS)
    unknown = [each for each in wanted if each not in PARTS]
    if unknown:
        raise CommandError(
            f"there is no function {unknown[0]!r}", hint=f"one of {', '.join(PARTS)}"
        )
    reader = _reader(of_stage(project_root(), stage), wanted)
    while True:
        for event in reader.new(start, request):
            _print(event, json_output)
        if not follow:
            return
        time.sleep(_PAUSE)
        start = max(start, int(time.time() * 1000) - LATE_MILLISECONDS)


def _reader(services: StageServices, wanted: list[str]) -> Reader:
    outputs = {part: f"{part}FunctionName" for part in wanted}
    hint = "run it where Pulumi has the stack: pulumi stack output"
    names = {part: services.function(output, hint) for part, output in outputs.items()}
    return Reader(services.client("logs"), log_groups(services, names))


def _print(event: Event, json_output: bool) -> None:
    if json_output:
        console.json_result(record(event))
        return
    for line in shown(event):
        console.result(line)


def _milliseconds(since: str) -> int:
    """Return how long ago something is. Raises CommandError."""
    parts = re.fullmatch(r"(\d{1,6})([smhd])", since)
    if parts is None:
        raise CommandError(f"--since {since} is no time", hint="90s, 10m, 2h or 1d")
    return int(parts[1]) * _UNITS[parts[2]] * 1000
