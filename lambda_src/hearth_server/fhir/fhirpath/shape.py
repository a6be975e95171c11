"""What FHIRPath needs to know of a type: its children by name, its ancestors, its System type.

A shape is made from a `Model`, which `hearth_server.fhir.definitions.Release` is, when a value of
the type is first met.
https://hl7.org/fhir/R4/fhirpath.html#types
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol
from weakref import WeakKeyDictionary


class ModelTypeUse(Protocol):
    """One type that an element may have."""

    @property
    def code(self) -> str:
        """The type's name."""


class ModelElement(Protocol):
    """A child of a type."""

    @property
    def types(self) -> Sequence[ModelTypeUse]:
        """The types that it may have; none where `node` alone says it."""

    @property
    def choice(self) -> bool:
        """Whether its JSON name carries its type."""

    @property
    def many(self) -> bool:
        """Whether JSON holds it as an array."""

    @property
    def node(self) -> str | None:
        """The name of its own type, where it has children that no named type has."""


class ModelType(Protocol):
    """A resource type, a data type, or an element with children of its own."""

    @property
    def name(self) -> str:
        """Such as `Patient`, `code` or `Patient.contact`."""

    @property
    def base(self) -> ModelType | None:
        """What it is derived from."""

    @property
    def elements(self) -> Mapping[str, ModelElement]:
        """Its children and those that it inherits, by name without `[x]`."""

    @property
    def system(self) -> str | None:
        """For a primitive: the System type of its value, such as `Date`."""


class Model(Protocol):
    """The types of a release."""

    def type(self, name: str) -> ModelType | None:
        """Return a type by its name or path."""

    def kind(self, name: str) -> str | None:
        """Return `primitive-type`, `complex-type` or `resource`; None for an unknown type."""


class Property:
    """A child as JSON holds it."""

    __slots__ = ("_shape", "key", "many", "name", "shapes", "sibling", "type")

    def __init__(
        self, shapes: Shapes, name: str, key: str, type_name: str, many: bool = False
    ) -> None:
        self.shapes = shapes
        self.name = name
        """In FHIRPath: `value`."""
        self.key = key
        """In JSON: `valueQuantity`."""
        self.sibling = f"_{key}" if shapes.is_primitive(type_name) else None
        """Where JSON has a primitive's id and extensions."""
        self.many = many
        """Whether JSON has an array under the key."""
        self.type = type_name
        """The name or path of its type."""
        self._shape: Shape | None = None

    def shape(self, value: Any) -> Shape:
        """Return the shape of `value`, which stands under this key."""
        shape = self._shape
        if shape is None:
            if self.shapes.is_resource(self.type):
                return self.shapes.of_resource(value)
            shape = self._shape = self.shapes.of(self.type)
        return shape


class Member:
    """A child by its FHIRPath name: one property, or one for each type of a choice."""

    __slots__ = ("choice", "only")

    def __init__(self, properties: Sequence[Property], choice: bool) -> None:
        self.only = None if choice else properties[0]
        self.choice = by_key(properties) if choice else {}


class Shape:
    """A type as the evaluation sees it."""

    def __init__(self, shapes: Shapes, definition: ModelType) -> None:
        self.shapes = shapes
        self.name = definition.name
        self._definition = definition
        lineage = []
        ancestor: ModelType | None = definition
        while ancestor is not None:
            lineage.append(ancestor.name)
            ancestor = ancestor.base
        self.ancestors = frozenset(lineage)
        """Its own name and those of all that it is derived from."""
        self.primitive = shapes.is_primitive(self.name)
        self.resource = "Resource" in self.ancestors
        self.quantity = "Quantity" in self.ancestors
        self.system = _system(definition, self.ancestors)
        """For a primitive: the System type of its value."""
        self.public_name = self.name if "." not in self.name else lineage[1]
        """What `type()` calls it."""

    def __repr__(self) -> str:
        return f"Shape({self.name})"

    @cached_property
    def members(self) -> dict[str, Member]:
        """Its children by FHIRPath name."""
        return {
            name: Member(self._properties(name, element), element.choice)
            for name, element in self._definition.elements.items()
        }

    @cached_property
    def by_key(self) -> dict[str, Property]:
        """Its children by every JSON key that they may have, `_key` included."""
        return by_key(
            [
                each
                for name, element in self._definition.elements.items()
                for each in self._properties(name, element)
            ]
        )

    def _properties(self, name: str, element: ModelElement) -> list[Property]:
        if element.node is not None and not element.choice:
            return [Property(self.shapes, name, name, element.node, element.many)]
        if not element.choice:
            return [Property(self.shapes, name, name, element.types[0].code, element.many)]
        return [
            Property(self.shapes, name, name + use.code[:1].upper() + use.code[1:], use.code)
            for use in element.types
        ]


class Shapes:
    """The shapes of one model, each made once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[str, Shape] = {}
        self._resources: dict[str, Shape] = {}

    def find(self, name: str) -> Shape | None:
        """Return the shape of a type, if the model knows it."""
        shape = self._known.get(name)
        if shape is None and (definition := self._model.type(name)) is not None:
            shape = self._known[name] = Shape(self, definition)
        return shape

    def of(self, name: str) -> Shape:
        """Return the shape of a type that the model knows. Raises KeyError otherwise."""
        shape = self.find(name)
        if shape is None:
            raise KeyError(name)
        return shape

    def of_resource(self, value: Any) -> Shape:
        """Return the shape of a resource by its `resourceType`, or else that of any resource."""
        name = value.get("resourceType") if isinstance(value, dict) else None
        if not isinstance(name, str):
            return self.of("Resource")
        shape = self._resources.get(name)
        if shape is None:
            if not self.is_resource(name):
                return self.of("Resource")
            shape = self._resources[name] = self.of(name)
        return shape

    def is_primitive(self, name: str) -> bool:
        """Whether JSON writes values of the type as a string, number or boolean."""
        return self._model.kind(name) == "primitive-type"

    def is_resource(self, name: str) -> bool:
        """Whether the type is a resource type, abstract ones included."""
        return self._model.kind(name) == "resource"


_shapes: WeakKeyDictionary[Model, Shapes] = WeakKeyDictionary()


def shapes_of(model: Model) -> Shapes:
    """Return the shapes of a model, the same object each time."""
    shapes = _shapes.get(model)
    if shapes is None:
        shapes = _shapes[model] = Shapes(model)
    return shapes


def by_key(properties: Sequence[Property]) -> dict[str, Property]:
    """Return the properties by each JSON key that may hold them."""
    keys = {each.key: each for each in properties}
    return keys | {each.sibling: each for each in properties if each.sibling}


def _system(definition: ModelType, ancestors: frozenset[str]) -> str | None:
    # R4's definitions call the value of a positiveInt a string; JSON and its base say integer.
    return "Integer" if "integer" in ancestors else definition.system
