"""One trial: prepare a commit, let a fault happen in it, judge what is there afterwards."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from hearth_server import deadline
from hearth_server.aws.endpoint import parse
from hearth_server.aws.http import Connections
from hearth_server.errors import Unavailable
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.dynamodb import commit as commits
from hearth_server.store.protocol import ReceiptExists

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, client
from tests.hearth_server.store.writing import Clock
from tests.proof.store.faults import (
    DEATHS,
    KILLS,
    Died,
    Fault,
    FaultLine,
    FaultyBucket,
    FaultyTransport,
    Kind,
)
from tests.proof.store.scenarios import Commit, Scenario
from tests.proof.store.verdict import View, Wrong, check_next_writer, judge, look

LEASE_MILLISECONDS = 25_000 + 5_000
"""The longest that a crashed commit may hold anything: its time and the margin."""

DOWN_SECONDS = 0.3


@dataclass(frozen=True)
class Place:
    """Where trials take place."""

    url: str
    table: str


@dataclass(frozen=True)
class Outcome:
    """What became of a trial."""

    calls: int
    happened: bool
    """Whether the commit got as far as the fault."""
    done: bool
    """Whether the commit took effect."""


def count_calls(place: Place, scenario: Scenario, seed: int) -> int:
    """Return how many calls the commit of a scenario makes when nothing goes wrong."""
    return run(place, scenario, None, seed).calls


def run(place: Place, scenario: Scenario, fault: Fault | None, seed: int) -> Outcome:
    """Return what became of a commit that met `fault`. Raises Wrong."""
    chance = random.Random(seed)
    tenant = f"t{random.SystemRandom().getrandbits(96):024x}"
    clock = Clock()
    with tempfile.TemporaryDirectory() as name, transactions_of(scenario.together):
        folder = Path(name)
        calm = store_of(place, folder, clock, FaultLine())
        commit = scenario.prepare(calm, tenant, clock, chance)
        clock.turn(60_000)
        before = look(calm, tenant, commit)
        line = FaultLine(fault)
        answered = _carry_out(place, folder, clock, line, commit)
        line.arrive()
        survivor = store_of(place, folder, clock, FaultLine())
        done = judge(before, look(survivor, tenant, commit), commit)
        _check_answer(answered, done, fault)
        clock.turn(LEASE_MILLISECONDS + 1)
        _check_afterwards(store_of(place, folder, clock, FaultLine()), tenant, commit, before, done)
        return Outcome(line.calls, line.happened, done)


def _carry_out(
    place: Place, folder: Path, clock: Clock, line: FaultLine, commit: Commit
) -> bool | None:
    """Make the commit; return whether it was acknowledged, None if nobody was left to tell."""
    fault = line.fault
    if fault is not None and fault.kind in KILLS:
        return _in_child(place, folder, clock, line, commit)
    store = store_of(place, folder, clock, line)
    seconds = DOWN_SECONDS if fault is not None and fault.kind is Kind.DOWN else 25.0
    try:
        with deadline.within(seconds):
            store.commit(commit.writes, commit.receipt)
    except Died:
        return None
    except Unavailable:
        return False
    return True


def _in_child(
    place: Place, folder: Path, clock: Clock, line: FaultLine, commit: Commit
) -> bool | None:
    """Make the commit in a process of its own, which the fault kills."""
    child = os.fork()
    if child == 0:
        try:
            store_of(place, folder, clock, line).commit(commit.writes, commit.receipt)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    line.happened = os.WIFSIGNALED(status)
    return None if line.happened else True


def _check_answer(answered: bool | None, done: bool, fault: Fault | None) -> None:
    """An acknowledged commit is there; and everything that passes is overcome."""
    if answered is True and not done:
        raise Wrong("the commit was acknowledged and is not there")
    bearable = fault is None or fault.kind not in (*DEATHS, Kind.DOWN)
    if bearable and answered is not True:
        raise Wrong("a fault that passes was not overcome")


def _check_afterwards(
    store: DynamoDBStore, tenant: str, commit: Commit, before: View, done: bool
) -> None:
    """Past the lease nothing is held, nothing changes any more, and the next writer succeeds."""
    view = look(store, tenant, commit)
    if view.is_pending:
        raise Wrong("something is pending past its lease")
    if judge(before, view, commit) != done:
        raise Wrong("what was there has changed")
    if commit.receipt is not None:
        _check_repetition(store, commit, done)
        view = look(store, tenant, commit)
    check_next_writer(store, commit, view)
    swept = store.sweep([tenant])
    if swept.pending:
        raise Wrong("the sweep found something pending past its lease")


def _check_repetition(store: DynamoDBStore, commit: Commit, done: bool) -> None:
    """The client that sends its request again gets the kept answer, or makes it now."""
    try:
        store.commit(commit.writes, commit.receipt)
    except ReceiptExists:
        if not done:
            raise Wrong("an answer is kept of what is not there") from None
    else:
        if done:
            raise Wrong("the request was carried out twice")


def store_of(place: Place, folder: Path, clock: Clock, line: FaultLine) -> DynamoDBStore:
    """Return the store of a process on a fault line."""
    transport = FaultyTransport(Connections(parse(place.url)), line)
    dynamodb = client(place.url, LOCAL_CREDENTIALS, transport)
    return DynamoDBStore(dynamodb, place.table, FaultyBucket(folder, line), clock)


@contextmanager
def transactions_of(items: int) -> Iterator[None]:
    """Stage every commit of more than so many items."""
    with mock.patch.object(commits, "TOGETHER_ITEMS", items):
        yield
