"""One trial: a request meets a fault in the API's handler; what is there afterwards is judged."""

from __future__ import annotations

import os
import random
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearth_server.functions import wiring

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, client, create
from tests.hearth_server.store.writing import Clock
from tests.proof.interactions import erasure
from tests.proof.interactions.interactions import THERE, Ask, Interaction
from tests.proof.interactions.stage import Stage
from tests.proof.interactions.view import View, changes, look, look_everywhere
from tests.proof.store.faults import KILLS, Died, Fault, FaultLine
from tests.proof.store.trial import LEASE_MILLISECONDS, Place
from tests.proof.store.verdict import Wrong

HURRIED_SECONDS = 6.0
"""The time of the request that comes again: less than a lease, so that it meets no lock."""


@dataclass(frozen=True)
class Course:
    """What an interaction does when nothing goes wrong."""

    calls: int
    once: Sequence[str]
    """What it writes."""
    twice: Sequence[str]
    """What there is when it comes again."""


@dataclass(frozen=True)
class Outcome:
    """What became of a trial."""

    happened: bool
    """Whether the request got as far as the fault."""
    done: bool
    """Whether the request took effect, as a whole."""


def course(url: str, interaction: Interaction) -> Course:
    """Return what an interaction does when nothing goes wrong. Raises Wrong."""
    with _stage(url, interaction) as stage:
        before = _prepare(stage, interaction)
        line = FaultLine()
        with stage.process(line):
            first = stage.call(interaction.ask)
        once = _changes(stage, interaction, before)
        with stage.process():
            second = stage.call(interaction.ask)
        twice = _changes(stage, interaction, before)
    if (first.status, second.status) != (interaction.status, interaction.again):
        raise Wrong(f"without a fault the answers are {first.status} and {second.status}")
    if (len(once), len(twice)) != (interaction.made, interaction.made_again):
        raise Wrong(f"without a fault {len(once)} and {len(twice)} versions are written")
    return Course(line.calls, once, twice)


def run(url: str, interaction: Interaction, fault: Fault, known: Course, seed: int) -> Outcome:
    """Return what became of a request that met `fault`. Raises Wrong."""
    chance = random.Random(f"{seed} {interaction.name} {fault.kind.name} {fault.at}")
    with _stage(url, interaction) as stage:
        before = _prepare(stage, interaction)
        line = FaultLine(fault)
        answered = _carry_out(stage, line, interaction.ask)
        with stage.process():
            done = _judge(interaction, known, before, look(stage))
        if answered is not None and (not done or answered != interaction.status):
            raise Wrong(f"the answer was {answered}, and the request is done: {done}")
        stage.clock.turn(LEASE_MILLISECONDS + 1)
        if chance.random() < 0.5:  # else the request comes again before the index has caught up
            _check_caught_up(stage, interaction, known, before, done)
        _repeat(stage, interaction, known, before, done)
        _check_next_writers(stage, interaction, before)
        return Outcome(line.happened, done)


@contextmanager
def _stage(url: str, interaction: Interaction) -> Iterator[Stage]:
    """Have a stage with a table, a bucket and an index of its own."""
    dynamodb = client(url, LOCAL_CREDENTIALS)
    place = Place(url, f"resources-{uuid.uuid4().hex}")
    create(dynamodb, place.table)
    with tempfile.TemporaryDirectory() as folder:
        yield Stage(place, Path(folder), Clock(), interaction.settings, interaction.together)
    dynamodb.call("DeleteTable", {"TableName": place.table})


def _prepare(stage: Stage, interaction: Interaction) -> View:
    """Write what is there before; return it."""
    with stage.process():
        for ask in (*THERE, *interaction.before):
            answer = stage.call(ask)
            assert answer.status in (200, 201), answer.body
            stage.clock.turn(1_000)
        stage.clock.turn(60_000)
        return look_everywhere(stage)


def _carry_out(stage: Stage, line: FaultLine, ask: Ask) -> int | None:
    """Return the status of the answer, None if nobody was left to give it."""
    assert line.fault is not None
    if line.fault.kind in KILLS:
        return _in_child(stage, line, ask)
    with stage.process(line):
        try:
            return stage.call(ask).status
        except Died:
            return None


def _in_child(stage: Stage, line: FaultLine, ask: Ask) -> int | None:
    """Have a process of its own answer the request; the fault kills it."""
    told = stage.folder / "status"
    child = os.fork()
    if child == 0:
        try:
            with stage.process(line):
                told.write_text(str(stage.call(ask).status))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    line.happened = os.WIFSIGNALED(status)
    return None if line.happened else int(told.read_text())


def _changes(stage: Stage, interaction: Interaction, before: View) -> list[str]:
    """Return what has been written since, once the index has caught up. Raises Wrong."""
    stage.clock.turn(60_000)
    with stage.process():
        stage.catch_up()
        view = look_everywhere(stage)
    return changes(*erasure.without(interaction.erases, before, view))


def _judge(interaction: Interaction, known: Course, before: View, after: View) -> bool:
    """Return whether the request took effect as a whole. Raises Wrong if only a part of it did."""
    made = changes(*erasure.without(interaction.erases, before, after))
    if interaction.erases:
        return erasure.judge(interaction.erases, before, after)
    if made == known.once:
        return True
    if interaction.apart and all(each in known.once for each in made):
        return False
    if made:
        raise Wrong("a part of the request is visible")
    return False


def _check_caught_up(
    stage: Stage, interaction: Interaction, known: Course, before: View, done: bool
) -> None:
    """Past the lease, and with the index brought up to date, all views say the same as before."""
    stage.clock.turn(60_000)
    with stage.process():
        stage.catch_up()
        view = look_everywhere(stage)
    if _judge(interaction, known, before, view) != done:
        raise Wrong("what was there has changed")


def _repeat(
    stage: Stage, interaction: Interaction, known: Course, before: View, done: bool
) -> None:
    """The client that sends its request again gets what it asked for, and no more."""
    with stage.process():
        answer = stage.call(interaction.ask, HURRIED_SECONDS)
    expected = {interaction.again} if done else {interaction.status}
    if interaction.apart:
        expected |= {interaction.again}
    if answer.status not in expected:
        raise Wrong(f"the request came again and was answered {answer.status}: {answer.body}")
    made = _changes(stage, interaction, before)
    whole = known.twice if done else known.once
    if made != whole and not (interaction.apart and len(made) >= len(known.once)):
        raise Wrong("the request came again, and what is there now is something else")
    if interaction.erases:
        with stage.process():
            erasure.check_gone(stage, interaction.erases)


def _check_next_writers(stage: Stage, interaction: Interaction, before: View) -> None:
    """Have the next writer write every resource once more. Raises Wrong if it cannot."""
    with stage.process():
        view = {**before, **{name: each for name, each in look(stage).items() if each}}
        for name, versions in view.items():
            resource = next(each.resource for each in versions if each.resource)
            _check_next_writer(stage, name, resource, versions[0].number)
        stage.clock.turn(60_000)
        look_everywhere(stage)
        swept = wiring.store().sweep()
    if swept.pending:
        raise Wrong("the sweep found something pending past its lease")


def _check_next_writer(stage: Stage, name: str, resource: Any, newest: int) -> None:
    answer = stage.call(Ask("PUT", name, resource), HURRIED_SECONDS)
    if answer.status not in (200, 201):
        raise Wrong(f"the next writer was answered {answer.status}")
    if int(answer.body["meta"]["versionId"]) <= newest:
        raise Wrong("a version number was used twice")
