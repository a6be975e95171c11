"""Plans: which statements answer a query, and in which order they are tried.

The databases' own statistics are not relied on. A query is driven by the condition that the
fewest rows meet, which counts that stop early find out. When every condition is common,
it is driven by the order that is asked for: of the first rows of that order, enough meet
conditions that are common. If they do not, all candidates are gathered after all.
"""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from hearth_server.search.engines.protocol import Cursor
from hearth_server.search.engines.sql.conditions import Conditions
from hearth_server.search.engines.sql.fragment import TRUE, Sql, joined, sql
from hearth_server.search.engines.sql.ordering import Order
from hearth_server.search.engines.sql.sources import Source, Sources
from hearth_server.search.query import And, Chain, Condition, Query, parts

HIT = "r.type AS type, r.id AS id, r.version AS version"
"""What every statement for hits begins with; the keys of their order follow, then the hash."""


class Limits(Struct, frozen=True):
    """How many rows make a condition rare or common. Answers never depend on them."""

    rare: int = 1000
    """Rows up to which candidates are gathered and sorted without another thought."""
    common: int = 20_000
    """Rows up to which candidates are gathered rather than looked for among all of their type."""
    window: int = 5000
    """Rows of an order that are looked through for a page before all candidates are gathered."""
    targets: int = 1000
    """What a chain may lead to, to be looked up there for each row of an order."""
    linked: int = 200
    """Resources whose links are followed for a page before those of all candidates are."""


class Driver(Struct, frozen=True):
    """A condition that a query can be driven by."""

    condition: Condition
    source: Source
    rest: Condition
    """What is still to be tested of its resources."""


class Planner:
    """Writes the statements of one tenant in one dialect that gather and sort."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self._sources = Sources(conditions)

    def drivers(self, query: Query) -> list[Driver]:
        """Return the conditions that can drive the query, one of which must hold anyway."""
        conditions = parts(query.condition)
        found = []
        for at, condition in enumerate(conditions):
            source = self._sources.of(condition, query.types)
            if source is not None:
                others = (*conditions[:at], *conditions[at + 1 :])
                rest = And(others) if source.exact else query.condition
                found.append(Driver(condition, source, rest))
        return found

    def sizes(self, sources: Sequence[Source], most: int) -> Sql:
        """Return a statement for the rows that each source has, counted up to `most` + 1."""
        counted = (
            sql(f"(SELECT count(*) FROM (SELECT 1 FROM ({{}}) c LIMIT {most + 1}) n)", each.rows)
            for each in sources
        )
        tables = [table for each in sources for table in each.tables]
        return _with(tables, sql("SELECT {}", joined(", ", counted)))

    def count(self, query: Query, driver: Driver | None) -> Sql:
        """Return the statement for the number of hits."""
        return _with(_tables(driver), sql("SELECT count(*) {}", self._from(query, driver)))

    def gathered(
        self, query: Query, driver: Driver | None, limit: int, cursor: Cursor | None
    ) -> Sql:
        """Return the statement that sorts all resources of a driver and takes a page."""
        return _with(_tables(driver), self._page(query, driver, limit, cursor))

    def gathered_if_few(
        self, query: Query, driver: Driver, most: int, limit: int, cursor: Cursor | None
    ) -> Sql:
        """Return a statement that does so if the driver has up to `most` rows, about.

        It brings one row more, of nulls but for the version: how many the driver has, up to
        `most` + 1.
        """
        source, keys = driver.source, len(query.sort)
        if source.rough is None:
            few = sql("SELECT rid FROM few WHERE {}", are_few(most))
            page = self._page(query, replace(driver, source=Source(few)), limit, cursor)
            return if_few(source, most, page, keys)
        page = self._page(query, driver, limit, cursor)
        guarded = sql("SELECT * FROM ({}) p WHERE {}", page, are_few(most))
        return if_few(source.rough, most, guarded, keys, source.tables)

    def targets(self, chain: Chain) -> Source | None:
        """Return where to look for what a chain leads to; None for everywhere."""
        return self._sources.targets(chain)

    def _page(self, query: Query, driver: Driver | None, limit: int, cursor: Cursor | None) -> Sql:
        order = Order(query.sort)
        keys = joined(
            ", ", order.selected(self.conditions.leaves, "r", "r" if driver is None else "v")
        )
        hits = sql(f"SELECT {HIT}, {{}} {{}}", keys, self._from(query, driver))
        beyond = sql(" WHERE {}", order.beyond(cursor)) if cursor else Sql("")
        backwards = cursor is not None and cursor.backwards
        return sql(
            "SELECT * FROM ({}) q{}"
            f" ORDER BY {order.clause(backwards=backwards)} LIMIT {limit}",
            hits,
            beyond,
        )

    def _from(self, query: Query, driver: Driver | None) -> Sql:
        if driver is None:
            current = self.conditions.current(query.types, "r")
            test = self.conditions.test(query.condition, "r")
            return sql("FROM resource r WHERE {} AND {}", current, test)
        return self.conditions.followed(
            sql("(SELECT DISTINCT rid FROM ({}) c) v", driver.source.rows),
            TRUE,
            query.types,
            driver.rest,
        )


def are_few(most: int) -> Sql:
    """Return that `if_few` has found up to `most` rows."""
    return Sql(f"(SELECT count(*) FROM few) <= {most}")


def if_few(source: Source, most: int, page: Sql, keys: int, tables: Sequence[Sql] = ()) -> Sql:
    """Return a statement for a page, which refers to the first rows of a source as `few`.

    `tables` are the other named queries that it refers to.
    It brings one row more, of nulls but for the version: how many there are, up to `most` + 1.
    """
    few = sql(f"few AS (SELECT rid FROM ({{}}) c LIMIT {most + 1})", source.rows)
    nulls = ", NULL" * (keys + 1)
    counted = f"SELECT * FROM ({{}}) p UNION ALL SELECT NULL, NULL, count(*){nulls} FROM few"
    return _with([*source.tables, *tables, few], sql(counted, page))


def _tables(driver: Driver | None) -> Sequence[Sql]:
    return () if driver is None else driver.source.tables


def _with(tables: Sequence[Sql], statement: Sql) -> Sql:
    """Return a statement with the named queries that it refers to."""
    return sql("WITH {} {}", joined(", ", tables), statement) if tables else statement
