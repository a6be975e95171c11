"""FHIR's instants and HTTP's dates, from milliseconds since 1970.

https://hl7.org/fhir/R4/datatypes.html#instant
"""

from __future__ import annotations

from time import gmtime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def instant(milliseconds: int) -> str:
    """Return a FHIR instant in UTC with milliseconds, such as 2026-11-22T01:02:03.004Z."""
    seconds, rest = divmod(milliseconds, 1000)
    year, month, day, hour, minute, second, *_ = gmtime(seconds)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{rest:03d}Z"


def http_date(milliseconds: int) -> str:
    """Return an HTTP date, as in Last-Modified; the milliseconds are cut off."""
    year, month, day, hour, minute, second, weekday, *_ = gmtime(milliseconds // 1000)
    date = f"{_DAYS[weekday]}, {day:02d} {_MONTHS[month - 1]} {year:04d}"
    return f"{date} {hour:02d}:{minute:02d}:{second:02d} GMT"


def read_http_date(text: str) -> int | None:
    """Return the second since 1970 that an HTTP date names; None for any other text."""
    from email.utils import parsedate_to_datetime  # as heavy as all else here together

    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
