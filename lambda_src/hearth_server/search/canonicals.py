"""References by canonical URL: what they lead to, or what leads there, is looked up first.

A canonical URL with a version is that of this version alone; one without is that of any.
https://hl7.org/fhir/R4/references.html#canonical
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from hearth_server.errors import NotSupported
from hearth_server.fhir import json
from hearth_server.search import parameters
from hearth_server.search.entries import Link
from hearth_server.search.extract import extract
from hearth_server.search.fields import Field
from hearth_server.search.folding import cut
from hearth_server.search.query import (
    NOTHING,
    And,
    CanonicalChain,
    CanonicalReferenced,
    Chain,
    Condition,
    Links,
    Not,
    Or,
    Query,
    Referenced,
    Target,
    Terms,
    TermTest,
    any_of,
)
from hearth_server.search.tokens import insensitive_key

MOST = 200
"""How many resources a chain may lead to, and how many URLs a `_has` may lead through."""

ROUNDS = 10
"""How often a `_has` looks for URLs that it has not seen yet."""


class Named(msgspec.Struct, frozen=True):
    """What names a canonical resource, or what a reference calls it."""

    url: str = ""
    version: str = ""
    """Empty in a reference to any version."""


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
            if len(bodies) > MOST:
                raise _too_many(type)
            targets = said_of(map(name_of, bodies))
            return Links(condition.fields, targets) if targets else NOTHING
        case CanonicalReferenced(type=type, fields=fields, condition=below):
            found = _names(type, fields, resolved(below, look_up), look_up)
            return called(condition.types, found)
    return condition


def name_of(body: bytes) -> Named:
    """Return what a resource is called by references."""
    return msgspec.json.decode(body, type=Named)


def said_of(names: Iterable[Named]) -> tuple[Target, ...]:
    """Return what references say that point at resources with these names."""
    targets: dict[Target, None] = {}
    for each in names:
        if each.url:
            targets[Target("", each.url, each.version)] = None
            targets[Target("", each.url, "")] = None
    return tuple(targets)


def names_in(links: Iterable[Link], fields: Collection[Field]) -> list[Named]:
    """Return what the canonical references among `links` call what `fields` point at."""
    return [Named(each.id, each.version) for each in links if each.field in fields and each.id]


def called(types: tuple[str, ...], names: Iterable[Named]) -> Condition:
    """Return that a resource of one of the types, which are canonical, has one of the names."""
    url, version = parameters.shared(types, "url"), parameters.shared(types, "version")
    assert url is not None
    assert version is not None
    urls: dict[str, dict[str, None]] = {}
    for each in names:
        urls.setdefault(each.version, {})[cut(each.url)] = None
    found: list[Condition] = []
    for said, keys in urls.items():
        named = Terms(url.fields, (TermTest(keys=tuple(keys)),))
        versioned = Terms(version.fields, (TermTest(keys=(insensitive_key(said),)),))
        found.append(And((named, versioned)) if said else named)
    return any_of(found)


def _names(
    type: str, fields: tuple[Field, ...], condition: Condition, look_up: Lookup
) -> list[Named]:
    """Return what the resources of a type that meet a condition call others.

    Many resources name few others: after each look only those are looked for that name yet
    another. One with several references may name another beside one that is known.
    """
    found: dict[Named, None] = {}
    for _ in range(ROUNDS):
        known = Links(fields, tuple(Target("", each.url, each.version) for each in found))
        others = And((condition, Not(known))) if found else condition
        bodies = look_up(Query((type,), others), MOST + 1)
        for body in bodies:
            links = extract(json.stored(body)).links
            found.update(dict.fromkeys(names_in(links, fields)))
        if len(bodies) <= MOST:
            return list(found)
        if len(found) > MOST or any(each.many for each in fields):
            break
    raise _too_many(type)


def _too_many(type: str) -> NotSupported:
    return NotSupported(
        f"The search leads over more than {MOST} resources of {type} by canonical URLs",
        code="too-costly",
    )
