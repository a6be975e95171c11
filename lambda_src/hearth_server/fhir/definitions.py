"""The types of a FHIR release, from generated tables that load when a type is first asked for.

A type is a resource type (`Patient`), a data type (`HumanName`, `code`) or an element with
children of its own, named by its path (`Patient.contact`).
https://hl7.org/fhir/R4/structuredefinition.html
"""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import msgspec

TABLES = Path(__file__).parent / "tables"

DEFAULT_RELEASE = "r4"
"""The release that is served where none is named."""

Kind = Literal["primitive-type", "complex-type", "resource"]


class TypeUse(msgspec.Struct, array_like=True, frozen=True):
    """One type that an element may have."""

    code: str
    targets: tuple[str, ...] = ()
    """For Reference and canonical: the resource types it may point at; none means any."""
    profiles: tuple[str, ...] = ()
    """Canonical URLs of profiles on the type, one of which the value follows."""


class Binding(msgspec.Struct, array_like=True, frozen=True):
    """Which codes an element may hold."""

    strength: Literal["required", "extensible", "preferred", "example"]
    value_set: str
    widest: str | None = None
    """The value set that no code may leave, even where the strength would allow it."""


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A constraint, written as a FHIRPath expression."""

    key: str
    human: str
    expression: str | None = None
    severity: Literal["error", "warning"] = "error"


class Element(msgspec.Struct, frozen=True, omit_defaults=True):
    """A child of a type."""

    name: str
    """Without `[x]`."""
    types: tuple[TypeUse, ...] = ()
    choice: bool = False
    """Whether its JSON name carries its type, as `valueQuantity` does."""
    bare: bool = False
    """Whether it is an id or URL that can have no extensions of its own."""
    min: int = 0
    max: int | None = 1
    """None for no limit."""
    node: str | None = None
    """The path that names its type where it has children of its own."""
    binding: Binding | None = None
    summary: bool = False
    modifier: bool = False
    rules: tuple[Rule, ...] = ()

    @property
    def many(self) -> bool:
        """Whether JSON holds it as an array."""
        return self.max is None or self.max > 1


class Node(msgspec.Struct, frozen=True):
    """The children and rules that a type adds to those of its base."""

    elements: tuple[Element, ...]
    base: str | None = None
    rules: tuple[Rule, ...] = ()


class _Summary(msgspec.Struct, frozen=True):
    kind: Kind
    base: str | None = None
    abstract: bool = False


class _Table(msgspec.Struct, frozen=True):
    name: str
    nodes: dict[str, Node]
    system: str | None = None
    regex: str | None = None


class _Listing(msgspec.Struct, frozen=True):
    release: str
    version: str
    types: dict[str, _Summary]


class Property(msgspec.Struct, frozen=True):
    """What a JSON name below a type means."""

    name: str
    element: Element
    use: TypeUse | None
    """None for an element that repeats the content of another."""
    type: str
    """The name by which `Release.type` finds the value's type."""


class Type:
    """A type with what it inherits."""

    def __init__(self, name: str, base: Type | None, node: Node, table: _Table) -> None:
        self.name = name
        self.base = base
        self.regex = table.regex
        """A primitive's pattern, over its JSON text."""
        self.system = table.system
        """The FHIRPath type of a primitive's value, such as `Date`."""
        inherited = base.elements if base else {}
        self.elements: dict[str, Element] = inherited | {each.name: each for each in node.elements}
        """By name without `[x]`, inherited ones first."""
        self.rules: tuple[Rule, ...] = (base.rules if base else ()) + node.rules

    @cached_property
    def properties(self) -> dict[str, Property]:
        """What each JSON name means, `resourceType` and names with `_` left out."""
        return {
            each.name: each for element in self.elements.values() for each in _properties(element)
        }

    def is_a(self, name: str) -> bool:
        """Whether this is the type `name` or derived from it."""
        return self.name == name or (self.base is not None and self.base.is_a(name))


class Release:
    """One release of FHIR."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listing = msgspec.json.decode((folder / "release.json").read_bytes(), type=_Listing)
        self._types: dict[str, Type] = {}
        self._resource_types = frozenset(
            name
            for name, summary in self._listing.types.items()
            if summary.kind == "resource" and not summary.abstract
        )

    @property
    def version(self) -> str:
        """The version that `fhirVersion` says, such as 4.0.1."""
        return self._listing.version

    def resource_types(self) -> frozenset[str]:
        """Return the names of the resource types that can be stored."""
        return self._resource_types

    def kind(self, name: str) -> Kind | None:
        """Return the kind of a resource or data type; None for any other name."""
        summary = self._listing.types.get(name)
        return summary.kind if summary else None

    def type(self, name: str) -> Type | None:
        """Return a type by its name or, for an element with children, by its path."""
        found = self._types.get(name)
        if found is None and (table := self._table(name.partition(".")[0])) is not None:
            found = self._build(name, table)
        return found

    def _build(self, name: str, table: _Table) -> Type | None:
        node = table.nodes.get(name)
        if node is None:
            return None
        base = self.type(node.base) if node.base else None
        made = self._types[name] = Type(name, base, node, table)
        return made

    def _table(self, name: str) -> _Table | None:
        kind = self.kind(name)
        if kind is None:
            return None
        return self._resource_table(name) if kind == "resource" else self._data_tables[name]

    @cache  # noqa: B019 - a release lives as long as the process
    def _resource_table(self, name: str) -> _Table:
        text = (self._folder / "types" / f"{name}.json").read_bytes()
        return msgspec.json.decode(text, type=_Table)

    @cached_property
    def _data_tables(self) -> dict[str, _Table]:
        text = (self._folder / "datatypes.json").read_bytes()
        return {table.name: table for table in msgspec.json.decode(text, type=list[_Table])}


@cache
def release(name: str = DEFAULT_RELEASE) -> Release:
    """Return a release by the name of its folder of tables."""
    return Release(TABLES / name)


def resource_types() -> frozenset[str]:
    """Return the names of the resource types that can be stored."""
    return release().resource_types()


def is_resource_type(name: str) -> bool:
    """Whether `name` is a resource type that can be stored."""
    return name in release().resource_types()


def _properties(element: Element) -> list[Property]:
    if not element.types:
        return [Property(element.name, element, None, element.node or "")]
    return [
        Property(
            element.name + use.code[:1].upper() + use.code[1:] if element.choice else element.name,
            element,
            use,
            element.node or use.code,
        )
        for use in element.types
    ]
