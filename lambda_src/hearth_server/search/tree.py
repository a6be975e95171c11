"""Walks through the tree of a query."""

from __future__ import annotations

from collections.abc import Iterator

from hearth_server.search.query import (
    Amounts,
    And,
    CanonicalChain,
    CanonicalReferenced,
    Chain,
    Condition,
    Listed,
    Moments,
    Not,
    Or,
    Referenced,
    Terms,
    Together,
    Updated,
    Words,
)


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
        case (
            Referenced(type=type, condition=inner)
            | CanonicalChain(type=type, condition=inner)
            | CanonicalReferenced(type=type, condition=inner)
        ):
            yield type
            yield from other_types(inner)
        case Listed(type=type):
            yield type


def tests(condition: Condition) -> int:
    """Return how many tests a condition makes of a resource and of those that it looks at."""
    match condition:
        case And(conditions=inner) | Or(conditions=inner) | Together(inside=inner):
            return sum(tests(each) for each in inner)
        case (
            Not(condition=inner)
            | Chain(condition=inner)
            | CanonicalChain(condition=inner)
            | CanonicalReferenced(condition=inner)
            | Referenced(condition=inner)
        ):
            return 1 + tests(inner)
        case Terms(tests=made) | Amounts(tests=made):
            return len(made)
        case Moments(bounds=bounds) | Updated(bounds=bounds):
            return len(bounds)
        case Words(tests=texts):
            return sum(len(words) for words in texts)
    return 1
