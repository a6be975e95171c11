"""FHIR's dates and times as half-open ranges of microseconds since 1970 in UTC.

A date is all of its year, month or day; a time without a zone is in UTC.
https://hl7.org/fhir/R4/search.html#date
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime
from functools import lru_cache

LOWEST = -(1 << 62)
HIGHEST = 1 << 62
"""Stand for the open ends of periods."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE

Range = tuple[int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d"
    r"(T\d\d:\d\d(?P<second>:\d\d(?:\.(?P<fraction>\d+))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


@lru_cache(maxsize=16384)
def span(text: str) -> Range | None:
    """Return the first microsecond of a date or time and the first after it; None if it is none."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    try:
        return _time(text, match) if len(text) > len("2021-05-17") else _date(text)
    except (ValueError, OverflowError):
        return None


def instant(text: str) -> Range | None:
    """Return the range of an instant, which has no width: one microsecond."""
    found = span(text)
    return (found[0], found[0] + 1) if found else None


def _date(text: str) -> Range:
    year = int(text[:4])
    if len(text) == len("2021"):
        return _midnight(year, 1, 1), _midnight(year, 12, 31) + DAY
    month = int(text[5:7])
    if len(text) == len("2021-05"):
        return _midnight(year, month, 1), _midnight(year, month, monthrange(year, month)[1]) + DAY
    start = _midnight(year, month, int(text[8:]))
    return start, start + DAY


def _midnight(year: int, month: int, day: int) -> int:
    return (datetime(year, month, day, tzinfo=UTC).toordinal() - _EPOCH.toordinal()) * DAY


def _time(text: str, match: re.Match[str]) -> Range | None:
    leap = match["second"] and match["second"].startswith(":60")
    moment = datetime.fromisoformat(text.replace(":60", ":59", 1) if leap else text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    start = since.days * DAY + since.seconds * SECOND + since.microseconds
    if leap:
        start += SECOND
    if match["fraction"]:
        return start, start + 10 ** max(0, 6 - len(match["fraction"]))
    return start, start + (SECOND if match["second"] else MINUTE)
