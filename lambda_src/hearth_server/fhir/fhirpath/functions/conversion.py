"""Values of one System type as another.

https://hl7.org/fhirpath/N1/#conversion
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from hearth_server.fhir.fhirpath.node import Item, Items
from hearth_server.fhir.fhirpath.parser import CALENDAR_UNITS, MAXIMUM_DIGITS
from hearth_server.fhir.fhirpath.run import Function, eager
from hearth_server.fhir.fhirpath.singles import is_number, single
from hearth_server.fhir.fhirpath.values.quantity import Quantity
from hearth_server.fhir.fhirpath.values.temporal import (
    DAY,
    Date,
    DateTime,
    Temporal,
    Time,
    parse_date,
    parse_date_time,
    parse_time,
)

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})


def to_text(value: Item) -> str | None:
    """Return a System value as toString() writes it; None for what is no System value."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Decimal():
            return f"{value:f}"
        case int() | Temporal() | Quantity():
            return str(value)
    return None


def _to_boolean(value: Item) -> Item | None:
    if isinstance(value, bool):
        return value
    if is_number(value):
        return True if value == 1 else False if value == 0 else None
    if isinstance(value, str):
        word = value.lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return None


def _to_integer(value: Item) -> Item | None:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and _is_numeric(value) and "." not in value:
        return int(value)
    return None


def _to_decimal(value: Item) -> Item | None:
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return Decimal(value) if isinstance(value, str) and _is_numeric(value) else None


def _to_date(value: Item) -> Item | None:
    if isinstance(value, Date | DateTime):
        return Date(value.parts[:DAY])
    return parse_date(value) if isinstance(value, str) else None


def _to_date_time(value: Item) -> Item | None:
    if isinstance(value, Date):
        return DateTime(value.parts)
    if isinstance(value, DateTime):
        return value
    return parse_date_time(value) if isinstance(value, str) else None


def _to_time(value: Item) -> Item | None:
    if isinstance(value, Time):
        return value
    return parse_time(value) if isinstance(value, str) else None


def _to_quantity(value: Item) -> Item | None:
    if isinstance(value, Quantity):
        return value
    if isinstance(value, int | Decimal):
        return Quantity(Decimal(value), "1")
    if not isinstance(value, str):
        return None
    number, _, unit = value.partition(" ")
    unit = unit.strip()
    if not _is_numeric(number):
        return None
    if not unit:
        return Quantity(Decimal(number), "1")
    if unit in CALENDAR_UNITS:
        return Quantity(Decimal(number), unit, calendar=True)
    quoted = len(unit) > 2 and unit[0] == unit[-1] == "'"
    return Quantity(Decimal(number), unit[1:-1]) if quoted else None


def _is_numeric(text: str) -> bool:
    return len(text) <= MAXIMUM_DIGITS and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) is not None


def _pair(name: str, convert: Callable[[Item], Item | None]) -> dict[str, Function]:
    def to(items: Items) -> Items:
        value = single(items, f"to{name}()")
        result = None if value is None else convert(value)
        return [] if result is None else [result]

    def converts(items: Items) -> Items:
        value = single(items, f"convertsTo{name}()")
        return [] if value is None else [convert(value) is not None]

    return {f"to{name}": eager(to), f"convertsTo{name}": eager(converts)}


FUNCTIONS: dict[str, Function] = {
    **_pair("Boolean", _to_boolean),
    **_pair("Integer", _to_integer),
    **_pair("Long", _to_integer),
    **_pair("Decimal", _to_decimal),
    **_pair("Date", _to_date),
    **_pair("DateTime", _to_date_time),
    **_pair("Time", _to_time),
    **_pair("Quantity", _to_quantity),
    **_pair("String", to_text),
}
