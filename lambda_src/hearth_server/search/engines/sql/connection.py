"""What the engine asks of a database connection, whichever driver is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from hearth_server.search.engines.sql.dialect import Dialect
from hearth_server.search.engines.sql.fragment import Sql

Answer = TypeVar("Answer")


class Transaction(Protocol):
    """Statements that take effect together."""

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""

    def run(self, statement: Sql) -> int:
        """Run a statement; return how many rows it changed."""

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each row of parameters."""


class Database(Protocol):
    """A database that holds an index. Safe to use from several threads."""

    dialect: Dialect

    def query(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Return the rows of a statement. Raises `errors.Unavailable`."""

    def write(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Return what `work` returns once its statements are committed.

        It is called again when the database asks for that. Raises `errors.Unavailable`.
        """

    def close(self) -> None:
        """Close the connections."""
