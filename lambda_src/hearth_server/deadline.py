"""How much time the request that is being served has left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_moment: ContextVar[float] = ContextVar("deadline", default=float("inf"))


def moment() -> float:
    """Return when to have answered, on the clock of `time.monotonic`; infinity if nobody said."""
    return _moment.get()


def remaining() -> float:
    """Return the seconds that are left; negative when they are spent."""
    return _moment.get() - time.monotonic()


@contextmanager
def until(end: float) -> Iterator[None]:
    """Have what runs inside answer before `end`, on the clock of `time.monotonic`.

    A deadline that is already nearer stays.
    """
    token = _moment.set(min(end, _moment.get()))
    try:
        yield
    finally:
        _moment.reset(token)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Have what runs inside answer within `seconds` from now."""
    with until(time.monotonic() + seconds):
        yield
