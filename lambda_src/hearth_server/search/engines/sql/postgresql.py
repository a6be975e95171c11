"""PostgreSQL as the database of an index, hence Aurora and Aurora DSQL.

The driver is imported when the first connection is made: a stage on another engine has none.
https://docs.aws.amazon.com/aurora-dsql/latest/userguide/working-with-concurrency-control.html
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hearth_server.errors import Unavailable
from hearth_server.search.engines.protocol import Unindexable
from hearth_server.search.engines.sql import schema
from hearth_server.search.engines.sql.connection import Answer, Transaction
from hearth_server.search.engines.sql.dialect import POSTGRESQL
from hearth_server.search.engines.sql.fragment import Sql

if TYPE_CHECKING:
    import psycopg

ATTEMPTS = 10
"""How often a transaction is tried that others get in the way of."""

CONNECT_SECONDS = 10


class PostgresqlDatabase:
    """An index in a PostgreSQL database; the tables are made when they are missing."""

    dialect = POSTGRESQL

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._own = threading.local()
        self._opened: list[psycopg.Connection[Any]] = []
        for statement in schema.statements(POSTGRESQL):
            self._prepare(statement)

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Return the rows of a statement. Raises Unavailable."""
        return self._attempted(lambda connection: _rows(connection, statement))

    def write(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Return what `work` returns once it is committed. Raises Unavailable."""

        def attempt(connection: psycopg.Connection[Any]) -> Answer:
            with connection.transaction():
                return work(_PostgresqlTransaction(connection))

        return self._attempted(attempt)

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._opened:
            self._opened.pop().close()
        self._own = threading.local()

    def _attempted(self, attempt: Callable[[psycopg.Connection[Any]], Answer]) -> Answer:
        """Return what an attempt returns, tried again where the database asks for it."""
        import psycopg

        for number in range(ATTEMPTS):
            try:
                return attempt(self._connection())
            except psycopg.errors.DataError as error:
                raise Unindexable(type(error).__name__) from error
            except psycopg.errors.OperationalError as error:
                if not _repeatable(error):
                    self._forget()
                    if number:
                        raise _unavailable(error) from error
            time.sleep(random.uniform(0, 0.01 * 2**number))  # noqa: S311 - jitter
        raise Unavailable("Other writers were faster than this one, again and again")

    def _connection(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] | None = getattr(self._own, "connection", None)
        if connection is None or connection.closed:
            import psycopg

            connection = psycopg.connect(
                self._conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS
            )
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._own.connection = connection
            self._opened.append(connection)
        return connection

    def _forget(self) -> None:
        """Give up this thread's connection: the next call makes another."""
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
            self._opened.remove(connection)
            self._own.connection = None

    def _prepare(self, statement: str) -> None:
        """Run one definition, unless another process is just making the same."""
        import psycopg

        try:
            self._attempted(lambda connection: connection.execute(statement.encode()))
        except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
            return


class _PostgresqlTransaction:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        return _rows(self._connection, statement)

    def run(self, statement: Sql) -> int:
        written = POSTGRESQL.written(statement.text).encode()
        return self._connection.execute(written, statement.parameters).rowcount

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(POSTGRESQL.written(statement).encode(), rows)


def _rows(connection: psycopg.Connection[Any], statement: Sql) -> list[tuple[Any, ...]]:
    written = POSTGRESQL.written(statement.text).encode()
    return connection.execute(written, statement.parameters).fetchall()


def _repeatable(error: Exception) -> bool:
    """Whether an error says that the transaction should be run again: class 40 of SQLSTATE."""
    return (getattr(error, "sqlstate", None) or "").startswith("40")


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"The search index cannot be used: {type(error).__name__}")
