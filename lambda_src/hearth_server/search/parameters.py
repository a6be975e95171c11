"""The search parameters that are served, by resource type.

https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from msgspec import Struct

from hearth_server.errors import NotSupported
from hearth_server.fhir.definitions import resource_types
from hearth_server.search import definitions
from hearth_server.search.definitions import COMMON, Definition, Kind
from hearth_server.search.fields import Field, FieldKind, field_at
from hearth_server.search.paths import Path

BUILT_IN: dict[str, Kind] = {"_id": "token", "_lastUpdated": "date"}
"""Parameters that the index answers from what it holds about every resource."""

CANONICAL = frozenset({"canonical", "uri"})
"""The types of references by canonical URL."""

TEXTS = frozenset({"_text", "_content"})
"""Parameters that look for words."""


class Parameter(Struct, frozen=True):
    """A search parameter of one resource type, or of several that share it."""

    name: str
    kind: Kind
    fields: tuple[Field, ...] = ()
    targets: tuple[str, ...] = ()
    """For a reference: the resource types that it may point at; none means any. Canonical URLs
    only point at types that have them."""
    only: tuple[str, ...] = ()
    """For a reference: what points at other types is left out."""
    leaves: frozenset[str] = frozenset()
    """The FHIR types of its values."""
    elements: tuple[Element, ...] = ()
    """For a composite."""


class Part(Struct, frozen=True):
    """One component of a composite parameter, as one of its elements has it."""

    parameter: Parameter
    rooted: bool
    """Whether its values stand outside the element, so that all of its elements share them."""


class Element(Struct, frozen=True):
    """An element that a composite parameter looks into."""

    path: str
    """Empty for the resource itself."""
    parts: tuple[Part, ...]


class Searchable(Struct, frozen=True):
    """What the CapabilityStatement says about a parameter."""

    name: str
    type: Kind
    definition: str
    documentation: str


def find(type: str, name: str) -> Parameter | None:
    """Return a parameter of a resource type, None for an unknown name.

    Raises NotSupported for one that FHIR defines and that is not served, with the reason.
    """
    definition = _definition(type, name)
    if definition is None:
        return None
    if definition.refused:
        raise NotSupported(
            f"The search parameter {name} of {type} is not served: {definition.refused}",
            expression=f"http.{name}",
        )
    return _parameter(type, name)


def names(type: str) -> list[str]:
    """Return the names of the parameters that are served for a resource type."""
    return [name for name, each in _definitions(type) if not each.refused]


def searchable(type: str) -> list[Searchable]:
    """Return what is served for a resource type, by name."""
    documentation = definitions.documentation()
    own, common = documentation.get(type, {}), documentation[COMMON]
    return [
        Searchable(name, each.kind, each.url, own.get(name) or common.get(name, ""))
        for name, each in sorted(_definitions(type))
        if not each.refused
    ]


def includes(type: str) -> list[str]:
    """Return the values of `_include` for a resource type, without targets."""
    return [f"{type}:{name}" for name in references(type)]


def revincludes(type: str) -> list[str]:
    """Return the values of `_revinclude` for a resource type, without targets."""
    return [value for value, targets in _all_references().items() if not targets or type in targets]


@cache
def _all_references() -> dict[str, tuple[str, ...]]:
    """Return the reference parameters of all types, and what each may point at; none for all."""
    return {
        f"{type}:{name}": _targets(definitions.definitions(type)[name])
        for type in sorted(resource_types())
        for name in references(type)
    }


def references(type: str) -> list[str]:
    """Return the names of the reference parameters of a resource type."""
    own = definitions.definitions(type)
    return sorted(
        name for name, each in own.items() if each.kind == "reference" and not each.refused
    )


@cache
def canonical_types() -> frozenset[str]:
    """Return the types whose resources are known by their URL and version."""
    names = {"url", "version"}
    return frozenset(
        type for type in resource_types() if names <= definitions.definitions(type).keys()
    )


@lru_cache(maxsize=1024)
def shared(types: tuple[str, ...], name: str) -> Parameter | None:
    """Return a parameter that all of the types have and mean alike, None if they do not.

    Raises NotSupported as `find` does.
    """
    found = [find(type, name) for type in types]
    known = [each for each in found if each is not None]
    if len(known) < len(found) or len({each.kind for each in known}) != 1:
        return None
    return Parameter(
        name,
        known[0].kind,
        fields=tuple(field for each in known for field in each.fields),
        targets=_all_targets(known),
        only=known[0].only if len({each.only for each in known}) == 1 else (),
        leaves=frozenset(leaf for each in known for leaf in each.leaves),
        elements=tuple(element for each in known for element in each.elements),
    )


@lru_cache(maxsize=4096)
def _parameter(type: str, name: str) -> Parameter:
    definition = _definition(type, name)
    assert definition is not None
    paths, kind = definition.paths, definition.kind
    if name in BUILT_IN:
        return Parameter(name, BUILT_IN[name])
    if kind == "composite":
        return Parameter(name, kind, elements=tuple(_elements(type, name, definition)))
    only = paths[0].only if paths and all(path.only for path in paths) else ()
    return _looking_at(type, name, kind, paths, _targets(definition), only)


def _looking_at(
    type: str,
    name: str,
    kind: Kind,
    paths: tuple[Path, ...],
    targets: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
) -> Parameter:
    fields: dict[str, Field] = {}
    for path in paths:
        field = field_at(type, path, FIELD_KIND[kind])
        if field.many or field.name not in fields:
            fields[field.name] = field
    leaves = frozenset(path.type for path in paths)
    return Parameter(name, kind, tuple(fields.values()), targets, only, leaves)


def _targets(definition: Definition) -> tuple[str, ...]:
    """Return what a reference may point at; none for any type."""
    if definition.kind != "reference":
        return ()
    if not all(path.type in CANONICAL for path in definition.paths):
        return definition.targets
    known = canonical_types()
    return tuple(sorted(known.intersection(definition.targets) or known))


def _all_targets(parameters: list[Parameter]) -> tuple[str, ...]:
    if not all(each.targets for each in parameters):
        return ()
    return tuple(sorted({target for each in parameters for target in each.targets}))


def _definition(type: str, name: str) -> Definition | None:
    own = definitions.definitions(type).get(name)
    return own or definitions.definitions(COMMON).get(name)


def _definitions(type: str) -> Iterator[tuple[str, Definition]]:
    yield from definitions.definitions(COMMON).items()
    yield from definitions.definitions(type).items()


def _elements(type: str, name: str, definition: Definition) -> Iterator[Element]:
    for at, element in enumerate(definition.paths):
        parts = []
        for component in definition.components:
            below = component.paths[at]
            whole = tuple(path.below(element) for path in below)
            rooted = not element.steps or all(path.root for path in below)
            parts.append(Part(_looking_at(type, name, component.kind, whole), rooted))
        yield Element(element.text, tuple(parts))


FIELD_KIND: dict[Kind, FieldKind] = {
    "number": "number",
    "date": "date",
    "string": "string",
    "token": "token",
    "reference": "reference",
    "quantity": "quantity",
    "uri": "uri",
    "special": "position",
}
