"""Numbers: rounding, roots and powers.

https://hl7.org/fhirpath/N1/#math
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal

from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Item, Items
from hearth_server.fhir.fhirpath.run import Function, eager
from hearth_server.fhir.fhirpath.singles import integer, is_number, single
from hearth_server.fhir.fhirpath.values import numbers
from hearth_server.fhir.fhirpath.values.numbers import CONTEXT, Number
from hearth_server.fhir.fhirpath.values.quantity import Quantity


def _number(items: Items, name: str) -> Number | None:
    value = single(items, name)
    if value is None or is_number(value):
        return value  # type: ignore[return-value]
    raise FHIRPathEvaluationError(f"FHIRPath: {name} takes a number.")


def _optional(value: Item | None) -> Items:
    return [] if value is None else [value]


def _whole(name: str, rounding: str) -> Function:
    def calculate(items: Items) -> Items:
        value = _number(items, name)
        if value is None:
            return []
        return _optional(numbers.bounded(int(Decimal(value).to_integral_value(rounding))))

    return eager(calculate)


def _real(name: str, operation: Callable[[Number], Decimal]) -> Function:
    def calculate(items: Items) -> Items:
        value = _number(items, name)
        return [] if value is None else _optional(numbers.finite(operation, value))

    return eager(calculate)


def _abs(items: Items) -> Items:
    value = single(items, "abs()")
    if isinstance(value, Quantity):
        return [value._replace(value=abs(value.value))]
    number = _number(items, "abs()")
    if number is None:
        return []
    return [number.copy_abs() if isinstance(number, Decimal) else abs(number)]


def _log(items: Items, base: Items) -> Items:
    value, radix = _number(items, "log()"), _number(base, "log()")
    if value is None or radix is None:
        return []
    above, below = (numbers.finite(CONTEXT.ln, each) for each in (value, radix))
    if above is None or below is None:
        return []
    result = numbers.finite(CONTEXT.divide, above, below)
    # The logarithms are rounded in their last digits: 16 to the base 2 is 4, not 3.99...9.
    return [] if result is None else [numbers.rounded(result, 24).normalize(CONTEXT)]


def _power(items: Items, exponent: Items) -> Items:
    base, power = _number(items, "power()"), _number(exponent, "power()")
    if base is None or power is None:
        return []
    result = numbers.finite(CONTEXT.power, base, power)
    if result is not None and isinstance(base, int) and isinstance(power, int) and power >= 0:
        return _optional(numbers.bounded(int(result)))
    return _optional(result)


def _round(items: Items, digits: Items | None = None) -> Items:
    value = _number(items, "round()")
    places = 0 if digits is None else integer(digits, "round()")
    if value is None or places is None:
        return []
    if places < 0:
        raise FHIRPathEvaluationError("FHIRPath: round() takes no negative precision.")
    return [Decimal(value) if places >= numbers.places(value) else numbers.rounded(value, places)]


FUNCTIONS: dict[str, Function] = {
    "abs": eager(_abs),
    "ceiling": _whole("ceiling()", ROUND_CEILING),
    "floor": _whole("floor()", ROUND_FLOOR),
    "truncate": _whole("truncate()", ROUND_DOWN),
    "exp": _real("exp()", CONTEXT.exp),
    "ln": _real("ln()", CONTEXT.ln),
    "sqrt": _real("sqrt()", CONTEXT.sqrt),
    "log": eager(_log, 1),
    "power": eager(_power, 1),
    "round": eager(_round, 0, 1),
}
