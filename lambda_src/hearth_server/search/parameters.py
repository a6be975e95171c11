"""The search parameters that are served, by resource type.

https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hearth_server.errors import NotSupported
from hearth_server.fhir.definitions import resource_types
from hearth_server.search import definitions
from hearth_server.search.definitions import COMMON, Definition, Kind
from hearth_server.search.fields import Field, FieldKind, field_at
from hearth_server.search.paths import Path

BUILT_IN: dict[str, Kind] = {"_id": "token", "_lastUpdated": "date"}
"""Parameters that the index answers from what it holds about every resource."""

TEXTS = frozenset({"_text", "_content"})
"""Parameters that look for words."""


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a composite parameter, as one of its elements has it."""

    kind: Kind
    fields: tuple[Field, ...]
    rooted: bool
    """Whether its values stand outside the element, so that all of its elements share them."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element that a composite parameter looks into."""

    path: str
    """Empty for the resource itself."""
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter of one resource type."""

    type: str
    name: str
    kind: Kind
    url: str
    fields: tuple[Field, ...] = ()
    targets: tuple[str, ...] = ()
    """For a reference: the resource types that it may point at; none means any."""
    only: tuple[str, ...] = ()
    """For a reference: what points at other types is left out."""
    leaves: frozenset[str] = frozenset()
    """The FHIR types of its values."""
    elements: tuple[Element, ...] = ()
    """For a composite."""


@dataclass(frozen=True, slots=True)
class Searchable:
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
    return [
        f"{other}:{name}"
        for other in sorted(resource_types())
        for name in references(other)
        if _points_at(definitions.definitions(other)[name], type)
    ]


def references(type: str) -> list[str]:
    """Return the names of the reference parameters of a resource type."""
    own = definitions.definitions(type)
    return sorted(
        name for name, each in own.items() if each.kind == "reference" and not each.refused
    )


def of_type(type: str) -> Iterator[Parameter]:
    """Yield every parameter of a resource type that has values in the index."""
    for name, definition in _definitions(type):
        if not definition.refused and definition.paths:
            yield _parameter(type, name)


@lru_cache(maxsize=4096)
def _parameter(type: str, name: str) -> Parameter:
    definition = _definition(type, name)
    assert definition is not None
    paths = definition.paths
    if name in BUILT_IN:
        return Parameter(type, name, BUILT_IN[name], definition.url)
    if definition.kind == "composite":
        elements = tuple(_elements(type, definition))
        return Parameter(type, name, "composite", definition.url, elements=elements)
    only = paths[0].only if paths and all(path.only for path in paths) else ()
    return Parameter(
        type,
        name,
        definition.kind,
        definition.url,
        fields=_fields(type, paths, definition.kind),
        targets=definition.targets,
        only=only,
        leaves=frozenset(path.type for path in paths),
    )


def _definition(type: str, name: str) -> Definition | None:
    own = definitions.definitions(type).get(name)
    return own or definitions.definitions(COMMON).get(name)


def _definitions(type: str) -> Iterator[tuple[str, Definition]]:
    yield from definitions.definitions(COMMON).items()
    yield from definitions.definitions(type).items()


def _elements(type: str, definition: Definition) -> Iterator[Element]:
    for at, element in enumerate(definition.paths):
        parts = []
        for component in definition.components:
            below = component.paths[at]
            whole = tuple(path.below(element) for path in below)
            rooted = all(path.root for path in below)
            fields = _fields(type, whole, component.kind)
            parts.append(Part(component.kind, fields, rooted))
        yield Element(element.text, tuple(parts))


def _fields(type: str, paths: tuple[Path, ...], kind: Kind) -> tuple[Field, ...]:
    return tuple(dict.fromkeys(field_at(type, path, FIELD_KIND[kind]) for path in paths))


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


def _points_at(definition: Definition, type: str) -> bool:
    return not definition.targets or type in definition.targets
