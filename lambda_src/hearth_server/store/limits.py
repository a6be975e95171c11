"""What a store promises about sizes and times, whichever it is."""

from __future__ import annotations

import time

MAX_BODY_BYTES = 5_000_000
"""The largest resource, as compact JSON: one more byte could not be answered by Lambda."""

CLAIM_MILLISECONDS = 30 * 24 * 3600 * 1000
"""How long a claim holds: long after the search index knows the resource by itself."""

HORIZON_MILLISECONDS = 10_000
"""How far a write's `lastUpdated` may lie before the moment that a history can show it: the
longest attempt of a write, the clocks' difference, and the delay of an index."""


VERSION_DIGITS = 18
"""Longer version numbers than this are never given out."""


def version_number(text: str) -> int:
    """Return the number that a version id writes, 0 for a text that no version has."""
    plain = text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= VERSION_DIGITS
    return int(text) if plain else 0


def now_milliseconds() -> int:
    """Return the clock's milliseconds since 1970."""
    return time.time_ns() // 1_000_000
