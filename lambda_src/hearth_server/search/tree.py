"""Walks through the tree of a query."""

from __future__ import annotations

from collections.abc import Iterator

from hearth_server.search.query import And, Chain, Condition, Listed, Not, Or, Referenced


def other_types(condition: Condition) -> Iterator[str]:
    """Yield the types of the resources that a condition looks at beside the matches."""
    match condition:
        case And(conditions=conditions) | Or(conditions=conditions):
            for each in conditions:
                yield from other_types(each)
        case Not(condition=inner):
            yield from other_types(inner)
        case Chain(types=types, condition=inner):
            yield from types
            yield from other_types(inner)
        case Referenced(type=type, condition=inner):
            yield type
            yield from other_types(inner)
        case Listed(type=type):
            yield type
