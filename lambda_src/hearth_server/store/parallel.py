"""Does the same thing to many, several at a time: a call to AWS is mostly waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import copy_context
from typing import TypeVar

_Given = TypeVar("_Given")
_Got = TypeVar("_Got")

THREADS = 8


def each(
    function: Callable[[_Given], _Got], given: Iterable[_Given], threads: int = THREADS
) -> list[_Got]:
    """Return `function` of each of `given`, in order; they are begun in order too.

    Raises what the first failing call raised, once the calls that had begun are over; later ones
    are not begun.
    """
    items = list(given)
    if len(items) < 2 or threads < 2:
        return [function(item) for item in items]
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

    with ThreadPoolExecutor(min(threads, len(items))) as pool:
        futures = [pool.submit(copy_context().run, function, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            for future in futures:
                future.cancel()
    for future in futures:
        if not future.cancelled() and (failure := future.exception()):
            raise failure
    return [future.result() for future in futures]
