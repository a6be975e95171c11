"""The staged commit: what readers, writers, histories and the sweep make of one that is pending."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from unittest import mock

import pytest
from hearth_server import deadline
from hearth_server.aws.dynamodb import Item
from hearth_server.aws.endpoint import parse
from hearth_server.aws.http import Answer, ConnectionFailed, Connections
from hearth_server.errors import Unavailable
from hearth_server.store.dynamodb import DynamoDBStore, commit, transactions
from hearth_server.store.limits import now_milliseconds
from hearth_server.store.protocol import (
    ABSENT,
    Claim,
    ClaimHeld,
    HistoryQuery,
    Key,
    Record,
    Scope,
    StaleBase,
    Write,
)

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client
from tests.hearth_server.store.watched import Crash, Watch, Watched, crash_at_the_flip, is_flip
from tests.hearth_server.store.writing import Clock, delete, idempotency, key, put

pytestmark = pytest.mark.java

LEASE = 31_000
HOUR = 3_600_000


@pytest.fixture(autouse=True)
def _everything_is_staged() -> Iterator[None]:
    """Stage every commit of more than one item."""
    with mock.patch.object(commit, "TOGETHER_ITEMS", 1):
        yield


class Stage:
    """Stores over one table, as several functions have them."""

    def __init__(self, url: str, table: str) -> None:
        self.clock = Clock()
        self.bucket = MemoryBucket()
        self.tenant = f"t{uuid.uuid4().hex}"
        self.dynamodb = client(url, LOCAL_CREDENTIALS)
        self._table = table

    def store(self, watch: Watch = lambda *_: None) -> DynamoDBStore:
        """Return a store of its own process."""
        return DynamoDBStore(Watched(self.dynamodb, watch), self._table, self.bucket, self.clock)

    def crash(self, *writes: Write) -> None:
        """Have a function stage writes and die before it commits them."""
        with pytest.raises(Crash):
            self.store(crash_at_the_flip).commit(writes)

    def item(self, pk: str, sk: int) -> Item:
        """Return an item as it is in the table."""
        wanted = {"pk": {"S": pk}, "sk": {"N": str(sk)}}
        payload = {"TableName": self._table, "Key": wanted, "ConsistentRead": True}
        found: Item = self.dynamodb.call("GetItem", payload)["Item"]
        return found


@pytest.fixture
def stage(dynamodb_url: str, resources_table: str) -> Stage:
    """A stage with a tenant that no other test knows."""
    return Stage(dynamodb_url, resources_table)


def test_nobody_sees_what_is_pending(stage: Stage) -> None:
    old, new = key(stage.tenant), key(stage.tenant)
    (record,) = stage.store().commit([put(old)])
    stage.clock.turn(60_000)
    stage.crash(put(old, 1), put(new))

    store = stage.store()

    assert store.latest_of([old, new]) == {old: record}
    assert store.versions([(old, 1), (old, 2), (new, 1)]) == {(old, 1): record}
    assert [store.version(old, 2), store.version(new, 1)] == [None, None]
    for scope in (Scope(stage.tenant), Scope(stage.tenant, "Patient", old.id)):
        assert store.history(HistoryQuery(scope, 10)).records == [record]


def test_a_writer_waits_for_what_is_pending_then_says_it_is_busy(stage: Stage) -> None:
    old = key(stage.tenant)
    stage.store().commit([put(old)])
    stage.crash(put(old, 1), put(key(stage.tenant)))

    with deadline.within(0.3), pytest.raises(Unavailable) as failure:
        stage.store().commit([put(old, 1)])

    assert failure.value.retry_after >= 1


def test_past_the_lease_a_writer_goes_on_above_the_stub(stage: Stage) -> None:
    """R-ID-2: the number that the crashed transaction took is not used again."""
    old, new = key(stage.tenant), key(stage.tenant)
    stage.store().commit([put(old)])
    stage.crash(put(old, 1), put(new))
    stage.clock.turn(LEASE)

    (second,) = stage.store().commit([put(old, 1)])
    (first,) = stage.store().commit([put(new)])

    assert (second.version, first.version) == (3, 2)
    assert stage.store().version(old, 2) is None


def test_past_the_lease_a_reader_ends_the_transaction_for_good(stage: Stage) -> None:
    new = key(stage.tenant)
    resume = threading.Event()
    staged = threading.Event()

    def pause_at_the_flip(operation: str, payload: Mapping[str, Any]) -> None:
        if is_flip(operation, payload):
            staged.set()
            assert resume.wait(20)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(
            stage.store(pause_at_the_flip).commit, [put(new), put(key(stage.tenant))]
        )
        assert staged.wait(20)
        stage.clock.turn(LEASE)
        seen = stage.store().latest(new)
        resume.set()
        failure = slow.exception(20)

    assert seen is None
    assert isinstance(failure, Unavailable)
    assert stage.store().latest(new) is None


def test_a_first_attempt_that_arrives_when_all_is_over_takes_nothing_back(
    stage: Stage, dynamodb_url: str, resources_table: str
) -> None:
    """A call that was given up is still on its way: repeated calls hide it, and cannot stop it."""
    given_up: list[Callable[[], object]] = []
    seen: set[bytes] = set()
    connections = Connections(parse(dynamodb_url))

    def late(
        method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Answer:
        writes = headers["x-amz-target"].endswith(("WriteItem", "PutItem"))
        if writes and body not in seen:
            seen.add(body)
            given_up.append(lambda: connections(method, target, headers, body, timeout))
            raise ConnectionFailed("timed out")
        return connections(method, target, headers, body, timeout)

    keys = [key(stage.tenant) for _ in range(3)]
    slow = client(dynamodb_url, LOCAL_CREDENTIALS, late)
    store = DynamoDBStore(slow, resources_table, stage.bucket, stage.clock)
    written = store.commit([put(each) for each in keys])

    for arrive in given_up:
        arrive()
    stage.clock.turn(LEASE)

    assert list(stage.store().latest_of(keys).values()) == written
    assert stage.store().sweep([stage.tenant]).aborted == 0


def test_an_owner_whose_lease_is_over_does_not_commit(stage: Stage) -> None:
    """Nobody else has met its versions, and yet it must not trust that nobody will."""
    new = key(stage.tenant)

    def sleep_long(operation: str, payload: Mapping[str, Any]) -> None:
        if operation == "PutItem":
            stage.clock.turn(LEASE)

    with pytest.raises(Unavailable):
        stage.store(sleep_long).commit([put(new), put(key(stage.tenant))])

    assert stage.store().latest(new) is None


def test_a_writer_that_waited_sees_what_was_committed(stage: Stage) -> None:
    old = key(stage.tenant)
    stage.store().commit([put(old)])
    resume = threading.Event()
    staged = threading.Event()

    def pause_at_the_flip(operation: str, payload: Mapping[str, Any]) -> None:
        if is_flip(operation, payload):
            staged.set()
            assert resume.wait(20)

    with ThreadPoolExecutor(2) as pool:
        transaction = pool.submit(
            stage.store(pause_at_the_flip).commit, [put(old, 1), put(key(stage.tenant))]
        )
        assert staged.wait(20)
        waiting = pool.submit(stage.store().commit, [put(old, 1)])
        resume.set()
        transaction.result(20)
        failure = waiting.exception(20)

    assert isinstance(failure, StaleBase)
    newest = stage.store().latest(old)
    assert newest is not None
    assert newest.version == 2


def test_transactions_that_cross_each_other_all_come_through(stage: Stage) -> None:
    """Each takes all keys, in its own order; none waits while it holds something."""
    keys = [key(stage.tenant) for _ in range(5)]
    stage.store().commit([put(each) for each in keys])

    def take_all(number: int) -> None:
        store = stage.store()
        while True:
            newest = store.latest_of(keys)
            ordered = keys[number:] + keys[:number]
            try:
                store.commit([put(each, newest[each].version, n=number) for each in ordered])
            except StaleBase:
                continue
            return

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(take_all, range(5)))

    store = stage.store()
    lives = [
        store.history(HistoryQuery(Scope(stage.tenant, "Patient", each.id), 100)).records
        for each in keys
    ]
    assert [len(records) for records in lives] == [6] * 5
    assert len({tuple(record.method for record in records) for records in lives}) == 1


def test_an_aborted_claim_is_its_former_holders_again(stage: Stage) -> None:
    claim = Claim(stage.tenant, "Patient", "identifier=1")
    former, thief = key(stage.tenant), key(stage.tenant)
    stage.store().commit([put(former, claim=claim)])
    taking = Claim(stage.tenant, "Patient", "identifier=1", replaces=former)
    stage.crash(put(thief, claim=taking), put(key(stage.tenant)))
    stage.clock.turn(LEASE)

    assert stage.store().claim_holder(claim) == former
    stage.store().commit([put(key(stage.tenant), claim=taking)])
    assert stage.store().claim_holder(claim) not in (former, thief, None)


def test_of_many_staged_commits_with_one_claim_exactly_one_is_made(stage: Stage) -> None:
    claim = Claim(stage.tenant, "Patient", "identifier=1")

    def attempt(_: int) -> Key:
        mine = key(stage.tenant)
        try:
            stage.store().commit([put(mine, claim=claim), put(key(stage.tenant, type="Group"))])
        except ClaimHeld as held:
            return held.holder
        return mine

    with ThreadPoolExecutor(12) as pool:
        holders = set(pool.map(attempt, range(12)))

    page = stage.store().history(HistoryQuery(Scope(stage.tenant), 100))
    assert holders == {stage.store().claim_holder(claim)}
    assert len(page.records) == 2


def test_an_aborted_answer_was_never_kept(stage: Stage) -> None:
    with pytest.raises(Crash):
        stage.store(crash_at_the_flip).commit(
            [put(key(stage.tenant)), put(key(stage.tenant))], idempotency(stage.tenant, "k")
        )
    stage.clock.turn(LEASE)

    assert stage.store().receipt(stage.tenant, "k") is None
    stage.store().commit([put(key(stage.tenant))], idempotency(stage.tenant, "k"))


def test_the_sweep_makes_stubs_of_what_crashed(stage: Stage) -> None:
    """The key list is in several parts, one body in S3."""
    old, new = key(stage.tenant), key(stage.tenant)
    (record,) = stage.store().commit([put(old)])
    text = "".join(uuid.uuid4().hex for _ in range(30_000))
    with mock.patch.object(transactions, "PART_BYTES", 40):
        stage.crash(put(old, 1), put(new, text=text), *(put(key(stage.tenant)) for _ in range(8)))
    objects = len(stage.bucket.objects)
    in_time = stage.store().sweep([stage.tenant])
    stage.clock.turn(LEASE)

    swept = stage.store().sweep([stage.tenant])

    assert (in_time.pending, in_time.aborted) == (1, 0)
    assert (swept.pending, swept.aborted, swept.stubs) == (0, 1, 10)
    assert (objects, len(stage.bucket.objects)) == (1, 0)
    stub = stage.item(f"{stage.tenant}#Patient#{new.id}", 1)
    assert set(stub) == {"pk", "sk", "lu", "method", "tx", "void"}
    assert stage.store().latest(old) == record
    assert stage.store().sweep([stage.tenant]).aborted == 0


def test_the_sweep_names_commits_whose_end_nobody_noted(stage: Stage) -> None:
    """Their versions may not be indexed."""
    first, second = key(stage.tenant), key(stage.tenant)

    def crash_after_the_flip(operation: str, payload: Mapping[str, Any]) -> None:
        if payload.get("UpdateExpression") == "SET done = :d":
            raise Crash

    with pytest.raises(Crash):
        stage.store(crash_after_the_flip).commit([put(first), put(second)])

    swept = stage.store().sweep([stage.tenant])

    assert sorted(swept.committed) == sorted([(first, 1), (second, 1)])
    assert stage.store().sweep([stage.tenant]).committed == ()


@pytest.mark.parametrize("survived", range(4))
def test_what_an_expunge_has_removed_is_kept_wherever_it_is_killed(
    stage: Stage, survived: int
) -> None:
    """No body is gone of which nobody can tell who erased it."""
    patient = key(stage.tenant)
    stage.store().commit([put(patient)])
    stage.store().commit([put(patient, 1)])
    calls = iter(range(100))

    def kill(operation: str, payload: Mapping[str, Any]) -> None:
        if operation in ("BatchWriteItem", "UpdateItem") and next(calls) >= survived:
            raise Crash

    with suppress(Crash):
        stage.store(kill).expunge(patient, "sub-1", "request-1")

    untouched = stage.store().version(patient, 1) and stage.store().version(patient, 2)
    assert len(stage.store().erasures(stage.tenant)) == (1 if survived else 0)
    assert bool(untouched) == (survived < 2)


@pytest.mark.parametrize("survived", range(4))
def test_a_deleted_resource_is_not_there_again_while_it_is_expunged(
    stage: Stage, survived: int
) -> None:
    """The tombstone goes last, wherever the process is killed."""
    patient = key(stage.tenant)
    stage.store().commit([put(patient)])
    stage.store().commit([put(patient, 1)])
    stage.store().commit([delete(patient, 2)])
    calls = iter(range(100))

    def kill(operation: str, payload: Mapping[str, Any]) -> None:
        if operation == "UpdateItem" and next(calls) >= survived:
            raise Crash

    with suppress(Crash):
        stage.store(kill).expunge(patient, "sub-1", "request-1")

    left = stage.store().latest(patient)
    assert left is None or left.deleted
    assert (left is None) == (survived > 2)


def test_an_expunge_that_was_killed_before_the_bucket_was_empty_can_be_repeated(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever repeats it finds the resource deleted, and not gone, while an object is left."""
    document = key(stage.tenant, type="Binary")
    text = "".join(uuid.uuid4().hex for _ in range(30_000))
    stage.store().commit([put(document, data=text)])
    stage.store().commit([delete(document, 1)])

    def killed(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(stage.bucket, "delete", killed)
        with pytest.raises(Crash):
            stage.store().expunge(document)
    left = stage.store().latest(document)
    stage.store().expunge(document)

    assert left is not None
    assert left.deleted
    assert stage.bucket.objects == {}
    assert stage.store().latest(document) is None


def test_an_expunge_takes_no_object_of_a_write_that_is_just_being_made(stage: Stage) -> None:
    """Its object is in the bucket before its item is in the table."""
    document = key(stage.tenant, type="Binary")
    text = "".join(uuid.uuid4().hex for _ in range(30_000))
    stage.store().commit([put(document, data=text)])
    stage.store().commit([delete(document, 1)])

    def expunged_before_the_put(operation: str, _: Mapping[str, Any]) -> None:
        if operation == "PutItem":
            stage.store().expunge(document, through=2)

    writer = stage.store(expunged_before_the_put)
    (written,) = writer.commit([put(document, 2, data=text[::-1])])

    assert stage.store().latest(document) == written
    assert len(stage.bucket.objects) == 1


def test_the_sweep_deletes_objects_that_no_item_names(stage: Stage) -> None:
    document = key(stage.tenant, type="Binary")
    text = "".join(uuid.uuid4().hex for _ in range(30_000))
    stage.store().commit([put(document, data=text)])
    orphan = f"{stage.tenant}/Binary/{document.id}/1/orphan"
    for name in (orphan, "not/a/body", f"{orphan}/more"):
        stage.bucket.put(name, b"left by a crash, or by somebody else")

    stage.clock.now = now_milliseconds() + 23 * HOUR
    too_early = stage.store().sweep_orphans()
    stage.clock.now += 2 * HOUR
    deleted = stage.store().sweep_orphans()

    assert (too_early, deleted) == (0, 1)
    assert orphan not in stage.bucket.objects
    assert {"not/a/body", f"{orphan}/more"} < set(stage.bucket.objects)
    assert stage.store().latest(document) is not None


def test_the_sweep_asks_about_an_object_for_two_days_and_no_longer(stage: Stage) -> None:
    """What it costs is what was written lately, not what is there."""
    passed = f"{stage.tenant}/Binary/a/1/orphan"
    stage.bucket.put(passed, b"older than what any sweep can have missed")
    stage.clock.now = now_milliseconds() + 80 * HOUR

    assert stage.store().sweep_orphans() == 0
    assert passed in stage.bucket.objects


def test_the_horizon_stands_where_a_pending_transaction_began(stage: Stage) -> None:
    """What it commits later has an earlier time than what is written meanwhile."""
    before, meanwhile = key(stage.tenant), key(stage.tenant)
    (shown,) = stage.store().commit([put(before)])
    stage.clock.turn(60_000)
    began = stage.clock.now
    stage.crash(put(key(stage.tenant)), put(key(stage.tenant)))
    stage.clock.turn(20_000)
    (hidden,) = stage.store().commit([put(meanwhile)])

    pending = stage.store().history(HistoryQuery(Scope(stage.tenant, "Patient"), 10))
    stage.clock.turn(LEASE)
    afterwards = stage.store().history(HistoryQuery(Scope(stage.tenant, "Patient"), 10))

    assert pending.records == [shown]
    assert pending.horizon < began
    assert afterwards.records == [hidden, shown]
    assert afterwards.horizon == stage.clock.now - 10_000


def test_a_client_that_polls_with_the_horizon_misses_nothing(stage: Stage) -> None:
    """A commit is held back, then made; the index may lag behind it by seconds."""
    resume = threading.Event()
    staged = threading.Event()

    def pause_at_the_flip(operation: str, payload: Mapping[str, Any]) -> None:
        if is_flip(operation, payload):
            staged.set()
            assert resume.wait(20)

    writes = [put(key(stage.tenant)), put(key(stage.tenant))]
    seen: set[Record] = set()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(stage.store(pause_at_the_flip).commit, writes)
        assert staged.wait(20)
        stage.clock.turn(15_000)
        stage.store().commit([put(key(stage.tenant))])
        first = stage.store().history(HistoryQuery(Scope(stage.tenant), 10, since=0))
        resume.set()
        made = slow.result(20)
    second = stage.store().history(HistoryQuery(Scope(stage.tenant), 10, since=first.horizon))
    stage.clock.turn(15_000)
    third = stage.store().history(HistoryQuery(Scope(stage.tenant), 10, since=second.horizon))
    seen = {*first.records, *second.records, *third.records}

    assert first.records == []
    assert set(made) <= {*second.records}
    assert set(made) <= {*third.records}, "the index may have shown it late"
    assert len(seen) == 3


def test_a_deleted_resource_is_staged_too(stage: Stage) -> None:
    first, second = key(stage.tenant), key(stage.tenant)
    stage.store().commit([put(first), put(second)])

    records = stage.store().commit([delete(first, 1), put(second, 1)])

    assert stage.store().latest_of([first, second]) == {record.key: record for record in records}


def test_the_stream_tells_of_a_staged_version_by_the_flip(stage: Stage) -> None:
    alone, staged = key(stage.tenant), key(stage.tenant)
    seen: list[Key] = []
    records: list[str] = []

    def note(operation: str, payload: Mapping[str, Any]) -> None:
        if is_flip(operation, payload):
            records.append(payload["Key"]["pk"]["S"])

    store = stage.store(note)
    store.commit([put(alone)])
    store.commit([put(alone, 1), put(staged)])

    seen += store.changed_keys(stage.item(f"{stage.tenant}#Patient#{alone.id}", 1))
    early = store.changed_keys(stage.item(f"{stage.tenant}#Patient#{staged.id}", 1))
    flip = store.changed_keys(stage.item(records[0], 0))
    store.expunge(staged)
    expunged = store.changed_keys(stage.item(f"{stage.tenant}#Patient#{staged.id}", 1))

    assert seen == [alone]
    assert early == []
    assert sorted(flip) == sorted([alone, staged])
    assert expunged == [staged]


def test_a_commit_whose_list_is_not_whole_is_no_commit_of_nothing(stage: Stage) -> None:
    """Passed over in silence, what it committed would never be found."""
    image = {
        "pk": {"S": f"{stage.tenant}#!tx#unknown"},
        "sk": {"N": "0"},
        "state": {"S": "committed"},
        "parts": {"N": "2"},
        "keys": {"B": "eJw="},
    }

    with pytest.raises(ValueError, match="not whole"):
        stage.store().changed_keys(image)


def test_an_aborted_stub_tells_the_stream_nothing(stage: Stage) -> None:
    first = key(stage.tenant)
    stage.crash(put(first), put(key(stage.tenant)))
    stage.clock.turn(LEASE)
    stage.store().sweep([stage.tenant])

    image = stage.item(f"{stage.tenant}#Patient#{first.id}", 1)

    assert stage.store().changed_keys(image) == []


def test_the_shards_of_a_history_may_grow(stage: Stage) -> None:
    store = stage.store()
    records = [store.commit([put(key(stage.tenant))])[0] for _ in range(6)]
    store.grow_shards(stage.tenant, 16)
    records += [stage.store().commit([put(key(stage.tenant))])[0] for _ in range(12)]
    store.grow_shards(stage.tenant, 2)

    page = stage.store().history(HistoryQuery(Scope(stage.tenant, "Patient"), 50))

    assert set(page.records) == set(records)
    assert stage.item(f"{stage.tenant}#!types", 0)["shards"] == {"N": "16"}


def test_a_write_on_no_version_at_all_is_refused_over_a_pending_one(stage: Stage) -> None:
    new = key(stage.tenant)
    stage.crash(put(new), put(key(stage.tenant)))

    with deadline.within(0.3), pytest.raises(Unavailable):
        stage.store().commit([put(new, ABSENT)])
