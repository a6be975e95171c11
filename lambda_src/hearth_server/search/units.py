"""Units that can be converted: quantities of one kind are compared in its base units.

https://hl7.org/fhir/R4/search.html#quantity
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from hearth_server.fhir.ucum.units import Unit, unit

UCUM = "http://unitsofmeasure.org"

BASE_UNITS = "ucum base units"
"""The system of converted quantities in the index; no client can name it by accident."""


@lru_cache(maxsize=1024)
def convertible(system: str, code: str) -> tuple[Unit, str] | None:
    """Return a unit and the name of its kind, None for one that is not converted.

    Pure numbers such as `%` and `{score}` are not: what they count is not in the unit.
    """
    if system != UCUM or not code:
        return None
    found = unit(code)
    if found is None or not found.dimension:
        return None
    return found, ".".join(f"{base}{exponent}" for base, exponent in found.dimension)


def converted(value: Decimal | int, system: str, code: str) -> tuple[Decimal, str] | None:
    """Return a value in base units with the name of its kind; None where it is not converted."""
    known = convertible(system, code)
    return (known[0].to_base(Decimal(value)), known[1]) if known else None
