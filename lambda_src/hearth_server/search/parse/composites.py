"""Values of composite parameters: `a$b`, both true of one and the same element.

https://hl7.org/fhir/R4/search.html#composite
"""

from __future__ import annotations

from hearth_server.search.parameters import Element, Parameter
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.dates import date_bounds
from hearth_server.search.parse.escapes import split, unescaped
from hearth_server.search.parse.numbers import number_test, quantity, quantity_test
from hearth_server.search.parse.problems import wrong_value
from hearth_server.search.parse.references import reference_targets
from hearth_server.search.parse.strings import string_test, uri_test
from hearth_server.search.parse.tokens import token_tests
from hearth_server.search.query import (
    Amounts,
    And,
    Condition,
    Leaf,
    Links,
    Moments,
    Terms,
    Together,
    any_of,
)


def composite(parameter: Parameter, values: list[str], context: Context) -> Condition:
    """Return what the values ask for. Raises InvalidRequest for a wrong number of parts."""
    found = [
        _element(element, value, parameter.name, context)
        for value in values
        for element in parameter.elements
    ]
    return any_of(found)


def _element(element: Element, value: str, name: str, context: Context) -> Condition:
    pieces = split(value, "$")
    if len(pieces) != len(element.parts) or not all(pieces):
        raise wrong_value(name, f"it has {len(element.parts)} parts with $ between them")
    rooted: list[Condition] = []
    inside: list[Leaf] = []
    for part, piece in zip(element.parts, pieces, strict=True):
        leaf = _leaf(part.parameter, piece, context)
        (rooted if part.rooted else inside).append(leaf)
    if len(inside) > 1:
        rooted.append(Together(tuple(inside)))
    else:
        rooted.extend(inside)
    return rooted[0] if len(rooted) == 1 else And(tuple(rooted))


def _leaf(part: Parameter, value: str, context: Context) -> Leaf:
    name, fields = part.name, part.fields
    match part.kind:
        case "token":
            return Terms(fields, token_tests(value, part))
        case "date":
            return Moments(fields, date_bounds(value, name, context))
        case "number":
            return Amounts(fields, (number_test(value, name, part.leaves),))
        case "quantity":
            return quantity(fields, quantity_test(value, name))
        case "uri":
            return Terms(fields, (uri_test(unescaped(value, name), None, name),))
        case "reference":
            targets = reference_targets(unescaped(value, name), part, None, context)
            return Links(fields, tuple(targets))
    return Terms(fields, (string_test(unescaped(value, name), None, name),))
