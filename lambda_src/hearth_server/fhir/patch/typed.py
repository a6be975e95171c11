"""The value of a patch operation as JSON has it below the element that it goes to.

https://hl7.org/fhir/R4/fhirpatch.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hearth_server.errors import InvalidRequest, Unprocessable
from hearth_server.fhir.fhirpath.shape import Property, Shape, Shapes
from hearth_server.fhir.patch.copies import Copier
from hearth_server.fhir.patch.elements import (
    Content,
    read_items,
    write,
    write_items,
)
from hearth_server.fhir.patch.parameters import Value, parts, value_of

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "Boolean": (bool,),
    "Integer": (int,),
    "Decimal": (int, Decimal),
}


def properties(shape: Shape, name: str, location: str) -> list[Property]:
    """Return what a child's name, with or without `[x]`, can mean. Raises Unprocessable."""
    member = shape.members.get(name.removesuffix("[x]"))
    if member is None:
        raise Unprocessable(
            f"{location}: {shape.public_name} has no element {name[:64]!r}.",
            code="processing",
            expression=location,
        )
    if member.only is not None:
        return [member.only]
    return [each for key, each in member.choice.items() if key == each.key]


def typed(
    value: Value, choices: list[Property], copier: Copier, location: str
) -> tuple[Property, Content]:
    """Return the property that `value` belongs to, and its content. Raises Unprocessable."""
    first = choices[0]
    shapes = first.shapes
    if value.key == "resource" and len(choices) == 1 and shapes.is_resource(first.type):
        return first, Content(copier.copy(value.content))
    if value.key == "part" and len(choices) == 1 and not shapes.is_resource(first.type):
        return first, Content(_anonymous(value.content, first.shape(None), copier, location))
    for known in choices:
        if value.key.startswith("value") and _fits(value, known, shapes, exact=len(choices) > 1):
            return known, Content(copier.copy(value.content), copier.copy(value.extra))
    wanted = ", ".join(each.type for each in choices[:12])
    raise Unprocessable(
        f"{location}: {value.key[:64]!r} does not go where {wanted} is wanted.",
        code="processing",
        expression=location,
    )


def _fits(value: Value, known: Property, shapes: Shapes, *, exact: bool) -> bool:
    """Whether the value is of the property's type.

    Outside a choice, any primitive fits that JSON writes alike: many clients send a code as
    `valueString`. Whether the text is one of the type is the validator's to say.
    """
    sent = value.key.removeprefix("value")
    shape = shapes.find(sent) or shapes.find(sent[:1].lower() + sent[1:])
    wanted = shapes.of(known.type)
    if shape is None or shape.primitive is not wanted.primitive:
        return False
    if not wanted.primitive:
        return isinstance(value.content, dict) and bool({shape.name} & wanted.ancestors or {
            wanted.name} & shape.ancestors)  # fmt: skip
    if value.content is None:
        return value.extra is not None and (shape is wanted or not exact)
    if exact:
        return shape is wanted
    return value.content.__class__ in _JSON_TYPES.get(wanted.system or "", (str,))


def _anonymous(listed: Any, shape: Shape, copier: Copier, location: str) -> dict[str, Any]:
    """Return an element whose children are given one by one as parts."""
    found: dict[str, Any] = {}
    for name, part in parts({"part": listed}, location):
        choices = properties(shape, name, location)
        known, content = typed(value_of(part, location), choices, copier, location)
        if known.many:
            write_items(found, known, [*read_items(found, known), content])
        elif known.key in found:
            raise InvalidRequest(f"{location} gives {name[:64]!r} twice.", expression=location)
        else:
            write(found, known, content)
    if not found:
        raise InvalidRequest(f"{location} gives an element without content.", expression=location)
    return found
