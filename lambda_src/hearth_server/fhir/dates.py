"""FHIR's instants and HTTP's dates, from milliseconds since 1970.

https://hl7.org/fhir/R4/datatypes.html#instant
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate


def instant(milliseconds: int) -> str:
    """Return a FHIR instant in UTC with milliseconds, such as 2026-11-22T01:02:03.004Z."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def http_date(milliseconds: int) -> str:
    """Return an HTTP date, as in Last-Modified; the milliseconds are cut off."""
    return formatdate(milliseconds // 1000, usegmt=True)
