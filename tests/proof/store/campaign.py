"""Which faults at which calls of which commits, in an order that a seed gives."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.proof.store import trial
from tests.proof.store.faults import KILLS, Fault, Kind
from tests.proof.store.scenarios import SCENARIOS, Scenario
from tests.proof.store.trial import Place
from tests.proof.store.verdict import Wrong
from tests.proof.trials import Result

_OTHERS_SHARE = 4
"""Of the transaction of 1,000, for so many kills there is one other fault."""


@dataclass(frozen=True)
class Planned:
    """A trial to come."""

    scenario: Scenario
    fault: Fault

    @property
    def name(self) -> str:
        """What it is called in the notes."""
        return f"{self.scenario.name} / {self.fault.kind.name} / {self.fault.at}"


def plan(place: Place, seed: int, *, heavy: bool) -> list[Planned]:
    """Return the trials in random order: every kind of fault at every call of every commit.

    Of the transaction of 1,000, which is only made if it is `heavy`, they are the kills at every
    call, and some others.
    """
    chance = random.Random(seed)
    chosen: list[Planned] = []
    for scenario in SCENARIOS:
        if not scenario.heavy:
            chosen += _every(place, scenario, tuple(Kind), seed)
        elif heavy:
            kills = list(_every(place, scenario, KILLS, seed))
            others = [
                Planned(scenario, Fault(kind, planned.fault.at))
                for planned in kills[:: len(KILLS)]
                for kind in Kind
                if kind not in KILLS
            ]
            chosen += kills + chance.sample(others, len(kills) // _OTHERS_SHARE)
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
