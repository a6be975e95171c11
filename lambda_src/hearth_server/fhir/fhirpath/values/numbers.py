"""Decimal arithmetic at FHIRPath's precision, with an empty answer instead of an overflow.

https://hl7.org/fhirpath/N1/#decimal
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, Overflow
from typing import TypeAlias

Number: TypeAlias = int | Decimal

LARGEST_INTEGER = 2**63 - 1
"""Beyond it, an integer result is empty."""

CONTEXT = Context(prec=28, Emax=999, Emin=-999, rounding=ROUND_HALF_UP, traps=[Overflow])
"""As many digits as the specification has."""


def finite(operation: Callable[..., Decimal], *operands: Number) -> Decimal | None:
    """Return the result of one of CONTEXT's operations; None where there is none."""
    try:
        result = operation(*operands)
    except DecimalException:
        return None
    if not result:
        return result.copy_abs()  # there is no negative zero
    return result if result.is_finite() else None


def bounded(result: int) -> int | None:
    """Return an integer result; None beyond 64 bits."""
    return result if -LARGEST_INTEGER - 1 <= result <= LARGEST_INTEGER else None


def places(value: Number) -> int:
    """Return the number of digits after the point."""
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def significant_places(value: Number) -> int:
    """Return the number of digits after the point without trailing zeros."""
    return places(value.normalize(CONTEXT)) if isinstance(value, Decimal) else 0


def rounded(value: Number, digits: int) -> Decimal:
    """Return `value` rounded half up to that many digits after the point, 999 at most."""
    number = Decimal(value)
    exponent = Decimal(1).scaleb(-min(digits, 999))
    wide = Context(prec=max(number.adjusted(), 0) + digits + 2, rounding=ROUND_HALF_UP)
    return number.quantize(exponent, context=wide)


def equivalent(left: Number, right: Number) -> bool:
    """Whether two numbers are equal at the precision of the less precise one."""
    digits = min(significant_places(left), significant_places(right))
    return left == right or rounded(left, digits) == rounded(right, digits)
