"""The generations of a SQL index: which there are, and which of them is read.

Each is a database of its own: in SQLite a file, in PostgreSQL a schema. The database of the first
one says which others there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol, TypeAlias

from hearth_server.errors import Unavailable
from hearth_server.search.engines.sql.connection import Database, Transaction
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.schema import VALUE_TABLES

State: TypeAlias = Literal["building", "read", "retired", "leaving", "gone"]
"""A `retired` one was read before, and is written still; a `leaving` one is about to be removed."""

FIRST = 1
PLACES = 4
"""How many generations can be kept beside the first. Each has a schema in PostgreSQL, of which
Aurora DSQL takes ten, and it documents no way to remove one: they serve again.
https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
"""
_WRITTEN: tuple[State, ...] = ("read", "building", "retired")
_STATES = Sql("SELECT number, state FROM index_generation")


class Databases(Protocol):
    """Opens and removes the databases of an index's generations."""

    def open(self, number: int) -> Database:
        """Return the database of a generation, made where it is missing. Raises Unavailable."""

    def drop(self, number: int) -> None:
        """Remove what a generation holds. Raises Unavailable."""


class Generations:
    """Which generations an index has. A number that was used is never used again."""

    def __init__(self, database: Database) -> None:
        """Take the database of the first generation."""
        self._database = database

    def states(self) -> dict[int, State]:
        """Return the generations that are written, by number, the one that is read first."""
        found = self._all()
        written = [number for number, state in found.items() if state in _WRITTEN]
        written.sort(key=lambda number: _WRITTEN.index(found[number]))
        return {number: found[number] for number in written}

    def leaving(self) -> list[int]:
        """Return the generations that are to be removed."""
        return [number for number, state in self._all().items() if state == "leaving"]

    def retire(self) -> None:
        """Have those that were read before be written no more."""
        self._change({"retired": "leaving"}, unless_missing="retired")

    def begin(self, prepare: Callable[[int], None]) -> None:
        """Add a generation to be built, unless there is one; `prepare` makes its tables.

        They are there before anybody writes into them, so that writers do not race to make them.
        Raises Unavailable while there is no place for another.
        """
        found = self._all()
        if "building" in found.values():
            return
        number = _next(found)
        prepare(number)

        def add(transaction: Transaction) -> None:
            if not transaction.query(_STATES):
                _insert(transaction, FIRST, "read")
            _insert(transaction, number, "building")

        self._database.write(add)

    def swap(self) -> None:
        """Have the one that is being built be read."""
        self._change({"read": "retired", "building": "read"}, unless_missing="building")

    def abandon(self) -> None:
        """Give up the one that is being built: it leaves unread."""
        self._change({"building": "leaving"}, unless_missing="building")

    def remove(self, number: int) -> None:
        """Note that a generation is gone."""
        statement = Sql("UPDATE index_generation SET state = 'gone' WHERE number = ?", (number,))
        self._database.write(lambda transaction: transaction.run(statement))

    def _all(self) -> dict[int, State]:
        return dict(self._database.query(_STATES)) or {FIRST: "read"}

    def _change(self, changes: dict[State, State], unless_missing: State) -> None:
        def change(transaction: Transaction) -> None:
            found: dict[int, State] = dict(transaction.query(_STATES))
            if unless_missing not in found.values():
                return
            for number, state in found.items():
                if state in changes:
                    transaction.run(
                        Sql(
                            "UPDATE index_generation SET state = ? WHERE number = ?",
                            (changes[state], number),
                        )
                    )

        self._database.write(change)


def place(number: int) -> int:
    """Return which of the `PLACES` a generation has that is not the first."""
    return (number - FIRST - 1) % PLACES


def _next(found: Mapping[int, State]) -> int:
    """Return a number above all others, whose place is empty."""
    taken = {place(each) for each, state in found.items() if each != FIRST and state != "gone"}
    latest = max(found)
    for number in range(latest + 1, latest + 1 + PLACES):
        if place(number) not in taken:
            return number
    raise Unavailable("The index has generations that are still to be removed")


def empty(run: Callable[[str], object]) -> None:
    """Drop the tables of a generation, one statement per commit."""
    for table in (*VALUE_TABLES, "resource"):
        run(f"DROP TABLE IF EXISTS {table}")


def _insert(transaction: Transaction, number: int, state: State) -> None:
    transaction.run(Sql("INSERT INTO index_generation VALUES (?, ?)", (number, state)))
