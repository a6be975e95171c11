"""Order and keyset paging: what hits are sorted by, and which of them lie beyond a position.

Resources that lack a key come last in either direction; the resource's hash breaks ties, so the
order is total and a page can start anywhere in it.
"""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hearth_server.search.engines.protocol import Cursor, Position
from hearth_server.search.engines.sql.conditions import TABLE_OF_KIND
from hearth_server.search.engines.sql.fragment import FALSE, Sql, every, some, sql
from hearth_server.search.engines.sql.leaves import Leaves
from hearth_server.search.query import SortKey

COLUMN = {"term": "key", "link": "shown", "moment": "low", "amount": "low", "place": "latitude"}
"""The column that each table of values is sorted by."""


@dataclass(frozen=True, slots=True)
class Order:
    """The keys of a query with their directions; the hash is the last."""

    keys: tuple[SortKey, ...]

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """The columns of a hit and whether each descends."""
        named = [(f"k{number}", key.descending) for number, key in enumerate(self.keys)]
        return [*named, ("rid", bool(self.keys) and self.keys[0].descending)]

    def selected(self, leaves: Leaves, at: str, named_by: str) -> list[Sql]:
        """Return what computes each key of the resource in the row `at`, hash included.

        The hash is that of the row by which it was found, which an index may have in order.
        """
        keys = [_key(key, leaves, at) for key in self.keys]
        named = [sql(f"{{}} AS k{number}", key) for number, key in enumerate(keys)]
        return [*named, Sql(f"{named_by}.rid AS rid")]

    def clause(self, *, backwards: bool) -> str:
        """Return what belongs after ORDER BY."""
        parts = []
        for column, descending in self.columns:
            way = " DESC" if descending != backwards else ""
            nulls = "" if column == "rid" else f" NULLS {'FIRST' if backwards else 'LAST'}"
            parts.append(f"{column}{way}{nulls}")
        return ", ".join(parts)

    def beyond(self, cursor: Cursor) -> Sql:
        """Return that a hit lies beyond the position of a cursor."""
        return _beyond(self.columns, cursor.position, cursor.backwards)


def _beyond(columns: Sequence[tuple[str, bool]], position: Position, backwards: bool) -> Sql:
    (column, descending), *rest = columns
    value, *others = position
    further = _further(column, descending, value, backwards)
    if not rest:
        return further
    if value is None:
        equal = Sql(f"{column} IS NULL")
    else:
        equal = sql(f"{column} = ?", value)
    return some([further, every([equal, _beyond(rest, tuple(others), backwards)])])


def _further(column: str, descending: bool, value: int | str | None, backwards: bool) -> Sql:
    if value is None:
        return Sql(f"{column} IS NOT NULL") if backwards else FALSE
    compared = sql(f"{column} {'<' if descending != backwards else '>'} ?", value)
    if column == "rid" or backwards:
        return compared
    return some([compared, Sql(f"{column} IS NULL")])


def _key(key: SortKey, leaves: Leaves, at: str) -> Sql:
    """Return the smallest value of the key's fields, the largest when it descends."""
    if key.by == "id":
        return Sql(f"{at}.id")
    if key.by == "updated":
        return Sql(f"{at}.updated")
    table = TABLE_OF_KIND[key.by[0].kind]
    column = COLUMN[table]
    conditions = [Sql(f"s.rid = {at}.rid"), leaves.fields(key.by, "s")]
    if table in ("term", "link"):
        conditions.append(Sql(f"s.{column} > ''"))
    if key.only:
        shown = (sql("(s.shown >= ? AND s.shown < ?)", f"{each}/", f"{each}0") for each in key.only)
        conditions.append(some(shown))
    chosen = "max" if key.descending else "min"
    return sql(f"(SELECT {chosen}(s.{column}) FROM {table} s WHERE {{}})", every(conditions))
