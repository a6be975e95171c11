"""Patch: the next version of a resource, made from the one that is stored.

https://hl7.org/fhir/R4/http.html#patch
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hearth_server.errors import Gone, InvalidRequest, NotFound, Unprocessable
from hearth_server.fhir import json
from hearth_server.fhir.patch import fhirpath_patch, json_patch
from hearth_server.interactions import conditions, content
from hearth_server.interactions.callers import key_of
from hearth_server.interactions.links import check_unconditional
from hearth_server.interactions.update import check_preconditions
from hearth_server.interactions.writing import Plan, carry_out
from hearth_server.rest.limits import REQUEST_LIMIT, SURELY_FITS
from hearth_server.rest.negotiation import JSON_PATCH
from hearth_server.rest.records import written
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services
from hearth_server.store.protocol import Key, Record, Write

Patch = Callable[[dict[str, Any]], Any]
"""Returns the patched resource; the one that it is given stays as it was."""

_OWN_WORDS = "additional"
"""The status of a narrative that says more than the data does."""


def patch(services: Services, request: Request, target: Target) -> Response:
    """Return 200 with the patched resource.

    Raises NotFound and Gone where there is nothing to patch, PreconditionFailed where If-Match
    does not name the current version, and what is wrong with the patch or its result.
    """
    change = patch_of(request)
    key = key_of(request, target)

    def plan(_: int) -> Plan:
        return planned(services, request, key, services.store.latest(key), change)

    return carry_out(services, request, plan)


def conditional_patch(services: Services, request: Request, target: Target) -> Response:
    """Return the answer to a patch of the one resource that meets the query.

    Raises NotFound for none and MultipleMatches for several.
    """
    change = patch_of(request)

    def plan(_: int) -> Plan:
        match = only_match(services, request, target)
        return planned(services, request, match.key, match, change)

    return carry_out(services, request, plan)


def only_match(services: Services, request: Request, target: Target) -> Record:
    """Return the one resource that meets the query. Raises NotFound, MultipleMatches."""
    criteria = conditions.criteria_of(request)
    match = conditions.only_match(services, request, target.type or "", criteria)
    if match is None:
        raise NotFound(f"No {target.type} meets the condition")
    return match


def patch_of(request: Request) -> Patch:
    """Return the patch in the body: JSON Patch by its media type, else FHIRPath Patch.

    Raises Malformed and TooLarge.
    """
    if request.resource is not None:
        return lambda resource: fhirpath_patch.apply(request.resource, resource)
    body = json.parse(request.body, limit=REQUEST_LIMIT)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON_PATCH:
        return lambda resource: json_patch.apply(body, resource)
    return lambda resource: fhirpath_patch.apply(body, resource)


def planned(
    services: Services, request: Request, key: Key, current: Record | None, change: Patch
) -> Plan:
    """Return the plan of a patch of `current`. Raises what `patch` does."""
    if current is None:
        raise NotFound(f"There is no {key.type} with this id")
    if current.deleted:
        raise Gone(f"This {key.type} has been deleted", version=current.version)
    check_preconditions(request, current)
    before = json.stored(current.body)
    after = change(before)
    _check_immutable(before, after)
    _keep_narrative_safe(before, after)
    content.check_valid(services, after)
    check_unconditional(request.body, after)
    if len(current.body) + len(request.body) > SURELY_FITS:
        content.check_fits(json.encode(after))
    write = Write(key, "PATCH", after, current.version)
    return Plan([write], lambda records: written(request, records[0], 200))


def _check_immutable(before: dict[str, Any], after: Any) -> None:
    """Raise InvalidRequest for a patch of what only the server may set."""
    type = before["resourceType"]
    if not isinstance(after, dict):
        raise InvalidRequest("The patch leaves no resource")
    for name in ("resourceType", "id"):
        if after.get(name) != before[name]:
            raise InvalidRequest(f"A patch cannot change {name}", expression=f"{type}.{name}")
    content.as_resource(after)
    meta = after.get("meta", {})
    if meta.get("versionId", before["meta"]["versionId"]) != before["meta"]["versionId"]:
        raise InvalidRequest(
            "A patch cannot change meta.versionId", expression=f"{type}.meta.versionId"
        )


def _keep_narrative_safe(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Take off a narrative that was generated from data which the patch has changed.

    Raises Unprocessable for one that holds more than the data: only its author can mend it.
    """
    text = after.get("text")
    if text is None or text != before.get("text") or _same_data(before, after):
        return
    if isinstance(text, dict) and text.get("status") == _OWN_WORDS:
        raise Unprocessable(
            "The narrative has words of its own; the patch must bring them up to date",
            expression=f"{before['resourceType']}.text",
        )
    del after["text"]


def _same_data(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return {**before, "meta": None} == {**after, "meta": None}
