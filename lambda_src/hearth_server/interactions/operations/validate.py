"""`$validate`: what a write of a resource would be told, without the write.

https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth_server.errors import InvalidRequest, Issue
from hearth_server.fhir import json
from hearth_server.interactions import content
from hearth_server.interactions.callers import key_of
from hearth_server.interactions.operations import parameters
from hearth_server.interactions.read import current
from hearth_server.rest import outcome
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services

MODES = frozenset({"create", "update", "delete", "profile"})

_GIVEN = {"resource": "resource", "mode": "valueCode", "profile": "valueUri"}
_VALID = Issue("information", "informational", "The resource is valid")
_DELETABLE = Issue("information", "informational", "The resource can be deleted")


def validate(services: Services, request: Request, target: Target) -> Response:
    """Return 200 with every issue of the resource, whether it is valid or not.

    Raises InvalidRequest for what is no question, NotFound and Gone for the mode `delete`.
    """
    given = _given(request)
    mode, profile = given.get("mode"), given.get("profile")
    if mode is not None and mode not in MODES:
        raise InvalidRequest(f"mode is one of {', '.join(sorted(MODES))}", code="value")
    if mode == "delete" and target.id is not None:
        current(services, request, key_of(request, target))
        return _told([_DELETABLE])
    resource = content.as_resource(given.get("resource"))
    content.check_type(resource, target.type or "")
    if target.id is not None or mode == "update":
        content.check_id(resource, target.id or resource.get("id", ""))
    profiles = [profile] if isinstance(profile, str) else []
    return _told(services.validator.validate(resource, profiles=profiles) or [_VALID])


def _given(request: Request) -> Mapping[str, Any]:
    """Return resource, mode and profile, from Parameters or from the body and the query."""
    asked = dict(request.query)
    given: dict[str, Any] = {name: asked[name] for name in ("mode", "profile") if name in asked}
    body = content.parsed(request) if request.body or request.resource else None
    if body is not None and body["resourceType"] == "Parameters":
        return {**given, **parameters.read(body, _GIVEN)}
    return {**given, "resource": body}


def _told(issues: list[Issue]) -> Response:
    body = json.encode(outcome.operation_outcome(issues))
    return Response(200, {"Content-Type": FHIR_JSON}, body)
