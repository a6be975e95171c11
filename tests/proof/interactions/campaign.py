"""Which faults at which calls of which interactions, in an order that a seed gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.proof.interactions import trial
from tests.proof.interactions.interactions import INTERACTIONS, Interaction
from tests.proof.interactions.trial import Course
from tests.proof.store.faults import DEATHS, Fault, Kind
from tests.proof.store.verdict import Wrong
from tests.proof.trials import Result

KINDS = (*DEATHS, Kind.LOST)
"""What happens at each call: every death, and an answer that never comes."""


@dataclass(frozen=True)
class Planned:
    """A trial to come."""

    interaction: Interaction
    fault: Fault
    course: Course

    @property
    def name(self) -> str:
        """What it is called in the notes."""
        return f"{self.interaction.name} / {self.fault.kind.name} / {self.fault.at}"


def plan(url: str, seed: int, interactions: Sequence[Interaction] = INTERACTIONS) -> list[Planned]:
    """Return the trials in random order: every fault at every call of the interactions.

    Raises Wrong for an interaction that goes wrong by itself.
    """
    planned: list[Planned] = []
    for interaction in interactions:
        course = trial.course(url, interaction)
        planned += [
            Planned(interaction, Fault(kind, at), course)
            for at in range(course.calls)
            for kind in KINDS
        ]
    random.Random(seed).shuffle(planned)
    return planned


def carry_out(url: str, planned: Planned, seed: int) -> Result:
    """Return what a trial found; a broken promise is in it."""
    name, fault = planned.interaction.name, planned.fault
    try:
        outcome = trial.run(url, planned.interaction, fault, planned.course, seed)
    except Wrong as wrong:
        return Result(name, fault.kind.name, fault.at, True, False, str(wrong))
    return Result(name, fault.kind.name, fault.at, outcome.happened, outcome.done)
