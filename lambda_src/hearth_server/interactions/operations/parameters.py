"""Parameters: what an operation is given, and what it gives back.

https://hl7.org/fhir/R4/parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth_server.errors import InvalidRequest
from hearth_server.fhir import json
from hearth_server.rest.response import FHIR_JSON, Response

_TEXTS = frozenset({"valueCode", "valueUri"})
_MEMBERS = frozenset({"resourceType", "id", "meta", "parameter"})


def read(body: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """Return the value of each parameter by its name.

    `known` has, by name, the member that holds the value: `valueMeta`, `resource`. Raises
    InvalidRequest for anything else, and for a parameter that stands twice.
    """
    if body.get("resourceType") != "Parameters" or not _MEMBERS.issuperset(body):
        raise InvalidRequest("The body is not Parameters", expression="resourceType")
    values: dict[str, Any] = {}
    listed = body.get("parameter", [])
    for index, each in enumerate(listed if isinstance(listed, list) else [listed]):
        name = each.get("name") if isinstance(each, dict) else None
        place = f"Parameters.parameter[{index}]"
        if not isinstance(name, str) or name not in known or name in values:
            raise InvalidRequest(
                f"The parameter is not one of {', '.join(known)}, each once", expression=place
            )
        if set(each) != {"name", known[name]}:
            raise InvalidRequest(f"{name} has no {known[name]}", expression=place)
        values[name] = each[known[name]]
        if known[name] in _TEXTS and not isinstance(values[name], str):
            raise InvalidRequest(f"{name} is not a string", expression=f"{place}.value")
    return values


def returned(name: str, member: str, value: Any) -> Response:
    """Return an answer with one parameter."""
    said = {"resourceType": "Parameters", "parameter": [{"name": name, member: value}]}
    return Response(200, {"Content-Type": FHIR_JSON}, json.encode(said))
