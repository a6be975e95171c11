"""Who is told what a stage does while it comes up."""

from __future__ import annotations

from typing import Protocol

from hearth_local.engine.monitor import Message
from hearth_local.engine.steps import Step


class Listener(Protocol):
    """Hears each thing as it happens; may be called by several threads, one at a time."""

    def note(self, line: str) -> None:
        """Hear of something that the stage does or finds."""

    def step(self, step: Step) -> None:
        """Hear of a step on one resource."""

    def message(self, message: Message) -> None:
        """Hear a line that the program logged or printed."""
