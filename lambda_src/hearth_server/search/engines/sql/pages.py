"""Pages: which statements bring one page of hits, tried in turn.

Few candidates are gathered and sorted, many are walked through in order. Which of them are few is
counted, or found out by gathering them: that takes one statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from hearth_server.search.engines.protocol import Cursor
from hearth_server.search.engines.sql.connection import Database
from hearth_server.search.engines.sql.fragment import TRUE, Sql
from hearth_server.search.engines.sql.plan import Driver, Limits, Planner, are_few, if_few
from hearth_server.search.engines.sql.sources import Source
from hearth_server.search.engines.sql.walks import Walks
from hearth_server.search.query import Chain, Ids, Links, Query, Referenced, Updated, parts

Row: TypeAlias = tuple[Any, ...]
"""Type, id and version of a hit, the keys of its order, its hash."""

_LINKED = (Chain, Referenced)
"""Conditions on other resources than the one that is looked for."""

_PROMISING = (Ids, Links)
"""Conditions that few resources meet as a rule."""

PROMISED = 200
"""How many they may be, to be gathered without a look at the other conditions."""

SHORT = 20
"""A walk looks first through as small a part of its window."""


def rarest(
    database: Database, planner: Planner, drivers: Sequence[Driver], most: int
) -> tuple[Driver | None, bool]:
    """Return the driver with the fewest rows, and whether they are at most so many."""
    if not drivers:
        return None, False
    sizes = database.query(planner.sizes([each.source.counted for each in drivers], most))[0]
    size, at = min((size, at) for at, size in enumerate(sizes))
    return drivers[at], size <= most


class Page:
    """One page of what a query finds."""

    def __init__(
        self,
        database: Database,
        limits: Limits,
        planner: Planner,
        query: Query,
        limit: int,
        cursor: Cursor | None,
    ) -> None:
        self._database = database
        self._limits = limits
        self._planner = planner
        self._query = query
        self._limit = limit
        self._cursor = cursor
        self._drivers = planner.drivers(query)
        self._guards = planner.conditions.dialect.guards
        self._walks = Walks(planner.conditions, query, limit, cursor)

    def rows(self) -> list[Row]:
        """Return up to `limit` rows in the query's order, or backwards if the cursor says so."""
        alone = self._drivers[0] if len(self._drivers) == 1 else None
        if alone is not None:
            lists = self._walks.by_hash(alone)
            if lists is not None:
                return self._merged(lists)
        if alone is not None and isinstance(alone.condition, Updated) and self._walks.timed:
            return self._walked(alone)  # in the order that is asked for
        if alone is not None and (alone.source.rough is None or self._guards):
            found = self._gathered_if_few(alone, self._limits.rare)
            return self._walked(alone) if found is None else found
        promising = [each for each in self._drivers if isinstance(each.condition, _PROMISING)]
        if promising:
            found = self._gathered_if_few(promising[0], min(PROMISED, self._limits.rare))
            if found is not None:
                return found
        driver, rare = self._rarest(self._limits.rare)
        return self._gathered(driver) if rare else self._many(driver)

    def _rarest(self, most: int) -> tuple[Driver | None, bool]:
        return rarest(self._database, self._planner, self._drivers, most)

    def _gathered(self, driver: Driver | None) -> list[Row]:
        statement = self._planner.gathered(self._query, driver, self._limit, self._cursor)
        return self._database.query(statement)

    def _gathered_if_few(self, driver: Driver, most: int) -> list[Row] | None:
        """Return the page of a driver that has at most so many rows, None if it has more."""
        return self._if_few(
            self._planner.gathered_if_few(self._query, driver, most, self._limit, self._cursor),
            most,
        )

    def _if_few(self, statement: Sql, most: int) -> list[Row] | None:
        """Return what a statement of `if_few` brings, None if there are more than so many."""
        rows = self._database.query(statement)
        size = next(row[2] for row in rows if row[0] is None)
        return [row for row in rows if row[0] is not None] if size <= most else None

    def _many(self, driver: Driver | None) -> list[Row]:
        """Return the page of a driver that has many rows."""
        lists = self._walks.by_hash(driver) if driver is not None else None
        return self._walked(driver) if lists is None else self._merged(lists)

    def _walked(self, driver: Driver | None) -> list[Row]:
        """Return the page of a driver without lists in the order that is asked for.

        If walks do not fill it, the driver that has the fewest rows after all is gathered.
        """
        for found in self._tried(driver):
            if len(found) == self._limit:
                return found
        few = False
        if not self._walks.timed:
            driver, few = self._rarest(self._limits.common)
        scan = None if few else self._walks.by_type()
        return self._gathered(driver) if scan is None else self._database.query(scan)

    def _tried(self, driver: Driver | None) -> Iterator[list[Row]]:
        """Yield what walks find that may bring a page soon, the shortest first."""
        window = self._limits.window
        linked = driver is not None and isinstance(driver.condition, _LINKED)
        found = self._among_targets()
        if found is not None:
            yield found
            windows = []
        else:
            windows = [window] if linked else [window // SHORT, window]
        walks = [self._walks.by_value(each) for each in windows]
        if linked:
            walks.append(self._walks.by_type(self._limits.linked))
        for walk in walks:
            if walk is not None:
                yield self._merged(walk)

    def _among_targets(self) -> list[Row] | None:
        """Return what is found by value, if a chain leads to so few that they are looked up."""
        required = parts(self._query.condition)
        chain = next((each for each in required if isinstance(each, Chain)), None)
        if chain is None:
            return None
        most, conditions = self._limits.targets, self._planner.conditions
        named = conditions.with_targets(chain, "few")
        only_if = are_few(most) if self._guards else TRUE
        walks = Walks(named, self._query, self._limit, self._cursor, only_if)
        targets, walk = self._planner.targets(chain), walks.by_value(self._limits.window)
        if targets is None or walk is None or not (self._guards or self._fewer(targets, most)):
            return None
        rows = self._if_few(if_few(targets, most, walk, len(self._query.sort)), most)
        return None if rows is None else self._ordered(rows)

    def _fewer(self, source: Source, most: int) -> bool:
        """Whether a source has at most so many rows."""
        size: int = self._database.query(self._planner.sizes([source], most))[0][0]
        return size <= most

    def _merged(self, walk: Sql) -> list[Row]:
        """Return the first hits of the lists that a walk goes through, each once."""
        return self._ordered(self._database.query(walk))

    def _ordered(self, rows: Sequence[Row]) -> list[Row]:
        """Return the first of the rows that several lists have brought, each once."""
        once = {row[-1]: row for row in rows}
        ordered = sorted(
            once.values(), key=itemgetter(slice(3, None)), reverse=self._walks.descending
        )
        return ordered[: self._limit]
