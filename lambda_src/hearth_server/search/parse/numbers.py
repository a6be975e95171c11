"""Values of number and quantity parameters.

https://hl7.org/fhir/R4/search.html#number
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from hearth_server.search.decimals import precision, sortable
from hearth_server.search.parse.escapes import split, unescaped
from hearth_server.search.parse.prefixes import Prefix, split_prefix
from hearth_server.search.parse.problems import wrong_value
from hearth_server.search.query import AmountTest, Bounds

MAXIMUM_LENGTH = 100
"""Characters of a number."""

INTEGERS = frozenset({"integer", "positiveInt", "unsignedInt"})

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)


def number_test(value: str, name: str, leaves: frozenset[str]) -> AmountTest:
    """Return what a number must be. Raises InvalidRequest for what is none."""
    prefix, text = split_prefix(value, name)
    if prefix in ("sa", "eb") and leaves and leaves <= INTEGERS:
        raise wrong_value(name, f"the prefix {prefix} is not for whole numbers")
    return AmountTest(_bounds(prefix, text, name))


def quantity_test(value: str, name: str) -> AmountTest:
    """Return what a quantity must be: `[prefix]number`, `number|system|code` or `number||code`.

    Raises InvalidRequest for anything else.
    """
    pieces = split(value, "|")
    prefix, text = split_prefix(pieces[0], name)
    bounds = _bounds(prefix, text, name)
    if len(pieces) == 1:
        return AmountTest(bounds)
    if len(pieces) != 3:
        raise wrong_value(name, "a quantity is number, number|system|code or number||code")
    system, code = unescaped(pieces[1], name), unescaped(pieces[2], name)
    if not system:
        return AmountTest(bounds, unit=code or None)
    return AmountTest(bounds, system=system, code=code or None)


def merged(tests: Iterable[AmountTest]) -> tuple[AmountTest, ...]:
    """Return the tests with those of one unit as one: fewer are quicker to look for."""
    bounds: dict[AmountTest, list[Bounds[str]]] = {}
    for test in tests:
        unit = AmountTest((), test.system, test.code, test.unit)
        bounds.setdefault(unit, []).extend(test.bounds)
    return tuple(replace(unit, bounds=tuple(found)) for unit, found in bounds.items())


def _bounds(prefix: Prefix, text: str, name: str) -> tuple[Bounds[str], ...]:
    if len(text) > MAXIMUM_LENGTH or not _NUMBER.fullmatch(text):
        raise wrong_value(name, "the number is not one such as 7, -7.50 or 7.5e3")
    number = Decimal(text)
    exactly = sortable(number)
    match prefix:
        case "eq" | "ne":
            half = precision(text)
            low, high = sortable(number - half), sortable(number + half, "just below")
            if prefix == "eq":
                return (Bounds(low_min=low, high_max=high),)
            below, above = sortable(number - half, "just below"), sortable(number + half)
            return Bounds(low_max=below), Bounds(high_min=above)
        case "gt":
            return (Bounds(high_min=sortable(number, "just above")),)
        case "lt":
            return (Bounds(low_max=sortable(number, "just below")),)
        case "ge":
            return Bounds(high_min=sortable(number, "just above")), Bounds(low_min=exactly)
        case "le":
            return Bounds(low_max=sortable(number, "just below")), Bounds(high_max=exactly)
        case "sa":
            return (Bounds(low_min=sortable(number, "just above")),)
        case "eb":
            return (Bounds(high_max=sortable(number, "just below")),)
        case "ap":
            slack = abs(number) / 10
            low, high = sortable(number - slack), sortable(number + slack)
            return (Bounds(low_max=high, high_min=low),)
