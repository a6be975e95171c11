"""Quantities: a number with a UCUM unit or a calendar duration.

https://hl7.org/fhirpath/N1/#quantity
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import NamedTuple

from hearth_server.fhir.fhirpath.values import numbers
from hearth_server.fhir.ucum import unit as ucum_unit

# A conversion is exact to far more digits than any measurement has; equality ignores the rest.
_COMPARED = Context(prec=18)

_CALENDAR_MONTHS = {"year": 12, "month": 1}
_CALENDAR_UCUM = {
    "week": "wk",
    "day": "d",
    "hour": "h",
    "minute": "min",
    "second": "s",
    "millisecond": "ms",
}
_EQUIVALENT_UCUM = _CALENDAR_UCUM | {"year": "a", "month": "mo"}


class Quantity(NamedTuple):
    """A number with a unit; `unit` is `1` where there is none."""

    value: Decimal
    unit: str
    calendar: bool = False
    """Whether the unit is a calendar word such as `days`."""

    def __str__(self) -> str:
        unit = self.unit if self.calendar else f"'{self.unit}'"
        return f"{self.value:f} {unit}"

    @property
    def word(self) -> str:
        """The calendar word in the singular."""
        return self.unit.removesuffix("s")

    def base(self) -> tuple[object, Decimal]:
        """Return the dimension, and the value in its base units.

        Calendar months and years have a dimension of their own: they are no number of days.
        """
        if self.calendar and self.word in _CALENDAR_MONTHS:
            return "calendar", _COMPARED.multiply(self.value, _CALENDAR_MONTHS[self.word])
        code = _CALENDAR_UCUM[self.word] if self.calendar else self.unit
        known = ucum_unit(code)
        if known is None:
            return code, self.value
        return known.dimension, _COMPARED.plus(known.to_base(self.value))


def compare(left: Quantity, right: Quantity) -> int | None:
    """Return -1, 0 or 1; None where the units cannot be converted into each other."""
    if left[1:] == right[1:]:
        return (left.value > right.value) - (left.value < right.value)
    (one, less), (other, more) = left.base(), right.base()
    return (less > more) - (less < more) if one == other else None


def comparable(left: Quantity, right: Quantity) -> bool:
    """Whether the units measure the same."""
    return left.base()[0] == right.base()[0]


def equivalent(left: Quantity, right: Quantity) -> bool:
    """Whether both are the same at the precision of the less precise one."""
    left, right = _definite(left), _definite(right)
    if left.unit == right.unit:
        return numbers.equivalent(left.value, right.value)
    coarse, fine = _by_size(left, right)
    converted = _converted(fine, coarse)
    # The coarser unit decides: 4 g and 4040 mg are both 4 g.
    return converted is not None and numbers.equivalent(coarse.value, converted)


def add(left: Quantity, right: Quantity, sign: int) -> Quantity | None:
    """Return the sum in the finer unit; None where the units do not fit."""
    fine = left if left[1:] == right[1:] else _by_size(left, right)[1]
    one, other = _converted(left, fine), _converted(right, fine)
    if one is None or other is None:
        return None
    total = numbers.finite(numbers.CONTEXT.add, one, other * sign)
    return None if total is None else fine._replace(value=total)


def multiply(left: Quantity, right: Quantity) -> Quantity | None:
    """Return the product with the product of the units."""
    value = numbers.finite(numbers.CONTEXT.multiply, left.value, right.value)
    return None if value is None else Quantity(value, _combined(left, right, "."))


def divide(left: Quantity, right: Quantity) -> Quantity | None:
    """Return the quotient with the quotient of the units; None for a division by zero."""
    value = numbers.finite(numbers.CONTEXT.divide, left.value, right.value)
    return None if value is None else Quantity(value, _combined(left, right, "/"))


def _definite(value: Quantity) -> Quantity:
    return Quantity(value.value, _EQUIVALENT_UCUM[value.word]) if value.calendar else value


def _by_size(left: Quantity, right: Quantity) -> tuple[Quantity, Quantity]:
    """Return the quantity of the coarser unit, then that of the finer one."""
    one, other = (each._replace(value=Decimal(1)).base()[1] for each in (left, right))
    return (left, right) if one > other else (right, left)


def _converted(value: Quantity, to: Quantity) -> Decimal | None:
    """Return the number of `value` in the unit of `to`; None where the units do not fit."""
    if value[1:] == to[1:]:
        return value.value
    (dimension, amount), (wanted, one) = value.base(), to._replace(value=Decimal(1)).base()
    zero = to._replace(value=Decimal(0)).base()[1]  # not 0 on a temperature scale
    if dimension != wanted or one == zero:
        return None
    return _COMPARED.divide(_COMPARED.subtract(amount, zero), _COMPARED.subtract(one, zero))


def _combined(left: Quantity, right: Quantity, operator: str) -> str:
    one, other = (_definite(each).unit for each in (left, right))
    if other == "1":
        return one
    if operator == "/" and one == other:
        return "1"
    if "/" in other or "." in other:
        other = f"({other})"
    if one == "1":
        return other if operator == "." else f"/{other}"
    return f"{one}{operator}{other}"
