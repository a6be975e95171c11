"""Copies of JSON values, and values without what FHIR's JSON cannot hold.

https://hl7.org/fhir/R4/json.html#primitive
"""

from __future__ import annotations

from typing import Any

from hearth_server.errors import TooLarge

MAXIMUM_VALUES = 1_000_000
"""Objects, arrays and plain values that a patch may make, those of the resource included."""
MAXIMUM_DEPTH = 64
"""Levels of objects and arrays: what FHIR's JSON may have here."""


class Copier:
    """Copies values, and counts: a patch that copies copies doubles its result each time."""

    def __init__(self, budget: int = MAXIMUM_VALUES) -> None:
        self._budget = budget

    def copy(self, value: Any, levels: int = MAXIMUM_DEPTH) -> Any:
        """Return `value` with objects and arrays of its own. Raises TooLarge."""
        self._budget -= 1
        if self._budget < 0 or levels < 0:
            raise TooLarge("The patch makes the resource too large or too deep.")
        if isinstance(value, dict):
            return {name: self.copy(each, levels - 1) for name, each in value.items()}
        if isinstance(value, list):
            return [self.copy(each, levels - 1) for each in value]
        return value


def depth_exceeds(value: Any, levels: int = MAXIMUM_DEPTH) -> bool:
    """Whether `value` has more levels of objects and arrays than that."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(depth_exceeds(each, levels - 1) for each in value)


def without_empty(value: Any) -> Any:
    """Return `value` without empty objects and arrays; None if nothing is left.

    In an array, null stays, because it keeps the place of a primitive's value or extension; an
    array of nothing but nulls goes.
    """
    if isinstance(value, dict):
        kept = {name: without_empty(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each is not None} or None
    if isinstance(value, list):
        items = [(each, without_empty(each)) for each in value]
        left = [after for before, after in items if before is None or after is not None]
        return left if any(each is not None for each in left) else None
    return value
