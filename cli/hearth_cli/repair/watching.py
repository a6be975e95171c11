"""Watches a job to its end: calls its function again and again, and shows how far it has come."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hearth_cli import console
from hearth_cli.errors import CommandError
from hearth_cli.repair.function import FunctionFailed, RepairFunction

PATIENCE = 45.0
"""Seconds to wait for another runner, or for a function that fails."""

_BUSY_PAUSE = 2.0
_LINE_SECONDS = 10.0
"""How often a line is printed where there is no terminal."""


def watch(function: RepairFunction, job: str, noun: str, **options: Any) -> dict[str, Any]:
    """Return the last answer of a job that has finished. Raises CommandError.

    `noun` is what its steps are counted in. A job that was stopped goes on where it was.
    """
    event = {"job": job, "runner": uuid.uuid4().hex, **options}
    with closing(_Display(noun)) as display:
        try:
            while True:
                answer = answered(function, event)
                display.show(answer)
                if answer.get("finished"):
                    return answer
        except KeyboardInterrupt:
            display.close()
            console.step("stopped; run the same command again to go on from here")
            raise


def answered(function: RepairFunction, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer, however often the function must be called. Raises CommandError."""
    end = time.monotonic() + PATIENCE
    while True:
        problem = "another one is under way"
        try:
            answer = function.call(event)
        except FunctionFailed as failure:
            problem = f"the function failed: {failure}"
        else:
            if "refused" in answer:
                raise CommandError(answer["refused"])
            if not answer.get("busy"):
                return answer
        if time.monotonic() > end:
            raise CommandError(
                problem, hint="run the same command again: it goes on from here", exit_code=1
            )
        time.sleep(_BUSY_PAUSE)


class _Display:
    """A progress bar on a terminal, until it is closed; elsewhere a line now and then."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._terminal = console.progress.is_terminal
        self._phase = ""
        self._printed = 0.0
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[noun]}{task.fields[counts]}"), TimeElapsedColumn(),
            console=console.progress, disable=not self._terminal, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("starting", total=None, noun=noun, counts="")
        self._bar.start()

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def show(self, answer: Mapping[str, Any]) -> None:
        """Show how far a job has come."""
        phase, done, of = answer["phase"], answer["done"], answer["of"]
        told = ", ".join(f"{number:,} {_words(name)}" for name, number in answer["counts"].items())
        counts = f", {told}" if told else ""
        self._bar.update(
            self._task, description=phase, completed=done, total=of or None, counts=counts
        )
        now = time.monotonic()
        if self._terminal or answer.get("finished"):
            return
        if phase != self._phase or now - self._printed >= _LINE_SECONDS:
            console.step(f"{phase}: {done} of {of} {self._noun}{counts}")
            self._phase, self._printed = phase, now


def _words(name: str) -> str:
    """Return the words of a name in camel case."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name)
