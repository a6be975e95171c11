"""Adding a duration to a date or time, by the calendar.

https://hl7.org/fhirpath/N1/#datetime-arithmetic
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, date, timedelta
from decimal import Decimal
from typing import TypeVar

from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.values.quantity import Quantity
from hearth_server.fhir.fhirpath.values.temporal import (
    DAY,
    HOUR,
    MINUTE,
    MONTH,
    SECOND,
    YEAR,
    Part,
    Temporal,
    Time,
    days_in,
)

T = TypeVar("T", bound=Temporal)

_MONTHS = {"year": 12, "month": 1}
_SECONDS = {
    "week": Decimal(604800),
    "day": Decimal(86400),
    "hour": Decimal(3600),
    "minute": Decimal(60),
    "second": Decimal(1),
    "millisecond": Decimal("0.001"),
}
_UCUM_WORDS = {
    "wk": "week",
    "d": "day",
    "h": "hour",
    "min": "minute",
    "s": "second",
    "ms": "millisecond",
}
_PART_SECONDS = {DAY: 86400, HOUR: 3600, MINUTE: 60}
_LONGEST = Decimal(10) ** 13
"""Seconds; more than all the years that a date can have, in any unit."""


def add(value: T, duration: Quantity, sign: int) -> T | None:
    """Return `value` moved by `duration`; None where that leaves the years 1 to 9999.

    A duration finer than the value's precision is cut off to it first. Raises
    FHIRPathEvaluationError for a quantity that is no calendar duration.
    """
    word = _UCUM_WORDS.get(duration.unit, duration.unit.removesuffix("s"))
    if word not in ("second", "millisecond"):
        amount = Decimal(int(duration.value)) * sign  # only seconds have fractions
    else:
        amount = duration.value * sign
    if word in _MONTHS and abs(amount) > _LONGEST:
        return None
    if word in _MONTHS and not isinstance(value, Time):
        return _add_months(value, int(amount) * _MONTHS[word])
    if word not in _SECONDS:
        raise FHIRPathEvaluationError(
            f"FHIRPath: {duration.unit!r} is no duration that a date or time can be moved by."
        )
    if abs(amount) > _LONGEST:
        return None
    return _add_seconds(value, amount * _SECONDS[word])


def _add_months(value: T, months: int) -> T | None:
    year = int(value.parts[0])
    if value.last == YEAR:
        year += int(months / 12)
        return value.replaced((year,)) if MINYEAR <= year <= MAXYEAR else None
    years, month = divmod(int(value.parts[1]) - 1 + months, 12)
    year, month = year + years, month + 1
    if not MINYEAR <= year <= MAXYEAR:
        return None
    if value.last == MONTH:
        return value.replaced((year, month))
    day = min(int(value.parts[2]), days_in(year, month))
    return value.replaced((year, month, day, *value.parts[3:]))


def _add_seconds(value: T, seconds: Decimal) -> T | None:
    if isinstance(value, Time):
        return value.replaced(_clock(value.parts, seconds)[1])
    if value.last <= MONTH:
        days = int(seconds / 86400)
        return _add_months(value, int(days / 365) * 12 if value.last == YEAR else int(days / 30))
    days, clock = _clock(value.parts[DAY:], seconds)
    year, month, day = (int(part) for part in value.parts[:DAY])
    try:
        moved = date(year, month, day) + timedelta(days=days)
    except OverflowError:
        return None
    return value.replaced((moved.year, moved.month, moved.day, *clock))


def _clock(parts: Sequence[Part], seconds: Decimal) -> tuple[int, tuple[Part, ...]]:
    """Return how many days `seconds` carry a time of day over, and that time at its precision."""
    last = DAY + len(parts)
    if last < SECOND:
        size = _PART_SECONDS[last]
        seconds = Decimal(int(seconds / size) * size)
    total = seconds + sum(part * size for part, size in zip(parts, (3600, 60, 1), strict=False))
    days = int(total // 86400)
    rest = total - days * 86400
    if rest < 0:
        days, rest = days - 1, rest + 86400
    minutes, second = divmod(rest, 60)
    hour, minute = divmod(int(minutes), 60)
    return days, (hour, minute, second)[: len(parts)]
