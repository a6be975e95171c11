"""Decimals as text that sorts as the numbers do, in every engine and to the last digit.

https://hl7.org/fhir/R4/search.html#number
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Literal

LOWEST = ""
HIGHEST = "~"
"""Sort below and above the text of every number."""

MAXIMUM_DIGITS = 64
"""Significant digits that count; FHIR asks for 18."""

MAXIMUM_EXPONENT = 49_999

Edge = Literal["just below", "exactly", "just above"]
_EDGE: dict[Edge, str] = {"just below": "-", "exactly": "=", "just above": ">"}
_COMPLEMENT = str.maketrans("0123456789", "9876543210")
_END_OF_POSITIVE = "!"  # below every digit: 5 is less than 5.1
_END_OF_NEGATIVE = "~"  # above every digit: -5 is more than -5.1
_BIAS = 50_000


@lru_cache(maxsize=4096)
def sortable(number: Decimal | int, edge: Edge = "exactly") -> str:
    """Return the text of a number; `edge` makes it the first or last that is still another.

    Exponents beyond what the text can say count as the largest or smallest that it can.
    """
    mantissa, _, exponent = format(Decimal(number), "E").partition("E")
    digits = mantissa.lstrip("-").replace(".", "")[:MAXIMUM_DIGITS].rstrip("0")
    if not digits:
        return f"1{_EDGE[edge]}"
    power = max(0, min(int(exponent) + _BIAS, _BIAS + MAXIMUM_EXPONENT))
    if mantissa[0] == "-":
        text = f"{power:05d}{digits}".translate(_COMPLEMENT)
        return f"0{text}{_END_OF_NEGATIVE}{_EDGE[edge]}"
    return f"2{power:05d}{digits}{_END_OF_POSITIVE}{_EDGE[edge]}"


def precision(written: str) -> Decimal:
    """Return half a unit of the last digit that a decimal's text has: 0.05 for `7.0`.

    `100` has three digits that count, and so has `1.00e2`.
    """
    exponent = Decimal(written).as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal((0, (5,), exponent - 1))
