"""Plans: which statements answer a query, and in which order they are tried.

The databases' own statistics are not relied on. A query is driven by the condition that the
fewest rows meet, which a count that stops early finds out. When every condition is common,
it is driven by the order that is asked for: of the first rows of that order, enough meet
conditions that are common. If they do not, the other way is taken after all.
"""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from hearth_server.search.engines.protocol import Cursor
from hearth_server.search.engines.sql.conditions import TABLE_OF_KIND, Conditions
from hearth_server.search.engines.sql.fragment import Sql, every, joined, sql
from hearth_server.search.engines.sql.leaves import TABLE
from hearth_server.search.engines.sql.ordering import COLUMN, Order
from hearth_server.search.fields import Field
from hearth_server.search.query import And, Bounds, Condition, Links, Moments, Query, Terms

RARE = 1000
"""Rows up to which a condition counts as rare: so many are gathered and sorted in a moment."""

WINDOW = 5000
"""Rows of an order that are looked through for a page before the other way is taken."""


MERGED = 16
"""How many lists of one value's resources are merged, rather than gathered and sorted."""


class Planner:
    """Writes the statements of one tenant in one dialect."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions

    def sources(self, query: Query) -> list[Sql]:
        """Return a query for the candidates of each condition that can drive the search."""
        found = (self._conditions.source(each, query.types) for each in parts(query.condition))
        return [each for each in found if each is not None]

    def sizes(self, sources: Sequence[Sql]) -> Sql:
        """Return a statement for the number of rows of each source, counted up to RARE + 1."""
        counted = (
            sql(f"(SELECT count(*) FROM (SELECT 1 FROM ({{}}) c LIMIT {RARE + 1}) n)", each)
            for each in sources
        )
        return sql("SELECT {}", joined(", ", counted))

    def count(self, query: Query, source: Sql | None) -> Sql:
        """Return the statement for the number of hits."""
        return sql("SELECT count(*) {}", self._from(query, source))

    def gathered(self, query: Query, source: Sql | None, limit: int, cursor: Cursor | None) -> Sql:
        """Return the statement that sorts all candidates of a source and takes a page."""
        order = Order(query.sort)
        chosen = [Sql("r.type AS type"), Sql("r.id AS id"), Sql("r.version AS version")]
        chosen += order.selected(self._conditions.leaves, "r")
        hits = sql("SELECT {} {}", joined(", ", chosen), self._from(query, source))
        beyond = sql(" WHERE {}", order.beyond(cursor)) if cursor else Sql("")
        backwards = cursor is not None and cursor.backwards
        return sql(
            f"SELECT * FROM ({{}}) q{{}} ORDER BY {order.clause(backwards=backwards)} LIMIT ?",
            hits,
            beyond,
            limit,
        )

    def scanned(self, query: Query, limit: int, cursor: Cursor | None) -> Sql | None:
        """Return the statement that walks all resources of the types by hash or time, if it can."""
        if len(query.types) != 1 or len(query.sort) > 1:
            return None
        descending = bool(query.sort) and query.sort[0].descending
        timed = bool(query.sort) and query.sort[0].by == "updated"
        if query.sort and not timed:
            return None
        columns = "updated, rid" if timed else "rid"
        beyond = Sql("")
        if cursor is not None:
            way = "<" if descending != cursor.backwards else ">"
            marks = ", ".join("?" * len(cursor.position))
            beyond = sql(f" AND ({columns}) {way} ({{}})", Sql(marks, tuple(cursor.position)))
        backwards = cursor is not None and cursor.backwards
        direction = " DESC" if descending != backwards else ""
        ordered = ", ".join(f"{column}{direction}" for column in columns.split(", "))
        key = "r.updated AS k0, " if timed else ""
        return sql(
            f"SELECT r.type AS type, r.id AS id, r.version AS version, {key}r.rid AS rid"
            f" FROM resource r WHERE {{}} AND {{}}{{}} ORDER BY {ordered} LIMIT ?",
            self._conditions.current(query.types, "r"),
            self._conditions.test(query.condition, "r"),
            beyond,
            limit,
        )

    def merged(self, query: Query, limit: int, cursor: Cursor | None) -> Sql | None:
        """Return the statement that walks the resources that have one value, by hash.

        None where something else than the hash is the order, and where no condition names a
        few values.
        """
        leaf = next((each for each in parts(query.condition) if _is_list(each)), None)
        if query.sort or leaf is None:
            return None
        backwards = cursor is not None and cursor.backwards
        beyond = Sql("")
        if cursor is not None:
            beyond = sql(f" AND v.rid {'<' if backwards else '>'} ?", cursor.position[0])
        direction = " DESC" if backwards else ""
        table = TABLE[type(leaf)]
        lists = [
            sql(f"SELECT v.rid AS rid FROM {table} v WHERE {{}}{{}}", each, beyond)
            for each in self._conditions.leaves.lists(leaf, "v")
        ]
        if len(lists) > MERGED:
            return None
        return sql(
            "SELECT r.type AS type, r.id AS id, r.version AS version, r.rid AS rid"
            f" FROM ({{}} ORDER BY rid{direction}) d CROSS JOIN resource r"
            f" WHERE r.rid = d.rid AND {{}} AND {{}} ORDER BY d.rid{direction} LIMIT ?",
            joined(" UNION ", lists),
            self._conditions.current(query.types, "r"),
            self._conditions.test(query.condition, "r"),
            limit,
        )

    def walked(self, query: Query, limit: int, cursor: Cursor | None) -> Sql | None:
        """Return the statement that looks through the first WINDOW rows of the order asked for.

        None where no index has that order: several keys, several values a resource, a cursor
        that goes backwards or stands among the resources without the key.
        """
        field = _walkable(query)
        if field is None or (cursor and (cursor.backwards or cursor.position[0] is None)):
            return None
        rows = self._window(field, query, cursor)
        direction = " DESC" if query.sort[0].descending else ""
        return sql(
            "SELECT r.type AS type, r.id AS id, r.version AS version, w.k0 AS k0, w.rid AS rid"
            f" FROM ({{}}) w CROSS JOIN resource r WHERE r.rid = w.rid AND {{}} AND {{}}"
            f" ORDER BY w.k0{direction}, w.rid{direction} LIMIT ?",
            rows,
            self._conditions.current(query.types, "r"),
            self._conditions.test(query.condition, "r"),
            limit,
        )

    def _window(self, field: Field, query: Query, cursor: Cursor | None) -> Sql:
        table = TABLE_OF_KIND[field.kind]
        column = COLUMN[table]
        descending = query.sort[0].descending
        direction = " DESC" if descending else ""
        conditions = [self._conditions.leaves.fields([field], "v")]
        if cursor is not None:
            way = "<" if descending else ">"
            conditions.append(sql(f"(v.{column}, v.rid) {way} (?, ?)", *cursor.position))
        if table == "term":
            conditions.append(Sql(f"v.{column} > ''"))
        conditions += _limits(query, field, f"v.{column}")
        branches = ["v.wide = 0", "v.wide = 1"] if table in ("moment", "amount") else ["1 = 1"]
        ordered = f"ORDER BY k0{direction}, rid{direction} LIMIT {WINDOW}"
        pieces = [
            sql(
                f"SELECT * FROM (SELECT v.{column} AS k0, v.rid AS rid FROM {table} v"
                f" WHERE {{}} AND {branch} ORDER BY v.{column}{direction}, v.rid{direction}"
                f" LIMIT {WINDOW}) b{number}",
                every(conditions),
            )
            for number, branch in enumerate(branches)
        ]
        return sql(f"SELECT k0, rid FROM ({{}}) u {ordered}", joined(" UNION ALL ", pieces))

    def _from(self, query: Query, source: Sql | None) -> Sql:
        current = self._conditions.current(query.types, "r")
        test = self._conditions.test(query.condition, "r")
        if source is None:
            return sql("FROM resource r WHERE {} AND {}", current, test)
        return sql(
            "FROM (SELECT DISTINCT rid FROM ({}) c) d CROSS JOIN resource r"
            " WHERE r.rid = d.rid AND {} AND {}",
            source,
            current,
            test,
        )


def parts(condition: Condition) -> list[Condition]:
    """Return the conditions that must all hold."""
    if isinstance(condition, And):
        return [part for each in condition.conditions for part in parts(each)]
    return [condition]


def _is_list(condition: Condition) -> TypeGuard[Terms | Links]:
    """Whether a condition is that one of a few values is there."""
    if isinstance(condition, Terms):
        return all(test.keys is not None for test in condition.tests)
    return isinstance(condition, Links)


def _walkable(query: Query) -> Field | None:
    """Return the field whose index has the order that a query asks for."""
    if len(query.sort) != 1 or isinstance(query.sort[0].by, str):
        return None
    fields = query.sort[0].by
    if len(fields) != 1 or fields[0].many or fields[0].kind in ("reference", "position"):
        return None
    return fields[0]


def _limits(query: Query, field: Field, column: str) -> list[Sql]:
    """Return within which values of the order the hits must lie, as far as conditions tell."""
    limits = []
    for condition in parts(query.condition):
        if isinstance(condition, Moments) and condition.fields == (field,):
            least = _least(condition.bounds)
            most = _most(condition.bounds)
            if least is not None:
                limits.append(sql(f"{column} >= ?", least))
            if most is not None:
                limits.append(sql(f"{column} <= ?", most))
    return limits


def _least(bounds: Sequence[Bounds[int]]) -> int | None:
    found = [each.low_min for each in bounds]
    known = [each for each in found if each is not None]
    return min(known) if known and len(known) == len(found) else None


def _most(bounds: Sequence[Bounds[int]]) -> int | None:
    found = [each.low_max if each.low_max is not None else each.high_max for each in bounds]
    known = [each for each in found if each is not None]
    return max(known) if known and len(known) == len(found) else None
