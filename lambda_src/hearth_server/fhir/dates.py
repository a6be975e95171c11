"""FHIR's instants and HTTP's dates, from milliseconds since 1970.

https://hl7.org/fhir/R4/datatypes.html#instant
"""

from __future__ import annotations

from datetime import UTC, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def instant(milliseconds: int) -> str:
    """Return a FHIR instant in UTC with milliseconds, such as 2026-11-22T01:02:03.004Z."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def http_date(milliseconds: int) -> str:
    """Return an HTTP date, as in Last-Modified; the milliseconds are cut off."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT"


def read_http_date(text: str) -> int | None:
    """Return the second since 1970 that an HTTP date names; None for any other text."""
    from email.utils import parsedate_to_datetime  # as heavy as all else here together

    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
