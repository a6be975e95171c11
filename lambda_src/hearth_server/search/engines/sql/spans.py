"""SQL for ranges of time and of numbers, so that an index over their starts finds them.

Narrow ranges lie near their start: their end says as much as their start. Wide ones are few, and
kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hearth_server.search.engines.sql.fragment import Sql, every, some, sql
from hearth_server.search.engines.sql.schema import NARROW
from hearth_server.search.query import Bounds

Edge = TypeVar("Edge", int, str)

CLASSES: tuple[int, int] = (0, 1)
"""The values of the column `wide`."""


def branches(bounds: Sequence[Bounds[Edge]], alias: str) -> list[Sql]:
    """Return a condition for narrow ranges and one for wide ones: one of the bounds holds."""
    return [_branch(bounds, alias, wide) for wide in CLASSES]


def limits(bounds: Sequence[Bounds[Edge]], wide: int) -> tuple[Edge | None, Edge | None]:
    """Return between which values the start of a fitting range lies; None for no limit."""
    firsts = [_first(each, wide) for each in bounds]
    lasts = [_smaller(each.low_max, each.high_max) for each in bounds]
    known_firsts = [each for each in firsts if each is not None]
    known_lasts = [each for each in lasts if each is not None]
    return (
        min(known_firsts) if known_firsts and len(known_firsts) == len(firsts) else None,
        max(known_lasts) if known_lasts and len(known_lasts) == len(lasts) else None,
    )


def within(column: str, least: int | str | None, most: int | str | None) -> list[Sql]:
    """Return that a column lies between two values; None is no limit."""
    conditions = []
    if least is not None:
        conditions.append(sql(f"{column} >= ?", least))
    if most is not None:
        conditions.append(sql(f"{column} <= ?", most))
    return conditions


def updated(bounds: Bounds[int], at: str) -> Sql:
    """Return that a version was committed within bounds; it has a width of one microsecond."""
    started = within(f"{at}.updated", bounds.low_min, bounds.low_max)
    ended = within(f"{at}.updated + 1", bounds.high_min, bounds.high_max)
    return every([*started, *ended])


def _branch(bounds: Sequence[Bounds[Edge]], alias: str, wide: int) -> Sql:
    least, most = limits(bounds, wide)
    started: list[Sql] = within(f"{alias}.low", least, most)
    return every([Sql(f"{alias}.wide = {wide}"), *started, _exact(bounds, alias)])


def _first(bounds: Bounds[Edge], wide: int) -> Edge | None:
    """Return the least start of a range that keeps the bounds."""
    end = bounds.high_min
    if wide or end is None:
        return bounds.low_min
    start = end - NARROW if isinstance(end, int) else end  # a narrow range of numbers is a point
    return start if bounds.low_min is None else max(bounds.low_min, start)


def _smaller(one: Edge | None, other: Edge | None) -> Edge | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _exact(bounds: Sequence[Bounds[Edge]], alias: str) -> Sql:
    return some([_kept(each, alias) for each in bounds])


def _kept(bounds: Bounds[Edge], alias: str) -> Sql:
    started: list[Sql] = within(f"{alias}.low", bounds.low_min, bounds.low_max)
    ended: list[Sql] = within(f"{alias}.high", bounds.high_min, bounds.high_max)
    return every([*started, *ended])
