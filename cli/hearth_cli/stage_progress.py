"""Prints what a stage does while it comes up: one line for each step, on standard error."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.status import Status
from rich.text import Text

from hearth_cli import console

if TYPE_CHECKING:
    from hearth_local.engine.monitor import Message
    from hearth_local.engine.steps import Step

_DONE = {
    "create": ("+", "green", "created"),
    "update": ("~", "yellow", "updated"),
    "replace": ("±", "yellow", "replaced"),
    "delete": ("-", "red", "deleted"),
    "retain": (" ", "blue", "left in place"),
    "read": (" ", "blue", "read"),
}
_SHOWN_SEVERITIES = ("info", "warning")


class StageProgress:
    """A listener that prints; on a terminal also what is under way just now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._status: Status | None = None
        if console.progress.is_terminal:
            self._status = console.progress.status("looking what has changed")

    def __enter__(self) -> StageProgress:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._started

    def note(self, line: str) -> None:
        """Print something that the stage does or finds."""
        with self._lock:
            console.step(line)

    def step(self, step: Step) -> None:
        """Print a step that ended well; those that changed nothing are not worth a line."""
        if step.type.startswith("pulumi:"):
            return
        with self._lock:
            if step.phase == "begun" and self._status is not None:
                self._status.update(Text(f"{step.operation} {step.type} {step.name}"))
            elif step.phase == "done" and step.operation in _DONE:
                mark, color, verb = _DONE[step.operation]
                detail = f" ({step.detail})" if step.detail else ""
                console.progress.print(
                    Text.assemble(
                        (f"  {mark} ", color), f"{verb} {step.type} ", (step.name, "bold"), detail
                    ),
                    soft_wrap=True,
                )

    def message(self, message: Message) -> None:
        """Print what the program says to its user; the rest stands in its log."""
        if message.severity in _SHOWN_SEVERITIES and message.text.strip():
            with self._lock:
                console.step(f"  {message.severity}: {message.text}")
