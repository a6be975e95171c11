"""A campaign of trials: which faults at which calls of which commits, noted so that it resumes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.proof.store import trial
from tests.proof.store.faults import KILLS, Fault, Kind
from tests.proof.store.scenarios import SCENARIOS, Scenario
from tests.proof.store.trial import Place
from tests.proof.store.verdict import Wrong

_HEAVY_SHARE = 10
"""One in so many trials is of the transaction of 1,000."""


@dataclass(frozen=True)
class Planned:
    """A trial to come."""

    scenario: Scenario
    fault: Fault

    @property
    def name(self) -> str:
        """What it is called in the notes."""
        return f"{self.scenario.name} / {self.fault.kind.name} / {self.fault.at}"


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


def plan(place: Place, faults: int, seed: int, *, heavy: bool) -> list[Planned]:
    """Return `faults` trials in random order: each call of each commit in turn, every kind."""
    chance = random.Random(seed)
    light = [
        planned
        for scenario in SCENARIOS
        if not scenario.heavy
        for planned in _every(place, scenario, tuple(Kind), seed)
    ]
    chance.shuffle(light)
    if not heavy:
        return light[:faults]
    large = [
        planned
        for scenario in SCENARIOS
        if scenario.heavy
        for planned in _every(place, scenario, tuple(Kind), seed)
    ]
    chance.shuffle(large)
    large.sort(key=lambda planned: planned.fault.kind not in KILLS)  # kills come first
    some = max(faults // _HEAVY_SHARE, faults - len(light))
    chosen = light[: faults - some] + large[:some]
    chance.shuffle(chosen)
    return chosen


def _every(place: Place, scenario: Scenario, kinds: Sequence[Kind], seed: int) -> Iterator[Planned]:
    for at in range(trial.count_calls(place, scenario, seed)):
        for kind in kinds:
            yield Planned(scenario, Fault(kind, at))


def carry_out(place: Place, planned: Planned, seed: int) -> Result:
    """Return what a trial found; a broken promise is in it."""
    kind, at = planned.fault.kind.name, planned.fault.at
    try:
        outcome = trial.run(place, planned.scenario, planned.fault, seed)
    except Wrong as wrong:
        return Result(planned.scenario.name, kind, at, True, False, str(wrong))
    return Result(planned.scenario.name, kind, at, outcome.happened, outcome.done)


class Notes:
    """A file of results, one line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self.results = [Result(**json.loads(line)) for line in lines]

    def has(self, planned: Planned) -> bool:
        """Say whether a trial has been made."""
        return any(result.name == planned.name for result in self.results)

    def add(self, result: Result) -> None:
        """Note a result."""
        self.results.append(result)
        with self._path.open("a") as file:
            file.write(json.dumps(vars(result)) + "\n")
