"""Joins conditions that one value must meet together, so that an index can use them at once.

`date=ge2020&date=lt2021` are two conditions, which different values might meet. Where a resource
has one value at most, they are one range.
"""

from __future__ import annotations

from hearth_server.search.query import And, Bounds, Condition, Moments, Updated, parts

MAXIMUM_ALTERNATIVES = 16
"""More are left as they are: the product of long lists would be longer still."""


def simplified(condition: Condition) -> Condition:
    """Return a condition that means the same, with ranges of single values joined."""
    if not isinstance(condition, And):
        return condition
    kept: list[Condition] = []
    for part in parts(condition):
        for at, other in enumerate(kept):
            both = _joined(other, part)
            if both is not None:
                kept[at] = both
                break
        else:
            kept.append(part)
    return And(tuple(kept))


def _joined(one: Condition, other: Condition) -> Condition | None:
    """Return one condition for both, if they are about the same single value."""
    match one, other:
        case Updated(bounds=first), Updated(bounds=second):
            bounds = _both(first, second)
            return Updated(bounds) if bounds else None
        case Moments(fields=fields, bounds=first), Moments(fields=others, bounds=second):
            if fields == others and len(fields) == 1 and not fields[0].many:
                bounds = _both(first, second)
                return Moments(fields, bounds) if bounds else None
    return None


def _both(
    first: tuple[Bounds[int], ...], second: tuple[Bounds[int], ...]
) -> tuple[Bounds[int], ...] | None:
    if len(first) * len(second) > MAXIMUM_ALTERNATIVES:
        return None
    return tuple(
        Bounds(
            _most(one.low_min, other.low_min),
            _least(one.low_max, other.low_max),
            _most(one.high_min, other.high_min),
            _least(one.high_max, other.high_max),
        )
        for one in first
        for other in second
    )


def _most(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


def _least(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)
