"""Runs a load: files in order, units over several connections, what waits tried again last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from hearth_cli.load.journal import Arrived, Journal
from hearth_cli.load.sending import Failure, Sender, Sent
from hearth_cli.load.units import Unit, groups_of, units_of

Place = tuple[Path, int]
"""Where a unit comes from. Waiting units are kept so, and read again: bodies are large."""

Progress = Callable[[Path, int], None]
"""Told of each finished unit: its file and how many entries it had."""


@dataclass(slots=True)
class Outcome:
    """What a load came to."""

    stored: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    known: int = 0
    """Entries that an earlier run had loaded already."""


@dataclass(slots=True)
class Load:
    """One run over a list of files."""

    sender: Sender
    journal: Journal
    connections: int
    progress: Progress
    again: bool = False
    """Load what the journal knows once more."""
    outcome: Outcome = field(default_factory=Outcome)

    def run(self, paths: Iterable[Path]) -> Outcome:
        """Load every file; a unit that waits for another is tried again while that helps."""
        waiting: list[Place] = []
        for group in groups_of(paths):
            waiting += self._send_all(unit for file in group for unit in units_of(file))
        while waiting:
            tried = set(waiting)
            refused = self.outcome.failures
            self.outcome.failures = [f for f in refused if (f.file, f.position) not in tried]
            waiting = self._send_all(_units_at(waiting))
            if len(waiting) == len(tried):
                break
        return self.outcome

    def _send_all(self, units: Iterator[Unit]) -> list[Place]:
        """Send `units`, a few at a time so that few bodies are in memory; return what waits."""
        waiting: list[Place] = []
        running: dict[Future[tuple[Sent, Arrived | None]], Unit] = {}
        with ThreadPoolExecutor(self.connections) as threads:
            try:
                for unit in units:
                    before = None if self.again else self.journal.arrived(unit)
                    running[threads.submit(self.sender.send, unit, before)] = unit
                    if len(running) >= self.connections:
                        self._finish(running, waiting)
                while running:
                    self._finish(running, waiting)
            finally:
                threads.shutdown(wait=True, cancel_futures=True)
        return waiting

    def _finish(
        self, running: dict[Future[tuple[Sent, Arrived | None]], Unit], waiting: list[Place]
    ) -> None:
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            unit = running.pop(future)
            sent, arrived = future.result()
            if arrived is not None and (sent.stored or sent.failures):
                self.journal.record(unit, arrived)
            elif arrived is not None:
                self.outcome.known += len(unit.types)
            if sent.waits:
                waiting.append((unit.file, unit.position))
            self.outcome.stored.update(sent.stored)
            self.outcome.failures += sent.failures
            self.progress(unit.file, len(unit.types))


def _units_at(places: list[Place]) -> Iterator[Unit]:
    for file in dict.fromkeys(file for file, _ in places):
        positions = {position for each, position in places if each == file}
        yield from (unit for unit in units_of(file) if unit.position in positions)
