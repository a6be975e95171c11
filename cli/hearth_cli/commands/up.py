"""`hearth up`: brings a stage up on this machine and keeps it until Ctrl-C."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hearth_cli import background, console, getting_started, options
from hearth_cli.errors import CommandError
from hearth_cli.project import project_root, stage_config
from hearth_cli.stage_progress import StageProgress

if TYPE_CHECKING:
    from hearth_local.stage import Stage

_LOOK_SECONDS = 0.5


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("up")(up_command)


def up_command(
    stage: Annotated[str, typer.Option(help="The stage to bring up.")] = "local",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Listen here; else on the port of last time."),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Leave it running in the background.")
    ] = False,
    json_output: options.Json = False,
) -> None:
    """Bring up a stage on this machine: a local AWS and the stage's own Pulumi program.

    It stays until Ctrl-C, which stops all that it started; its data is kept for the next time.
    Example: hearth up --detach --port 8080
    """
    root = project_root()
    stage_config(root, stage)
    if detach:
        _in_background(root, stage, port, json_output)
    else:
        _in_foreground(root, stage, port, json_output)


def _in_background(root: Path, stage: str, port: int | None, json_output: bool) -> None:
    answer = background.divide(root)
    if answer is None:
        log = root / ".hearth" / stage / "logs" / "hearth.log"
        _in_foreground(root, stage, port, json_output=True, log=log)
        return
    if json_output:
        console.json_result(json.loads(answer))
        return
    from hearth_local.running_stage import find
    from hearth_local.stage_folder import StageFolder

    _print(getting_started.lines(find(StageFolder(root, stage))))
    console.step("\nIt runs in the background: hearth status, hearth down")


def _in_foreground(
    root: Path, stage: str, port: int | None, json_output: bool, log: Path | None = None
) -> None:
    """Bring the stage up and hold it; once it is up, write to `log` if there is one."""
    stop = _StopSignals()
    # Half a second of imports that no other command should pay.
    from hearth_local.errors import StageError
    from hearth_local.stage import bring_up

    try:
        with StageProgress() as progress:
            held = bring_up(root, stage, port, progress)
            stop.hold()
            console.step(f"stage {stage} is up after {progress.seconds:.1f} s")
    except StageError as error:
        raise CommandError(str(error), error.hint) from None
    except KeyboardInterrupt:
        console.step("stopped on the way up; hearth up goes on from there")
        raise
    try:
        if json_output:
            console.json_result(getting_started.as_json(held.running))
        else:
            _print(getting_started.lines(held.running))
            console.step("\nCtrl-C stops it; its data is kept.")
        if log is not None:
            background.let_go(log)
        stop.wait(held)
    finally:
        _stop(held, stage)


def _stop(held: Stage, stage: str) -> None:
    died = held.ended()
    console.step("stopping")
    saved = held.stop()
    if died:
        raise CommandError(
            f"the MiniStack of stage {stage} ended by itself", hint="hearth up", exit_code=1
        )
    if not saved:
        raise CommandError(
            f"stage {stage} is down, but not everything was saved",
            hint="read .hearth/local/logs/ministack.log",
            exit_code=1,
        )
    console.step(f"stage {stage} is down; its data is kept")


def _print(lines: list[str]) -> None:
    for line in lines:
        console.result(line)


class _StopSignals:
    """Ends what a command does when the user, or the system, asks it to end."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._interrupts = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def wait(self, held: Stage) -> None:
        """Return when the user asks to stop, or when MiniStack is gone."""
        while not held.ended() and not self._asked.wait(_LOOK_SECONDS):
            pass

    def hold(self) -> None:
        """From now on only take note, for `wait`: what is up is stopped in order."""
        self._interrupts = False

    def _ask(self, _number: int, _frame: object) -> None:
        # What is being stopped is not stopped again: it must save first.
        again = self._asked.is_set()
        self._asked.set()
        if self._interrupts and not again:
            raise KeyboardInterrupt
