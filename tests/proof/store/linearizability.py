"""A checker of recorded histories: is there an order, true to time, in which they make sense?

It searches for one as Wing and Gong did, with the memory of failed states that Porcupine has:
https://arxiv.org/abs/1504.00204, https://github.com/anishathalye/porcupine
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

FOREVER = float("inf")

Step = Callable[[Hashable, object, object], Hashable | None]
"""Returns the state after a call with this answer, None if that answer is impossible."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What one client did and saw, and when: till FOREVER if nobody saw its end."""

    call: object
    answer: object
    begin: float
    end: float


def is_linearizable(operations: Sequence[Operation], start: Hashable, step: Step) -> bool:
    """Return whether the operations can be put in an order that keeps to time and makes sense."""
    ordered = sorted(operations, key=lambda operation: operation.begin)
    everything = (1 << len(ordered)) - 1
    tried: set[tuple[int, Hashable]] = set()
    stack = [(0, _next(ordered, 0, start, step))]
    while stack:
        done, choices = stack[-1]
        if done == everything:
            return True
        following = next(choices, None)
        if following is None:
            stack.pop()
        elif following not in tried:
            tried.add(following)
            stack.append((following[0], _next(ordered, *following, step)))
    return False


def _next(
    ordered: Sequence[Operation], done: int, state: Hashable, step: Step
) -> Iterator[tuple[int, Hashable]]:
    """Yield what may take effect next: what began before anything that is left had ended.

    What fits and changes nothing may as well come now: then there is no other choice to try.
    """
    limit = FOREVER
    left = []
    for place, operation in enumerate(ordered):
        if done >> place & 1:
            continue
        if operation.begin > limit:
            break
        limit = min(limit, operation.end)
        left.append(place)
    changing = []
    for place in left:
        operation = ordered[place]
        if operation.begin <= limit:
            after = step(state, operation.call, operation.answer)
            if after == state:
                yield done | 1 << place, state
                return
            if after is not None:
                changing.append((done | 1 << place, after))
    yield from changing
