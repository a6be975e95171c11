"""What the engine tells about its progress: one event when a step begins, one when it ends."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hearth_local.engine import urns


class Operation(StrEnum):
    """What a step does to a resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"
    RETAIN = "retain"
    """Taken out of the stage, and left in place."""


class Phase(StrEnum):
    """How far a step is."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """A step on one resource. It never holds a property's value."""

    operation: Operation
    urn: str
    phase: Phase
    detail: str = ""
    """Names of changed properties, or why it failed."""

    @property
    def type(self) -> str:
        """The resource's type."""
        return urns.type_of(self.urn)

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return urns.name_of(self.urn)


Reporter = Callable[[Step], None]


class Journal:
    """Hands steps to a reporter, one at a time, and counts what was done."""

    def __init__(self, report: Reporter | None = None) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._done: Counter[Operation] = Counter()

    def begun(self, operation: Operation, urn: str, detail: str = "") -> None:
        """Tell that a step begins."""
        self._tell(Step(operation, urn, Phase.BEGUN, detail))

    def done(self, operation: Operation, urn: str, detail: str = "") -> None:
        """Tell that a step ended well."""
        with self._lock:
            self._done[operation] += 1
        self._tell(Step(operation, urn, Phase.DONE, detail))

    def failed(self, operation: Operation, urn: str, detail: str) -> None:
        """Tell that a step failed, and why."""
        self._tell(Step(operation, urn, Phase.FAILED, detail))

    def counts(self) -> dict[Operation, int]:
        """Return how many steps of each kind ended well."""
        with self._lock:
            return dict(self._done)

    def _tell(self, step: Step) -> None:
        if self._report is not None:
            with self._lock:
                self._report(step)
