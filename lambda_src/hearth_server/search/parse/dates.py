"""Values of date parameters.

https://hl7.org/fhir/R4/search.html#date
"""

from __future__ import annotations

from hearth_server.search import moments
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.prefixes import split_prefix
from hearth_server.search.parse.problems import wrong_value
from hearth_server.search.query import Bounds

APPROXIMATION = 10
"""`ap` widens a date by this part of its distance from now."""


def date_bounds(value: str, name: str, context: Context) -> tuple[Bounds[int], ...]:
    """Return the bounds that a value stands for. Raises InvalidRequest for what is no date."""
    prefix, text = split_prefix(value, name)
    found = moments.span(text)
    if found is None:
        raise wrong_value(
            name, "the date is not YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss][zone],"
            " with the + of a zone sent as %2B"
        )  # fmt: skip
    low, high = found
    match prefix:
        case "eq":
            return (Bounds(low_min=low, high_max=high),)
        case "ne":
            return Bounds(low_max=low - 1), Bounds(high_min=high + 1)
        case "gt":
            return (Bounds(high_min=high + 1),)
        case "lt":
            return (Bounds(low_max=low - 1),)
        case "ge":
            return Bounds(high_min=high + 1), Bounds(low_min=low)
        case "le":
            return Bounds(low_max=low - 1), Bounds(high_max=high)
        case "sa":
            return (Bounds(low_min=high),)
        case "eb":
            return (Bounds(high_max=low),)
        case "ap":
            slack = abs(context.now - low) // APPROXIMATION
            return (Bounds(low_max=high + slack - 1, high_min=low - slack + 1),)
