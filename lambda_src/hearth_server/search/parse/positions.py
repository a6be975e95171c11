"""The value of Location's `near`: latitude|longitude|distance|unit.

https://hl7.org/fhir/R4/location.html#positional
"""

from __future__ import annotations

from hearth_server.search.fields import Field
from hearth_server.search.parse.escapes import split, unescaped
from hearth_server.search.parse.problems import wrong_value
from hearth_server.search.query import Near

METERS = {"km": 1000.0, "m": 1.0, "mi": 1609.344, "[mi_i]": 1609.344, "": 1000.0}
"""By unit; kilometers without one."""

DEFAULT_DISTANCE = "50"


def near(value: str, fields: tuple[Field, ...], name: str) -> Near:
    """Return how near to what. Raises InvalidRequest for what is no place or distance."""
    pieces = [unescaped(piece, name) for piece in split(value, "|")]
    if not 2 <= len(pieces) <= 4:
        raise wrong_value(name, "it is latitude|longitude|distance|unit")
    latitude, longitude, distance, unit = (pieces + [""] * 4)[:4]
    try:
        degrees = float(latitude), float(longitude)
        meters = float(distance or DEFAULT_DISTANCE) * METERS[unit]
    except (ValueError, KeyError):
        raise wrong_value(
            name,
            f"the numbers cannot be read, or the unit is not {', '.join(filter(None, METERS))}",
        ) from None
    if not (abs(degrees[0]) <= 90 and abs(degrees[1]) <= 180 and 0 <= meters < float("inf")):
        raise wrong_value(name, "the place is not on the earth, or the distance is below 0")
    return Near(fields, *degrees, meters)
