"""The values that an element has in a piece of JSON, whatever form JSON gives them.

https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hearth_server.fhir.definitions import Element, Type


class Occurrence(NamedTuple):
    """One value of an element."""

    value: Any
    """None where only the sibling is there."""
    sibling: Any
    """What stands beside a primitive under its name with `_`."""
    type: str
    """The name by which the release finds its type."""
    step: str
    """Where it is in its element: `[0]`, or nothing where JSON has no array."""


Reader = Callable[[Mapping[str, Any]], list[Occurrence]]


def reader(kind: Type, element: Element) -> Reader:
    """Return a function that lists the values of an element in an object of its type."""
    names = {prop.name: prop.type for prop in kind.properties.values() if prop.element is element}
    if element.many:
        ((name, type_name),) = names.items()
        return lambda value: _array(value.get(name), value.get(f"_{name}"), type_name)
    if len(names) == 1:
        ((name, type_name),) = names.items()
        return lambda value: _single(value, name, type_name)
    plain = {f"_{name}": name for name in names} | {name: name for name in names}

    def read_choice(value: Mapping[str, Any]) -> list[Occurrence]:
        met: list[str] = []
        found: list[Occurrence] = []
        for key in value:
            name = plain.get(key)
            if name is not None and name not in met:
                met.append(name)
                found += _single(value, name, names[name])
        return found

    return read_choice


def _single(value: Mapping[str, Any], name: str, type_name: str) -> list[Occurrence]:
    found, sibling = value.get(name), value.get(f"_{name}")
    if found is None and sibling is None:
        return []
    return [Occurrence(found, sibling, _type(found, type_name), "")]


def _array(values: Any, siblings: Any, type_name: str) -> list[Occurrence]:
    if siblings is None:
        return [
            Occurrence(each, None, _type(each, type_name), f"[{index}]")
            for index, each in enumerate(values or ())
        ]
    values = values or ()
    return [
        Occurrence(
            values[index] if index < len(values) else None,
            siblings[index] if index < len(siblings) else None,
            type_name,
            f"[{index}]",
        )
        for index in range(max(len(values), len(siblings)))
    ]


def _type(value: Any, type_name: str) -> str:
    """Return the type of a value: for a resource, the one that it says it is."""
    if type_name != "Resource" or not isinstance(value, dict):
        return type_name
    said = value.get("resourceType")
    return said if isinstance(said, str) else type_name
