"""The criteria of conditional requests: a search in which nothing may be ignored.

https://hl7.org/fhir/R4/http.html#cond-update
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from hearth_server.errors import InvalidRequest
from hearth_server.search.parse.conditions import condition
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.cost import check_cost
from hearth_server.search.parse.problems import place, shown
from hearth_server.search.parse.results import RESULT_PARAMETERS
from hearth_server.search.query import And, Query

MAXIMUM_PARAMETERS = 100


def criteria_query(type: str, criteria: str, context: Context) -> Query:
    """Return the search that criteria ask for.

    Raises InvalidRequest for criteria that are empty, or that hold anything but conditions.
    """
    try:
        pairs = parse_qsl(
            criteria, keep_blank_values=True, errors="strict", max_num_fields=MAXIMUM_PARAMETERS
        )
    except ValueError:
        raise InvalidRequest(
            f"The criteria are not UTF-8, or more than {MAXIMUM_PARAMETERS}"
        ) from None
    conditions = []
    for name, value in pairs:
        if name in RESULT_PARAMETERS:
            raise InvalidRequest(
                f"{shown(name)} is no condition, so criteria cannot have it", expression=place(name)
            )
        found = condition((type,), name, value, context)
        if found is None:
            raise InvalidRequest(f"{shown(name)} has no value", expression=place(name))
        conditions.append(found)
    if not conditions:
        raise InvalidRequest("The criteria are empty: they would fit every resource")
    check_cost(conditions)
    return Query((type,), And(tuple(conditions)))
