"""Elements in JSON: a primitive's value and its `_` sibling together, arrays of them aligned.

https://hl7.org/fhir/R4/json.html#primitive
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from hearth_server.fhir.fhirpath import Node
from hearth_server.fhir.fhirpath.shape import Property


class Content(NamedTuple):
    """What JSON has for one element."""

    value: Any
    extra: Any = None
    """A primitive's id and extensions."""


class Place(msgspec.Struct, frozen=True):
    """Where JSON has an element."""

    holder: dict[str, Any]
    property: Property
    index: int | None

    def fill(self, content: Content) -> None:
        """Put `content` in the place of what is there."""
        if self.index is None:
            write(self.holder, self.property, content)
            return
        items = read_items(self.holder, self.property)
        items[self.index] = content
        write_items(self.holder, self.property, items)


def place_of(node: Node) -> Place | None:
    """Return where `node` stands; None for the resource that is patched itself."""
    parent = node.parent
    if parent is None:
        return None
    holder = parent.extra if parent.shape.primitive else parent.value
    assert isinstance(holder, dict)
    member = parent.shape.members[node.name]
    found = member.only
    if found is None:
        found = next(each for key, each in member.choice.items() if key in holder)
    return Place(holder, found, node.index)


def content_of(node: Node) -> dict[str, Any]:
    """Return the object that holds the children of `node`, made if a primitive has none yet."""
    if not node.shape.primitive:
        value = node.value
        assert isinstance(value, dict)
        return value
    if node.extra is None:
        node.extra = {}
        place = place_of(node)
        assert place is not None
        place.fill(Content(node.value, node.extra))
    return node.extra


def remove(node: Node) -> None:
    """Take `node` away, and what it leaves empty above it; the resource itself stays."""
    place = place_of(node)
    if place is None:
        return
    holder, known, index = place.holder, place.property, place.index
    if index is None:
        write(holder, known, Content(None))
    else:
        items = read_items(holder, known)
        del items[index]
        write_items(holder, known, items)
    parent = node.parent
    if holder or parent is None or parent.parent is None:
        return
    if parent.shape.primitive and parent.value is not None:
        above = place_of(parent)
        assert above is not None
        above.fill(Content(parent.value))
    else:
        remove(parent)


def write(holder: dict[str, Any], known: Property, content: Content) -> None:
    """Set one element that is not in an array; one without content goes."""
    _set(holder, known.key, content.value)
    if known.sibling is not None:
        _set(holder, known.sibling, content.extra)


def read_items(holder: dict[str, Any], known: Property) -> list[Content]:
    """Return the elements of an array, each with its sibling."""
    values = _array(holder, known.key)
    extras = _array(holder, known.sibling)
    length = max(len(values), len(extras))
    return [
        Content(values[at] if at < len(values) else None, extras[at] if at < len(extras) else None)
        for at in range(length)
    ]


def write_items(holder: dict[str, Any], known: Property, items: list[Content]) -> None:
    """Set an array and that of its siblings; either goes when it would hold nothing."""
    values, extras = [item.value for item in items], [item.extra for item in items]
    _set(holder, known.key, _unless_null(values))
    if known.sibling is not None:
        _set(holder, known.sibling, _unless_null(extras))


def _array(holder: dict[str, Any], key: str | None) -> list[Any]:
    value = holder.get(key) if key is not None else None
    return value if isinstance(value, list) else []


def _unless_null(values: list[Any]) -> list[Any] | None:
    return values if any(each is not None for each in values) else None


def _set(holder: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        holder.pop(key, None)
    else:
        holder[key] = value
