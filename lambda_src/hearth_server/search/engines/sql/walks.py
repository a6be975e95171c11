"""Walks: statements that follow an index in the order that is asked for, and stop early.

An index over values has each value's resources by hash; several such lists are followed side by
side, in one statement, and the engine merges what they bring.
"""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Sequence

from hearth_server.search.engines.protocol import Cursor
from hearth_server.search.engines.sql import spans
from hearth_server.search.engines.sql.conditions import TABLE_OF_KIND, Conditions
from hearth_server.search.engines.sql.fragment import TRUE, Sql, every, joined, sql
from hearth_server.search.engines.sql.leaves import TABLE
from hearth_server.search.engines.sql.ordering import COLUMN
from hearth_server.search.engines.sql.plan import HIT, Driver
from hearth_server.search.fields import Field
from hearth_server.search.query import (
    Condition,
    Links,
    Moments,
    Query,
    Terms,
    Together,
    Updated,
    parts,
)

MERGED = 16
"""How many lists of one value's resources are followed side by side."""


class Walks:
    """Writes the walks of one query."""

    def __init__(
        self,
        conditions: Conditions,
        query: Query,
        limit: int,
        cursor: Cursor | None,
        only_if: Sql = TRUE,
    ) -> None:
        self._conditions = conditions
        self._query = query
        self._limit = limit
        self._cursor = cursor
        self._only_if = only_if
        descending = bool(query.sort) and query.sort[0].descending
        backwards = cursor is not None and cursor.backwards
        self.descending = descending != backwards
        """Whether the hits come with their keys falling."""
        self._direction = " DESC" if self.descending else ""
        self._way = "<" if self.descending else ">"

    def by_hash(self, driver: Driver) -> Sql | None:
        """Return a walk through the lists of a driver's values; None if it has no such lists."""
        leaf = _listed(driver.condition)
        if self._query.sort or leaf is None:
            return None
        rest = driver.rest if leaf is driver.condition else self._query.condition
        lists = list(self._conditions.leaves.lists(leaf, "v"))
        if not 0 < len(lists) <= MERGED:
            return None
        once = any(field.many for field in leaf.fields)
        return _side_by_side(
            [self._list(TABLE[type(leaf)], each, rest, once=once) for each in lists]
        )

    def _list(self, table: str, rows: Sql, rest: Condition, *, once: bool) -> Sql:
        """Return the walk through one list, of which each resource is taken `once`."""
        found = every([rows, *self._beyond(["v.rid"])])
        page = f" ORDER BY v.rid{self._direction} LIMIT {self._limit}"
        source, where = Sql(f"{table} v"), found
        distinct = "DISTINCT " if once else ""
        if once and self._conditions.dialect.streams:  # or PostgreSQL sorts all before a page
            source = sql(f"(SELECT DISTINCT v.rid AS rid FROM {table} v WHERE {{}}) v", found)
            where, distinct = TRUE, ""
        return sql(
            f"SELECT {distinct}{HIT}, v.rid AS rid {{}}{page}",
            self._conditions.followed(source, where, self._query.types, rest),
        )

    @property
    def timed(self) -> bool:
        """Whether the order is that of the commits."""
        return bool(self._query.sort) and self._query.sort[0].by == "updated"

    def by_type(self, window: int | None = None) -> Sql | None:
        """Return a walk through all resources of a type, by hash or by time.

        It ends after a `window` of so many.
        """
        sort = self._query.sort
        timed = self.timed
        if len(self._query.types) != 1 or len(sort) > 1 or (sort and not timed):
            return None
        key = "r.updated AS k0, " if timed else ""
        columns = ["r.updated", "r.rid"] if timed else ["r.rid"]
        rows = every(
            [
                self._conditions.current(self._query.types, "r"),
                *self._beyond(columns),
                *(self._within_time() if timed else []),
            ]
        )
        first = sql(
            f"SELECT {columns[0]} FROM resource r WHERE {{}}"
            f" ORDER BY {self._ordered(columns)} LIMIT {window}",
            rows,
        )
        return sql(
            f"SELECT {HIT}, {key}r.rid AS rid FROM resource r WHERE {{}} AND {{}} AND {{}}"
            f" ORDER BY {self._ordered(columns)} LIMIT {self._limit}",
            rows,
            TRUE if window is None else self._within(columns[0], first),
            self._conditions.test(self._query.condition, "r"),
        )

    def by_value(self, window: int) -> Sql | None:
        """Return a walk by value that looks through a `window` of so many rows of each list.

        None where no index has the order that is asked for: of several keys, of fields with
        several values, or among the resources that lack the key.
        """
        field = self._sorted_by()
        if field is None:
            return None
        table, column = _table_of(field)
        columns = [f"v.{column}", "v.rid"]
        types, condition = self._query.types, self._query.condition
        walks = []
        for rows in self._rows(field):
            first = sql(
                f"SELECT v.{column}, v.rid FROM {table} v WHERE {{}}"
                f" ORDER BY {self._ordered(columns)} LIMIT {window}",
                rows,
            )
            if self._conditions.dialect.streams:
                source, where = sql("({}) v", first), TRUE
            else:
                source, where = Sql(f"{table} v"), every([rows, self._within(columns[0], first)])
            walks.append(
                sql(
                    f"SELECT {HIT}, v.{column} AS k0, v.rid AS rid {{}}"
                    f" ORDER BY {self._ordered(columns)} LIMIT {self._limit}",
                    self._conditions.followed(source, where, types, condition),
                )
            )
        return _side_by_side(walks)

    def _rows(self, field: Field) -> list[Sql]:
        """Return the conditions on the rows of each walk by value."""
        table, column = _table_of(field)
        conditions = [
            self._only_if,
            self._conditions.leaves.fields([field], "v"),
            *self._beyond([f"v.{column}", "v.rid"]),
        ]
        if table == "term":
            conditions.append(Sql("v.key > ''"))
            return [every(conditions)]
        return [
            every(
                [
                    *conditions,
                    Sql(f"v.wide = {wide}"),
                    *(
                        limit
                        for each in parts(self._query.condition)
                        if isinstance(each, Moments) and each.fields == (field,)
                        for limit in spans.within(f"v.{column}", *spans.limits(each.bounds, wide))
                    ),
                ]
            )
            for wide in spans.CLASSES
        ]

    def _sorted_by(self) -> Field | None:
        """Return the field whose index has the order that is asked for."""
        sort, cursor = self._query.sort, self._cursor
        if len(sort) != 1 or isinstance(sort[0].by, str) or len(sort[0].by) != 1:
            return None
        field = sort[0].by[0]
        if field.many or field.kind in ("reference", "position"):
            return None
        if cursor is not None and (cursor.backwards or cursor.position[0] is None):
            return None
        return field

    def _within_time(self) -> list[Sql]:
        """Return between which times of commit the hits must lie."""
        return [
            limit
            for each in parts(self._query.condition)
            if isinstance(each, Updated)
            for limit in spans.within("r.updated", *spans.limits(each.bounds, 0))
        ]

    def _beyond(self, columns: Sequence[str]) -> list[Sql]:
        """Return that rows lie beyond the position of the cursor, if there is one."""
        if self._cursor is None:
            return []
        marks = ", ".join("?" * len(self._cursor.position))
        return [Sql(f"({', '.join(columns)}) {self._way} ({marks})", tuple(self._cursor.position))]

    def _within(self, column: str, first: Sql) -> Sql:
        """Return that a column has one of the values of some first rows, or one before."""
        last, way = ("min", ">=") if self.descending else ("max", "<=")
        name = column.partition(".")[2]
        return sql(f"{column} {way} (SELECT {last}({name}) FROM ({{}}) w)", first)

    def _ordered(self, columns: Sequence[str]) -> str:
        return ", ".join(f"{column}{self._direction}" for column in columns)


def _side_by_side(walks: Sequence[Sql]) -> Sql:
    """Return the walks as one statement, whose rows are still to be merged."""
    if len(walks) == 1:
        return walks[0]
    return joined(" UNION ALL ", (sql("SELECT * FROM ({}) w", each) for each in walks))


def _table_of(field: Field) -> tuple[str, str]:
    table = TABLE_OF_KIND[field.kind]
    return table, COLUMN[table]


def _listed(condition: Condition) -> Terms | Links | None:
    """Return what says that one of a few values is there, in a condition that asks for it."""
    match condition:
        case Terms(tests=tests) if all(test.keys is not None for test in tests):
            return condition
        case Links():
            return condition
        case Together(inside=inside):
            found = (_listed(leaf) for leaf in inside)
            return next((leaf for leaf in found if leaf is not None), None)
    return None
