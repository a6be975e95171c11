"""Chains through canonical URLs: what they lead to is looked up first, and its URLs searched for.

A canonical URL with a version is that of this version alone; one without is that of any.
https://hl7.org/fhir/R4/references.html#canonical
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from hearth_server.errors import NotSupported
from hearth_server.search.query import (
    NOTHING,
    And,
    CanonicalChain,
    Chain,
    Condition,
    Links,
    Not,
    Or,
    Query,
    Referenced,
    Target,
)

MOST = 200
"""How many resources a chain may lead to."""


class Named(msgspec.Struct):
    """What names a canonical resource."""

    url: str = ""
    version: str = ""


Lookup: TypeAlias = Callable[[Query, int], Sequence[bytes]]
"""Returns the bodies of the first resources that a query finds."""


def resolved(condition: Condition, look_up: Lookup) -> Condition:
    """Return a condition that an engine answers. Raises NotSupported for too many resources."""
    match condition:
        case And(conditions=conditions) | Or(conditions=conditions):
            inner = tuple(resolved(each, look_up) for each in conditions)
            same = all(one is other for one, other in zip(inner, conditions, strict=True))
            return condition if same else replace(condition, conditions=inner)
        case Not(condition=below) | Chain(condition=below) | Referenced(condition=below):
            made = resolved(below, look_up)
            return condition if made is below else replace(condition, condition=made)
        case CanonicalChain(type=type, condition=below):
            bodies = look_up(Query((type,), resolved(below, look_up)), MOST + 1)
            return _links(condition, bodies)
    return condition


def _links(chain: CanonicalChain, bodies: Sequence[bytes]) -> Condition:
    if len(bodies) > MOST:
        raise NotSupported(
            f"The search leads to more than {MOST} resources of {chain.type} by their canonical"
            " URLs",
            code="too-costly",
        )
    targets: dict[Target, None] = {}
    for body in bodies:
        named = msgspec.json.decode(body, type=Named)
        if named.url:
            targets[Target("", named.url, named.version)] = None
            targets[Target("", named.url, "")] = None
    return Links(chain.fields, tuple(targets)) if targets else NOTHING
