"""What SQLite, PostgreSQL and Aurora DSQL write differently. Everything else is the same SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import asin, cos, radians, sin, sqrt

from hearth_server.search.engines.sql.fragment import Sql, sql

ROW_BY_ROW = "CASE WHEN {} THEN 1 ELSE 0 END = 1"
"""A condition that no database makes a join or the search of an index of: it is asked of each row
that something else has found."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one database."""

    name: str
    numbered: bool
    """Whether parameters are `$1`, `$2` and so on."""
    text: str
    """The type of texts that sort by code point."""
    rowid: str
    """The type of a number that is the key by which a table is stored."""
    clustered: str
    """What ends the definition of a table that is stored by its primary key."""
    index: str
    """What makes an index unless it is there, before its name."""
    apart: str
    """What ends a query in EXISTS that is to be asked row by row, and not made a join of."""
    kept: str
    """A condition on a row that is looked up by its hash, whatever indexes there are for it."""
    followed: str
    """FROM and WHERE of resources `r` that are looked up one by one, by the hash of each row `v`:
    after the rows, what is asked of them and of the resources."""
    streams: bool
    """Whether a query in FROM that is sorted and limited is followed row by row, in its order."""
    guards: bool
    """Whether a condition on no row at all is asked once, before any row is."""
    contains: str
    """Whether text {0} has the text {1} in it."""
    distance: Callable[[str, str, float, float], Sql]
    """Writes the meters between a row's latitude and longitude and a place."""
    commit_rows: int | None = None
    """How many rows a commit may change; None for any number."""

    def written(self, statement: str) -> str:
        """Return a statement, in which `?` stands for each parameter, as the database takes it."""
        if not self.numbered:
            return statement
        first, *rest = statement.split("?")
        return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


_EARTH = 6371008.8  # mean radius in meters


def _haversine(latitude: str, longitude: str, other: float, other_longitude: float) -> Sql:
    height = f"power(sin(radians(? - {latitude}) / 2), 2)"
    width = f"power(sin(radians(? - {longitude}) / 2), 2)"
    square = f"{height} + cos(radians({latitude})) * cos(radians(?)) * {width}"
    return sql(f"{2 * _EARTH} * asin(least(1, sqrt({square})))", other, other, other_longitude)


def _own_function(latitude: str, longitude: str, other: float, other_longitude: float) -> Sql:
    return sql(f"hearth_distance({latitude}, {longitude}, ?, ?)", other, other_longitude)


SQLITE = Dialect(
    name="sqlite",
    numbered=False,
    text="TEXT",
    rowid="INTEGER",
    clustered=" WITHOUT ROWID",
    index="CREATE INDEX IF NOT EXISTS",
    apart="",
    kept="{}",
    followed="FROM {} CROSS JOIN resource r WHERE {} AND r.rid = v.rid AND {}",
    streams=False,
    guards=False,
    contains="instr({0}, {1}) > 0",
    distance=_own_function,
)

POSTGRESQL = Dialect(
    name="postgresql",
    numbered=True,
    text='TEXT COLLATE "C"',
    rowid="BIGINT",
    clustered="",
    index="CREATE INDEX IF NOT EXISTS",
    apart=" OFFSET 0",
    kept=ROW_BY_ROW,
    # A nested loop may turn any other join round, and would an outer one whose rows are asked for
    # something outside of CASE.
    followed=f"FROM {{}} LEFT JOIN resource r ON r.rid = v.rid WHERE {{}} AND {ROW_BY_ROW}",
    streams=True,
    guards=True,
    contains="strpos({0}, {1}) > 0",
    distance=_haversine,
)

# Texts sort by code point there whatever is said, and to say it is an error. It takes 3,000 rows a
# commit: https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
DSQL = replace(
    POSTGRESQL,
    name="dsql",
    text="TEXT",
    index="CREATE INDEX ASYNC IF NOT EXISTS",
    commit_rows=2000,
)


def distance(latitude: float, longitude: float, other: float, other_longitude: float) -> float:
    """Return the meters between two places on the earth: SQLite has no such function."""
    height = sin(radians(other - latitude) / 2) ** 2
    width = sin(radians(other_longitude - longitude) / 2) ** 2
    square = height + cos(radians(latitude)) * cos(radians(other)) * width
    return 2 * _EARTH * asin(min(1, sqrt(square)))
