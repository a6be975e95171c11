"""Values of number and quantity parameters.

https://hl7.org/fhir/R4/search.html#number
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from msgspec.structs import replace

from hearth_server.search.decimals import Edge, precision, sortable
from hearth_server.search.fields import Field
from hearth_server.search.parse.escapes import split, unescaped
from hearth_server.search.parse.prefixes import Prefix, split_prefix
from hearth_server.search.parse.problems import wrong_value
from hearth_server.search.query import Amounts, AmountTest, Bounds, Or, any_of
from hearth_server.search.units import BASE_UNITS, convertible

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
    if len(pieces) not in (1, 3):
        raise wrong_value(name, "a quantity is number, number|system|code or number||code")
    system, code = (unescaped(each, name) for each in [*pieces, "", ""][1:3])
    prefix, text = split_prefix(pieces[0], name)
    known = convertible(system, code)
    if known is not None:
        unit, kind = known
        return AmountTest(_bounds(prefix, text, name, unit.to_base), BASE_UNITS, kind)
    bounds = _bounds(prefix, text, name)
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


def quantities(fields: tuple[Field, ...], tests: Iterable[AmountTest]) -> Amounts | Or:
    """Return that one of the tests holds; those in base units look at other fields."""
    leaves = [quantity(fields, test) for test in merged(tests)]
    return any_of(leaves)


def quantity(fields: tuple[Field, ...], test: AmountTest) -> Amounts:
    """Return that a test of quantities holds."""
    if test.system == BASE_UNITS:
        fields = tuple(field.with_part("base-units") for field in fields)
    return Amounts(fields, (test,))


def _bounds(
    prefix: Prefix, text: str, name: str, base: Callable[[Decimal], Decimal] | None = None
) -> tuple[Bounds[str], ...]:
    """Return the bounds of a number, turned into base units if `base` does that."""
    if len(text) > MAXIMUM_LENGTH or not _NUMBER.fullmatch(text):
        raise wrong_value(name, "the number is not one such as 7, -7.50 or 7.5e3")
    number = Decimal(text)

    def key(number: Decimal, edge: Edge = "exactly") -> str:
        return sortable(base(number) if base else number, edge)

    match prefix:
        case "eq" | "ne":
            half = precision(text)
            low, high = number - half, number + half
            if prefix == "eq":
                return (Bounds(low_min=key(low), high_max=key(high, "just below")),)
            return Bounds(low_max=key(low, "just below")), Bounds(high_min=key(high))
        case "gt":
            return (Bounds(high_min=key(number, "just above")),)
        case "lt":
            return (Bounds(low_max=key(number, "just below")),)
        case "ge":
            return Bounds(high_min=key(number, "just above")), Bounds(low_min=key(number))
        case "le":
            return Bounds(low_max=key(number, "just below")), Bounds(high_max=key(number))
        case "sa":
            return (Bounds(low_min=key(number, "just above")),)
        case "eb":
            return (Bounds(high_max=key(number, "just below")),)
        case "ap":
            slack = abs(number) / 10
            return (Bounds(low_max=key(number + slack), high_min=key(number - slack)),)
