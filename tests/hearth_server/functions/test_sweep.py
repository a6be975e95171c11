"""The function that clears up each hour after crashed commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import pytest
from hearth_server.functions import sweep, wiring
from hearth_server.store.dynamodb import DynamoDBStore, commit
from hearth_server.store.dynamodb.bodies import BodyMissing
from hearth_server.store.limits import now_milliseconds
from hearth_server.store.protocol import Key

from tests.hearth_server.functions.conftest import Table
from tests.hearth_server.functions.test_api import Context
from tests.hearth_server.functions.test_indexer import found, patient
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client
from tests.hearth_server.store.watched import Crash, Watch, Watched, crash_at_the_flip

pytestmark = pytest.mark.java

HOUR = 3_600_000
NOTHING = {"pending": 0, "aborted": 0, "stubs": 0, "indexed": 0, "orphans": 0}


class Stage:
    """Stores over one table and bucket, with the hour that their processes have."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.bucket = MemoryBucket()
        self.hours = 0

    def store(self, watch: Watch = lambda *_: None) -> DynamoDBStore:
        """Return a store of its own process."""
        dynamodb = Watched(client(self._table.url, LOCAL_CREDENTIALS), watch)
        return DynamoDBStore(dynamodb, self._table.name, self.bucket, self._now)

    def swept(self) -> dict[str, int]:
        """Call the function."""
        with mock.patch.object(wiring, "store", return_value=self.store()):
            return sweep.handler({}, Context())

    def _now(self) -> int:
        return now_milliseconds() + self.hours * HOUR


@pytest.fixture
def stage(table: Table) -> Iterator[Stage]:
    """A stage that stages every commit of more than one item."""
    with mock.patch.object(commit, "TOGETHER_ITEMS", 1):
        yield Stage(table)


def test_where_nothing_crashed_nothing_is_found(stage: Stage):
    stage.store().commit([patient("a"), patient("b")])

    assert stage.swept() == NOTHING


def test_what_crashed_before_its_commit_becomes_stubs_once_its_time_is_up(stage: Stage):
    with pytest.raises(Crash):
        stage.store(crash_at_the_flip).commit([patient("a"), patient("b")])

    at_once = stage.swept()
    stage.hours = 1
    later = stage.swept()

    assert at_once == {**NOTHING, "pending": 1}
    assert later == {**NOTHING, "aborted": 1, "stubs": 2}
    assert stage.swept() == NOTHING
    assert stage.store().latest(Key("-", "Patient", "a")) is None


def crashed_after_its_commit(stage: Stage) -> None:
    """Have a transaction crash when it is committed, and not yet findable."""

    def crash_after_the_flip(operation: str, payload: Mapping[str, Any]) -> None:
        if payload.get("UpdateExpression") == "SET done = :d":
            raise Crash

    with pytest.raises(Crash):
        stage.store(crash_after_the_flip).commit([patient("a"), patient("b")])


def test_what_crashed_after_its_commit_becomes_findable(stage: Stage):
    crashed_after_its_commit(stage)

    assert stage.swept() == {**NOTHING, "indexed": 2}
    assert found() == {"a", "b"}


def test_an_index_that_cannot_be_reached_stops_nothing_else(
    stage: Stage, capsys: pytest.CaptureFixture[str]
):
    crashed_after_its_commit(stage)
    away = mock.Mock(index=mock.Mock(side_effect=OSError("away")))

    with mock.patch.object(wiring, "search_index", return_value=away):
        swept = stage.swept()

    assert swept == {**NOTHING, "indexed": 2}
    assert '"event":"index-late"' in capsys.readouterr().out


def test_a_record_that_cannot_be_read_stops_nothing_else(
    stage: Stage, capsys: pytest.CaptureFixture[str]
):
    crashed_after_its_commit(stage)
    body_lost = mock.Mock(side_effect=BodyMissing("Chalmers"))

    with mock.patch.object(DynamoDBStore, "latest_of", body_lost):
        swept = stage.swept()

    assert swept == {**NOTHING, "indexed": 2}
    said = capsys.readouterr().out
    assert '"event":"index-late"' in said
    assert "Chalmers" not in said


def test_an_object_that_no_record_names_is_deleted_after_a_day(stage: Stage):
    stage.bucket.put("-/Binary/a/1/orphan", b"left by a crash")

    young = stage.swept()
    stage.hours = 25

    assert young == NOTHING
    assert stage.swept() == {**NOTHING, "orphans": 1}
    assert stage.bucket.objects == {}
