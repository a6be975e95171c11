"""PostgreSQL as the database of an index, hence Aurora and Aurora DSQL.

https://docs.aws.amazon.com/aurora-dsql/latest/userguide/working-with-concurrency-control.html
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import Any

from hearth_server import deadline
from hearth_server.errors import Unavailable
from hearth_server.search.engines.protocol import Unindexable
from hearth_server.search.engines.sql import schema
from hearth_server.search.engines.sql.address import Address
from hearth_server.search.engines.sql.connection import (
    Answer,
    CommitTooLarge,
    Row,
    Transaction,
)
from hearth_server.search.engines.sql.dialect import Dialect
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.generations import FIRST, empty, place
from hearth_server.search.engines.sql.wire import Connection, ConnectionLost, ServerError

ATTEMPT_SECONDS = 10.0
"""How long work is tried again that others get in the way of, if the request sets no end."""

STATEMENT_SECONDS = 60.0
"""How long one statement may take, if the request sets no end."""

CONNECT_SECONDS = 20.0
"""How long a connection may take to make: a cluster that has paused needs about 15."""

CONNECTIONS_TRIED = 3
"""How many connections one piece of work may use up before the server counts as away."""

RETRY_AFTER = 10
"""After how many seconds a client is told to try again while the server is away."""

INSERTED = 400
"""Rows that one statement inserts."""

_MARGIN = 1.0
"""Seconds kept back from the request's time, to answer in."""

# Serialization failures and deadlocks; two writers of one new row; a statement that the server has
# forgotten; a server that has no room for another connection, or is just starting. Aurora DSQL's
# OC000 and OC001 come as 40001.
_REPEATED = ("40", "23505", "26000", "53", "57P03", "58")
"""53 is for a server that is short of something, a full disk among them; 58 for one whose disk
fails: neither is for the record that is being written."""
_TOO_LARGE = "54000"
_UNFIT_VALUE = "22"
_NO_TABLE = "42P01"
_MADE_BY_ANOTHER = ("42P07", "42P06", "42710")


class PostgresqlDatabase:
    """An index in a PostgreSQL database.

    The tables are made at the first use that finds them missing, not before: a server that is away
    keeps nobody from what needs no search.
    """

    def __init__(self, address: Address, namespace: str = "") -> None:
        """Take the schema of PostgreSQL that holds the tables; the user's own if it is empty."""
        self._address = address
        self._namespace = namespace
        self.dialect: Dialect = address.dialect
        self._own = threading.local()
        self._opened: list[Connection] = []
        self._prepared = False

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Return the rows of a statement. Raises Unavailable."""
        self._prepare()
        return self._attempted(lambda connection: self._rows(connection, statement))

    def write(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Return what `work` returns once it is committed. Raises Unavailable, CommitTooLarge."""

        def attempt(connection: Connection) -> Answer:
            transaction = _PostgresqlTransaction(connection, self.dialect)
            connection.execute("BEGIN", (), _seconds())
            try:
                answer = work(transaction)
            except ConnectionLost:
                raise
            except BaseException:
                connection.execute("ROLLBACK", (), _seconds())
                raise
            connection.execute("COMMIT", (), _seconds())
            return answer

        self._prepare()
        return self._attempted(attempt)

    def define(self, text: str) -> None:
        """Run one statement that makes or removes a table. Raises Unavailable."""
        self._attempted(partial(_define, text))

    def forget(self) -> None:
        """Remove what `empty` has left: the schema is made anew when it serves again."""
        for table in ("index_generation", "index_schema"):
            self.define(f"DROP TABLE IF EXISTS {table}")

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._opened:
            self._opened.pop().close()
        self._own = threading.local()

    def _rows(self, connection: Connection, statement: Sql) -> list[tuple[Any, ...]]:
        written = self.dialect.written(statement.text)
        return connection.execute(written, statement.parameters, _seconds(), kept=True).rows

    def _attempted(self, attempt: Callable[[Connection], Answer]) -> Answer:
        """Return what an attempt returns, tried again where the database asks for it."""
        end = min(deadline.moment() - _MARGIN, time.monotonic() + ATTEMPT_SECONDS)
        number = lost = 0
        while True:
            number += 1
            try:
                return attempt(self._connection())
            except ServerError as error:
                if error.state.startswith(_UNFIT_VALUE):
                    raise Unindexable(str(error)) from error
                if error.state == _TOO_LARGE:
                    raise CommitTooLarge(str(error)) from error
                if not error.state.startswith(_REPEATED):
                    raise
                failure: Exception = error
            except ConnectionLost as error:
                self._forget()
                lost += 1
                failure = error
            pause = random.uniform(0, min(0.01 * 2**number, 1))  # noqa: S311 - jitter
            if lost == CONNECTIONS_TRIED or time.monotonic() + pause >= end:
                raise Unavailable(
                    f"The search index cannot be used: {type(failure).__name__}",
                    retry_after=RETRY_AFTER,
                ) from failure
            time.sleep(pause)

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._open()
            self._own.connection = connection
            self._opened.append(connection)
        return connection

    def _open(self) -> Connection:
        address = self._address
        seconds = min(CONNECT_SECONDS, _seconds())
        try:
            connection = Connection(address.server, address.password(), seconds)
        except ServerError as error:  # nobody is let in, or not yet
            if error.state.startswith(_REPEATED):
                raise
            raise ConnectionLost(str(error)) from error
        if self._namespace:
            connection.execute(f"SET search_path TO {self._namespace}", (), seconds)
        return connection

    def _forget(self) -> None:
        """Give up this thread's connection: the next call makes another."""
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
            self._opened.remove(connection)
            self._own.connection = None

    def _prepare(self) -> None:
        """Bring the tables up to date, each definition in a transaction of its own.

        Others may be doing the same just now: who comes second finds everything there.
        """
        if self._prepared:
            return
        if self._version() < schema.VERSION:
            if self._namespace:
                made = f"CREATE SCHEMA IF NOT EXISTS {self._namespace}"
                self._attempted(partial(_define, made))
            for text in schema.statements(self.dialect):
                self._attempted(partial(_define, text))
            if self._version() < schema.VERSION:
                self._attempted(partial(_define, schema.RECORD))
        self._prepared = True

    def _version(self) -> int:
        """Return the version of the schema that the database has."""
        try:
            rows = self._attempted(lambda connection: self._rows(connection, Sql(schema.RECORDED)))
        except ServerError as error:
            if error.state != _NO_TABLE:
                raise
            return 0
        return int(rows[0][0] or 0)


