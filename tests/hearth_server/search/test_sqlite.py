"""SQLite as the index's database: several threads write at once, and other processes too."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hearth_server.errors import Unavailable
from hearth_server.search.engines.sql import sqlite
from hearth_server.search.engines.sql.connection import Transaction
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.sqlite import SqliteDatabase
from hearth_server.search.indexed import IndexedSearch
from hearth_server.store.protocol import Key, Record

NUMBERS = "SELECT number FROM index_generation ORDER BY number"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
def database(file: Path) -> Iterator[SqliteDatabase]:
    with closing(SqliteDatabase(file)) as database:
        yield database


def test_what_threads_write_meanwhile_is_committed_together(file: Path, database: SqliteDatabase):
    seen: list[Any] = []

    def last(transaction: Transaction) -> None:
        with closing(sqlite3.connect(file)) as other:
            seen.extend([other.execute(NUMBERS).fetchall(), transaction.query(Sql(NUMBERS))])

    written = _written_meanwhile(database, _made(1), _made(2), last)

    assert [each.exception() for each in written] == [None, None, None]
    assert seen == [[], [(1,), (2,)]]


def test_a_write_that_fails_takes_no_other_with_it(database: SqliteDatabase):
    def refused(transaction: Transaction) -> None:
        raise ValueError("refused")

    first, bad, last = _written_meanwhile(database, _made(1), refused, _made(2))

    assert [first.result(), last.result()] == [1, 2]
    assert isinstance(bad.exception(), ValueError)
    assert database.query(Sql(NUMBERS)) == [(1,), (2,)]


def test_all_that_wait_for_a_file_which_another_process_holds_are_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)  # before a connection takes it over
    with (
        closing(SqliteDatabase(file)) as database,
        ThreadPoolExecutor() as pool,
        closing(sqlite3.connect(file)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        written = [pool.submit(database.write, _made(number)) for number in (1, 2, 3)]
        refused = [each.exception() for each in written]
        other.rollback()
        accepted = database.write(_made(1))

    assert [type(each) for each in refused] == [Unavailable] * 3
    assert accepted == 1


def test_an_update_writes_what_has_changed_and_leaves_the_rest(database: SqliteDatabase):
    search = IndexedSearch(SqlEngine(database))
    identifiers = [{"value": str(number)} for number in range(20)]
    search.index([_patient(1, identifiers)])
    assert database._writer is not None
    before = database._writer.total_changes

    search.index([_patient(2, [*identifiers[1:], {"value": "new"}])])

    resource, words, identifier = 1, 2, 2  # what is not updated is deleted and made anew
    assert database._writer.total_changes - before == resource + words + identifier


def _patient(version: int, identifiers: list[dict[str, str]]) -> Record:
    body = {"resourceType": "Patient", "id": "1", "identifier": identifiers, "active": True}
    key = Key("-", "Patient", "1")
    return Record(key, version, version, "PUT", msgspec.json.encode(body))


def _made(number: int) -> Any:
    """Return work that writes a row."""

    def work(transaction: Transaction) -> int:
        transaction.insert("index_generation (number, state)", [(number, "made")])
        return number

    return work


def _written_meanwhile(database: SqliteDatabase, *works: Any) -> list[Future[Any]]:
    """Return what became of works that had to wait, in this order, for the same other one."""
    begun, go_on = threading.Event(), threading.Event()

    def long(transaction: Transaction) -> None:
        begun.set()
        go_on.wait(10)

    with ThreadPoolExecutor() as pool:
        pool.submit(database.write, long)
        begun.wait(10)
        written = []
        for at, work in enumerate(works, 1):
            written.append(pool.submit(database.write, work))
            while len(database._waiting) < at:
                time.sleep(0.001)
        go_on.set()
    return written
