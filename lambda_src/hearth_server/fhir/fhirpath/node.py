"""A value of a resource with its type and place.

https://hl7.org/fhir/R4/fhirpath.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from hearth_server.fhir.fhirpath.shape import Property, Shape
from hearth_server.fhir.fhirpath.values.quantity import Quantity
from hearth_server.fhir.fhirpath.values.temporal import (
    Temporal,
    parse_date,
    parse_date_time,
    parse_time,
)

UCUM = "http://unitsofmeasure.org"

_TEMPORAL = {"Date": parse_date, "DateTime": parse_date_time, "Time": parse_time}


class TypeInfo(NamedTuple):
    """What `type()` returns."""

    namespace: str
    name: str


class Node:
    """An element or resource as parsed JSON has it, with what JSON does not say."""

    __slots__ = ("extra", "index", "name", "parent", "shape", "value")

    def __init__(
        self,
        value: Any,
        shape: Shape,
        extra: dict[str, Any] | None = None,
        parent: Node | None = None,
        name: str = "",
        index: int | None = None,
    ) -> None:
        self.value = value
        self.shape = shape
        self.extra = extra
        """A primitive's id and extensions: what JSON has under its name with `_`."""
        self.parent = parent
        self.name = name
        """The element's name; where there is no parent, the location that all start with."""
        self.index = index
        """The place in the array that holds it, if one does."""

    def __repr__(self) -> str:
        return f"Node({self.shape.name} at {self.location()})"

    def location(self) -> str:
        """Return where it is, such as `Patient.contact[0].name`."""
        steps = []
        node: Node = self
        while node.parent is not None:
            steps.append(node.name if node.index is None else f"{node.name}[{node.index}]")
            node = node.parent
        steps.append(node.name or node.shape.name)
        return ".".join(reversed(steps))

    def resource(self) -> Node:
        """Return the resource that holds it: itself, if it is one; the top, if none is known."""
        node = self
        while not node.shape.resource and node.parent is not None:
            node = node.parent
        return node

    def root_resource(self) -> Node:
        """Return the resource that holds its resource as contained, or else the resource."""
        node = self.resource()
        if node.name == "contained" and node.parent is not None:
            return node.parent.resource()
        return node

    def collect(self, name: str, found: list[Item]) -> bool:
        """Append the children called `name`; return whether the type has such a child at all."""
        shape = self.shape
        member = shape.members.get(name)
        if member is None:
            return False
        value = self.extra if shape.primitive else self.value
        if value.__class__ is not dict:
            return True
        only = member.only
        if only is not None:
            self._collect(only, value, found)
            return True
        choice = member.choice
        for key in value:
            only = choice.get(key)
            if only is not None and (key == only.key or only.key not in value):
                self._collect(only, value, found)
        return True

    def has(self, name: str) -> bool | None:
        """Return whether it has a child called `name`; None if its type has no such child."""
        shape = self.shape
        member = shape.members.get(name)
        if member is None:
            return None
        value = self.extra if shape.primitive else self.value
        if value.__class__ is not dict:
            return False
        only = member.only
        if only is not None:
            if _present(value.get(only.key)):
                return True
            return only.sibling is not None and _present(value.get(only.sibling))
        choice = member.choice
        return any(key in choice and _present(value[key]) for key in value)

    def children(self) -> list[Item]:
        """Return all children, in the order of the JSON."""
        shape = self.shape
        value = self.extra if shape.primitive else self.value
        found: list[Item] = []
        if value.__class__ is dict:
            by_key = shape.by_key
            for key in value:
                only = by_key.get(key)
                if only is not None and (key == only.key or only.key not in value):
                    self._collect(only, value, found)
        return found

    def _collect(self, only: Property, value: dict[str, Any], found: list[Item]) -> None:
        child = value.get(only.key)
        sibling = only.sibling
        extra = value.get(sibling) if sibling is not None else None
        if extra is not None:
            self._collect_pairs(only, child, extra, found)
        elif child.__class__ is list:
            name = only.name
            for index, each in enumerate(child):
                if each is not None:
                    found.append(Node(each, only.shape(each), None, self, name, index))
        elif child is not None:
            found.append(Node(child, only.shape(child), None, self, only.name))

    def _collect_pairs(self, only: Property, child: Any, extra: Any, found: list[Item]) -> None:
        """Append a primitive, or an array of them, with its ids and extensions."""
        if child.__class__ is not list and extra.__class__ is not list:
            found.append(Node(child, only.shape(child), extra, self, only.name))
            return
        values = child if child.__class__ is list else ()
        extras = extra if extra.__class__ is list else ()
        for index in range(max(len(values), len(extras))):
            child = values[index] if index < len(values) else None
            extra = extras[index] if index < len(extras) else None
            if child is not None or extra is not None:
                found.append(Node(child, only.shape(child), extra, self, only.name, index))

    def plain(self) -> Item:
        """Return the System value that it converts to; itself where there is none."""
        value = self.value
        shape = self.shape
        system = shape.system
        if system is None:
            return (_quantity(value) or self) if shape.quantity else self
        if value is None or value.__class__ in (dict, list):
            return self
        parse = _TEMPORAL.get(system)
        if parse is not None:
            # A text that is no date stays a text: the validator reports it elsewhere.
            return (parse(value) or value) if value.__class__ is str else str(value)
        if system == "Decimal" and value.__class__ is not str:
            return Decimal(value)
        result: Item = value
        return result


Item: TypeAlias = Node | bool | int | Decimal | str | Temporal | Quantity | TypeInfo
"""What a collection holds: parts of a resource, and values of FHIRPath's own types."""
Items: TypeAlias = list[Item]


def plain(item: Item) -> Item:
    """Return the System value of an item; a complex element is its own."""
    return item.plain() if item.__class__ is Node else item


def _present(value: Any) -> bool:
    """Whether JSON has an element here; an array may hold nothing but nulls."""
    if value.__class__ is list:
        return any(each is not None for each in value)
    return value is not None


def _quantity(value: Any) -> Quantity | None:
    if value.__class__ is not dict:
        return None
    number, system = value.get("value"), value.get("system")
    if not isinstance(number, int | Decimal) or isinstance(number, bool):
        return None
    unit = value.get("code") or value.get("unit") or "1"
    if system is not None and system != UCUM:
        unit = f"{system}|{unit}"
    return Quantity(Decimal(number), str(unit))