class PostgresqlDatabases:
    """The generations of an index: the tables of the user, and schemas beside them."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def open(self, number: int) -> PostgresqlDatabase:
        """Return the database of a generation; nothing is called yet."""
        namespace = "" if number == FIRST else f"hearth_index_{place(number) + 2}"
        return PostgresqlDatabase(self._address, namespace)

    def drop(self, number: int) -> None:
        """Remove what a generation holds. Raises Unavailable."""
        database = self.open(number)
        empty(database.define)
        if number != FIRST:  # the first says which others there are
            database.forget()
        database.close()


class _PostgresqlTransaction:
    """Counts the rows that change: Aurora DSQL takes so many in one commit."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._changed = 0

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        written = self._dialect.written(statement.text)
        return self._connection.execute(written, statement.parameters, _seconds()).rows

    def run(self, statement: Sql) -> int:
        written = self._dialect.written(statement.text)
        changed = self._connection.execute(written, statement.parameters, _seconds()).changed
        self._count(changed)
        return changed

    def insert(self, into: str, rows: Sequence[Row]) -> None:
        self._count(len(rows))
        for start in range(0, len(rows), INSERTED):
            some = rows[start : start + INSERTED]
            written = _insertion(self._dialect, into, len(some), len(some[0]))
            self._connection.execute(written, tuple(chain.from_iterable(some)), _seconds())

    def _count(self, rows: int) -> None:
        self._changed += rows
        most = self._dialect.commit_rows
        if most is not None and self._changed > most:
            raise CommitTooLarge(f"{self._changed} rows")


@lru_cache(maxsize=64)
def _insertion(dialect: Dialect, into: str, rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    values = ", ".join([row] * rows)
    return dialect.written(f"INSERT INTO {into} VALUES {values}")  # noqa: S608 - a table of ours


def _define(text: str, connection: Connection) -> None:
    try:
        connection.execute(text, (), _seconds())
    except ServerError as error:
        # IF NOT EXISTS looks before it makes: another may have been between the two.
        if error.state not in _MADE_BY_ANOTHER:
            raise


def _seconds() -> float:
    """Return how long the server may take to answer now."""
    return max(0.1, min(STATEMENT_SECONDS, deadline.remaining() - _MARGIN / 2))
