"""SQLite as the database of an index: one file, several processes at once.

https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

from hearth_server.errors import HearthError, NotSupported, Unavailable
from hearth_server.search.engines.sql import schema
from hearth_server.search.engines.sql.connection import Answer, Row, Transaction
from hearth_server.search.engines.sql.dialect import SQLITE, distance
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.generations import FIRST, empty

# https://www.sqlite.org/limits.html
_LIMITS = (
    "too many terms in compound SELECT",
    "too many SQL variables",
    "Expression tree is too large",
    "parser stack overflow",
    "too many columns",
    "at most 64 tables in a join",
)
_MADE = Sql("SELECT 1 FROM sqlite_master WHERE name = 'index_schema'")

IN_MEMORY = Path(":memory:")
"""The location of an index that its process keeps for itself, and one thread."""

BUSY_SECONDS = 10
"""How long a writer waits for another."""

CACHE_KILOBYTES = 65_536

# NORMAL loses the last commits when the machine loses power, and the stream brings them again.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 4000",
    f"PRAGMA cache_size = -{CACHE_KILOBYTES}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 1073741824",
)


class _Write:
    """What a thread wants written, and what it is told when that is committed."""

    def __init__(self, work: Callable[[Transaction], Any]) -> None:
        self.work = work
        self.answer: Future[Any] = Future()


class SqliteDatabase:
    """An index in a file; the tables are made when they are missing."""

    dialect = SQLITE

    def __init__(self, location: Path) -> None:
        self._location = location
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        # One for all threads: a connection must read all again after another has written.
        self._writer: sqlite3.Connection | None = None
        self._turn = threading.Lock()
        self._waiting: deque[_Write] = deque()
        location.parent.mkdir(parents=True, exist_ok=True)
        if self._version() < schema.VERSION:  # a process that starts waits for no writer
            self.write(_prepare)

    def _version(self) -> int:
        """Return the version of the schema that the file has."""
        return (self.query(_MADE) and self.query(Sql(schema.RECORDED))[0][0]) or 0

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Return the rows of a statement. Raises Unavailable, NotSupported for one too large."""
        try:
            return self._connection().execute(statement.text, statement.parameters).fetchall()
        except sqlite3.OperationalError as error:
            raise _problem(error) from error

    def write(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Return what `work` returns once it is committed. Raises Unavailable.

        What several threads write meanwhile is committed together by the one whose turn it is: a
        commit of its own for each would write the pages that they share over and over.
        """
        mine = _Write(work)
        self._waiting.append(mine)
        with self._turn:
            if not mine.answer.done():
                self._commit(self._taken())
        return cast(Answer, mine.answer.result())

    def _taken(self) -> list[_Write]:
        """Take all writes that wait."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _commit(self, writes: Sequence[_Write]) -> None:
        """Commit writes together; where one of them fails, each on its own."""
        try:
            answers = self._transact([each.work for each in writes])
        except Unavailable as error:  # those that came meanwhile have waited as well
            for each in (*writes, *self._taken()):
                each.answer.set_exception(error)
        except Exception as error:  # noqa: BLE001 - told to the one who waits
            if len(writes) == 1:
                writes[0].answer.set_exception(error)
            else:
                for each in writes:
                    self._commit([each])
        else:
            for each, answer in zip(writes, answers, strict=True):
                each.answer.set_result(answer)
        finally:
            for each in writes:
                if not each.answer.done():  # nobody waits for what an interrupt has left undone
                    each.answer.set_exception(Unavailable("The search index was not written"))

    def _transact(self, works: Sequence[Callable[[Transaction], Any]]) -> list[Any]:
        if self._writer is None:
            # What is in memory is there for the connection that made it, and no other.
            self._writer = self._connection() if self._location == IN_MEMORY else self._open()
        connection = self._writer
        try:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                return [work(_SqliteTransaction(connection)) for work in works]
        except sqlite3.OperationalError as error:
            raise _problem(error) from error

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._opened:
            self._opened.pop().close()
        self._own = threading.local()
        self._writer = None

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._open()
        return connection

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._location,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                cached_statements=512,
                check_same_thread=False,
            )
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            connection.create_function("hearth_distance", 4, distance, deterministic=True)
        except sqlite3.OperationalError as error:
            raise _problem(error) from error
        self._opened.append(connection)
        return connection


class SqliteDatabases:
    """The generations of an index: the file that is named, and files beside it."""

    def __init__(self, location: Path) -> None:
        self._location = location

    def open(self, number: int) -> SqliteDatabase:
        """Return the database of a generation. Raises Unavailable."""
        return SqliteDatabase(self._file(number))

    def drop(self, number: int) -> None:
        """Remove what a generation holds. Raises Unavailable."""
        if number == FIRST:  # it says which others there are
            database = self.open(number)
            empty(lambda text: database.write(lambda transaction: transaction.run(Sql(text))))
            database.close()
            return
        for end in ("", "-wal", "-shm"):
            Path(f"{self._file(number)}{end}").unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self._location if number == FIRST else Path(f"{self._location}.{number}")


class _SqliteTransaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement.text, statement.parameters).fetchall()

    def run(self, statement: Sql) -> int:
        return self._connection.execute(statement.text, statement.parameters).rowcount

    def insert(self, into: str, rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        self._connection.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)  # noqa: S608


def _prepare(transaction: Transaction) -> None:
    for statement in schema.statements(SQLITE):
        transaction.run(Sql(statement))
    if transaction.query(Sql(schema.RECORDED))[0][0] != schema.VERSION:
        transaction.run(Sql(schema.RECORD))


def _problem(error: sqlite3.OperationalError) -> HearthError:
    """Return what went wrong: the statement is over a limit of SQLite, or the file is not there."""
    if any(limit in str(error) for limit in _LIMITS):
        return NotSupported("The search asks for more than the index can do", code="too-costly")
    return Unavailable(f"The search index cannot be used: {error}")
