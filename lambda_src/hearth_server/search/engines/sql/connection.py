"""What the engine asks of a database connection, whichever driver is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from hearth_server.search.engines.sql.dialect import Dialect
from hearth_server.search.engines.sql.fragment import Sql

Answer = TypeVar("Answer")
Row: TypeAlias = tuple[int | float | str, ...]


class CommitTooLarge(Exception):
    """More rows change than the database takes in one commit; nothing has been changed."""


class Transaction(Protocol):
    """Statements that take effect together."""

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""

    def run(self, statement: Sql) -> int:
        """Run a statement; return how many rows it changed."""

    def insert(self, into: str, rows: Sequence[Row]) -> None:
        """Insert rows, of which there is one at least, into a table or some columns of it."""


class Database(Protocol):
    """A database that holds an index. Safe to use from several threads."""

    dialect: Dialect

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Return the rows of a statement. Raises `errors.Unavailable`."""

    def write(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Return what `work` returns once its statements are committed.

        It is called again when the database asks for that. Raises `errors.Unavailable`, and
        CommitTooLarge where the dialect has a limit.
        """

    def close(self) -> None:
        """Close the connections."""
