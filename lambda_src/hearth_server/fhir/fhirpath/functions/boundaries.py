"""How precisely a value is known, and between which bounds it lies.

https://build.fhir.org/ig/HL7/FHIRPath/#lowboundaryprecision-integer-decimal--date--datetime--time
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Item, Items
from hearth_server.fhir.fhirpath.run import Function, eager
from hearth_server.fhir.fhirpath.singles import integer, single
from hearth_server.fhir.fhirpath.values import numbers, quantity
from hearth_server.fhir.fhirpath.values.quantity import Quantity
from hearth_server.fhir.fhirpath.values.temporal import (
    DAY,
    SECOND,
    Date,
    DateTime,
    Part,
    Temporal,
    Time,
    days_in,
)

_DECIMAL_DIGITS = 8
_MOST_DECIMAL_DIGITS = 31
_DATE_DIGITS = (0, 4, 6, 8, 10, 12, 14)
"""How many digits a dateTime of so many parts has; 17 with milliseconds."""
_LOWEST: tuple[Part, ...] = (1, 1, 1, 0, 0, Decimal("0.000"))
_HIGHEST: tuple[Part, ...] = (9999, 12, 31, 23, 59, Decimal("59.999"))
_EARLIEST_ZONE, _LATEST_ZONE = "+14:00", "-12:00"


def _boundary(name: str, high: bool) -> Function:
    def call(items: Items, precision: Items | None = None) -> Items:
        value = single(items, name)
        digits = None if precision is None else integer(precision, name)
        if value is None or (precision is not None and digits is None):
            return []
        result = _bound(value, digits, high, name)
        return [] if result is None else [result]

    return eager(call, 0, 1)


def _bound(value: Item, digits: int | None, high: bool, name: str) -> Item | None:
    if isinstance(value, Temporal):
        return _temporal_bound(value, digits, high)
    if isinstance(value, Quantity):
        number = _number_bound(value.value, digits, high)
        return None if number is None else value._replace(value=number)
    if isinstance(value, Decimal) or value.__class__ is int:
        return _number_bound(Decimal(value), digits, high)
    raise FHIRPathEvaluationError(f"FHIRPath: {name} takes a number, quantity, date or time.")


def _number_bound(value: Decimal, digits: int | None, high: bool) -> Decimal | None:
    if digits is None:
        digits = _DECIMAL_DIGITS
    if not 0 <= digits <= _MOST_DECIMAL_DIGITS:
        return None
    half = Decimal(5).scaleb(-numbers.places(value) - 1)
    wide = Context(prec=len(value.as_tuple().digits) + abs(value.adjusted()) + 80)
    edge = wide.add(value, half if high else -half)
    rounding = ROUND_CEILING if high else ROUND_FLOOR
    return edge.quantize(Decimal(1).scaleb(-digits), rounding=rounding, context=wide)


def _temporal_bound(value: Temporal, digits: int | None, high: bool) -> Temporal | None:
    first = DAY if isinstance(value, Time) else 0
    if digits is None:
        digits = 9 if first else 8 if isinstance(value, Date) else 17
    last = _parts(digits + (8 if first else 0))
    if last is None or (isinstance(value, Date) and last > DAY):
        return None
    filled = list(value.parts) + list((_HIGHEST if high else _LOWEST)[value.last :])
    if high and not first and value.last < DAY:
        filled[2] = days_in(int(filled[0]), int(filled[1]))
    if value.last == SECOND and Decimal(filled[-1]).as_tuple().exponent == 0:
        filled[-1] = filled[-1] + Decimal("0.999" if high else "0.000")
    parts = filled[: last - first]
    if not isinstance(value, DateTime):
        return value.replaced(parts)
    zone = value.zone or (_LATEST_ZONE if high else _EARLIEST_ZONE)
    return DateTime(parts, zone if last > DAY else None)


def _parts(digits: int) -> int | None:
    if digits == 17:
        return SECOND
    return _DATE_DIGITS.index(digits) if digits in _DATE_DIGITS[1:] else None


def _precision(items: Items) -> Items:
    value = single(items, "precision()")
    if value is None:
        return []
    if isinstance(value, Temporal):
        digits = _DATE_DIGITS[value.last] - (8 if isinstance(value, Time) else 0)
        if value.last == SECOND and numbers.places(value.parts[-1]):
            digits += 3
        return [digits]
    if isinstance(value, Decimal) or value.__class__ is int:
        return [numbers.places(value)]
    raise FHIRPathEvaluationError("FHIRPath: precision() takes a number, date or time.")


def _comparable(items: Items, other: Items) -> Items:
    left, right = single(items, "comparable()"), single(other, "comparable()")
    if left is None or right is None:
        return []
    if not isinstance(left, Quantity) or not isinstance(right, Quantity):
        raise FHIRPathEvaluationError("FHIRPath: comparable() takes quantities.")
    return [quantity.comparable(left, right)]


FUNCTIONS: dict[str, Function] = {
    "lowBoundary": _boundary("lowBoundary()", high=False),
    "highBoundary": _boundary("highBoundary()", high=True),
    "precision": eager(_precision),
    "comparable": eager(_comparable, 1),
}
