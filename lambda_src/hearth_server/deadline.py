"""How much time the request that is being served has left."""

from __future__ import annotations

import time
from contextvars import ContextVar

_moment: ContextVar[float] = ContextVar("deadline", default=float("inf"))


def moment() -> float:
    """Return when to have answered, on the clock of `time.monotonic`; infinity if nobody said."""
    return _moment.get()


def remaining() -> float:
    """Return the seconds that are left; negative when they are spent."""
    return _moment.get() - time.monotonic()


class until:  # noqa: N801 - used like a function
    """Have what runs inside answer before `end`, on the clock of `time.monotonic`.

    A deadline that is already nearer stays.
    """

    __slots__ = ("_end", "_token")

    def __init__(self, end: float) -> None:
        self._end = end

    def __enter__(self) -> None:
        self._token = _moment.set(min(self._end, _moment.get()))

    def __exit__(self, *_: object) -> None:
        _moment.reset(self._token)


def within(seconds: float) -> until:
    """Have what runs inside answer within `seconds` from now."""
    return until(time.monotonic() + seconds)
