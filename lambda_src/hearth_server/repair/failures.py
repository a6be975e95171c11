"""What a job could not do: all of it is counted, the first of it is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

NAMED = 100
"""How many are named."""


class Failures(Struct):
    """What has failed so far."""

    number: int = 0
    named: list[tuple[str, str]] = []
    """A name each, and what the problem is."""

    def add(self, name: str, problem: str) -> None:
        """Count one more; what is named already comes again, and counts once."""
        if any(name == known for known, _ in self.named):
            return
        self.number += 1
        if len(self.named) < NAMED:
            self.named.append((name, problem))

    def details(self, kind: str) -> Iterator[Mapping[str, str]]:
        """Yield those that are named, as a report tells them: each name under its `kind`."""
        for name, problem in self.named:
            yield {kind: name, "problem": problem}
