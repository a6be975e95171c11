"""The trials of a proof: made one by one, noted so that a run which was interrupted goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from tests.proof.reports import say


@dataclass(frozen=True)
class Result:
    """What a trial found."""

    scenario: str
    kind: str
    at: int
    happened: bool
    done: bool
    wrong: str = ""

    @property
    def name(self) -> str:
        """What the trial is called in the notes."""
        return f"{self.scenario} / {self.kind} / {self.at}"


class Notes:
    """A file of results, one line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self.results = {each.name: each for each in (Result(**json.loads(line)) for line in lines)}

    def add(self, result: Result) -> None:
        """Note a result."""
        self.results[result.name] = result
        with self._path.open("a") as file:
            file.write(json.dumps(vars(result)) + "\n")


class Named(Protocol):
    """A trial to come."""

    @property
    def name(self) -> str:
        """What its result is called in the notes."""


Trial = TypeVar("Trial", bound=Named)
Place = TypeVar("Place")


def carry_out(
    planned: Sequence[Trial],
    notes: Notes,
    database: Callable[[], AbstractContextManager[Place]],
    trial: Callable[[Place, Trial], Result],
    per_database: int,
) -> list[Result]:
    """Return the results of all that is planned; those that are noted are not made again.

    DynamoDB Local keeps everything in memory: after `per_database` trials it is begun anew.
    """
    left = [one for one in planned if one.name not in notes.results]
    made = len(planned) - len(left)
    for start in range(0, len(left), per_database):
        with database() as place:
            for one in left[start : start + per_database]:
                result = trial(place, one)
                notes.add(result)
                made += 1
                if result.wrong:
                    say(f"WRONG: {result.name}: {result.wrong}")
                if made % 50 == 0 or made == len(planned):
                    say(f"{made} of {len(planned)} trials")
    return [notes.results[one.name] for one in planned]
