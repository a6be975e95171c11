"""What of each file has arrived, so that a load that was interrupted goes on where it stopped.

One line of JSON a unit is appended once the server has answered; a line that was cut off by a
kill is ignored, and its unit sent again under the same Idempotency-Key.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass
from pathlib import Path

from hearth_cli.load.units import Unit


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the server made of one unit."""

    attempt: int
    failed: tuple[int, ...]
    """The entries that it refused."""


class Journal:
    """The journal of one stage's loads, kept in a folder, one file for each loaded file."""

    def __init__(self, folder: Path, base_url: str) -> None:
        """Open the journal of the stage at `base_url`; `folder` is made when needed."""
        self._folder = folder / hashlib.sha256(base_url.encode()).hexdigest()[:16]
        self._lock = threading.Lock()
        self._known: dict[str, dict[int, Arrived]] = {}

    def arrived(self, unit: Unit) -> Arrived | None:
        """Return what became of `unit` in an earlier run."""
        with self._lock:
            return self._file(unit.digest).get(unit.position)

    def record(self, unit: Unit, arrived: Arrived) -> None:
        """Remember what became of `unit`."""
        line = json.dumps([unit.position, arrived.attempt, list(arrived.failed)])
        with self._lock:
            self._file(unit.digest)[unit.position] = arrived
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._path(unit.digest).open("a") as journal:
                # The newline comes first, so that a line cut off by a kill spoils no other.
                journal.write("\n" + line)

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.jsonl"

    def _file(self, digest: str) -> dict[int, Arrived]:
        if digest not in self._known:
            self._known[digest] = _read(self._path(digest))
        return self._known[digest]


def _read(path: Path) -> dict[int, Arrived]:
    known: dict[int, Arrived] = {}
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return known
    for line in lines:
        try:
            position, attempt, failed = json.loads(line)
        except ValueError:
            continue
        known[position] = Arrived(attempt, tuple(failed))
    return known
