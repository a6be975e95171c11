"""`$validate`: what a write of a resource would be told, without the write.

https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hearth_server.errors import InvalidRequest, Issue
from hearth_server.fhir import json
from hearth_server.interactions import content
from hearth_server.interactions.callers import caller, key_of
from hearth_server.interactions.operations import parameters
from hearth_server.interactions.read import current
from hearth_server.rest import outcome
from hearth_server.rest.places import places
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services

MODES = frozenset({"create", "update", "delete", "profile"})
WRITES = frozenset({"create", "update", "delete"})
OF_AN_INSTANCE = frozenset({"update", "delete", "profile"})
"""The modes that ask about a resource that the path names."""

_GIVEN = {"resource": "resource", "mode": "valueCode", "profile": "valueUri"}
_VALID = Issue("information", "informational", "The resource is valid")
_DELETABLE = Issue("information", "informational", "The resource can be deleted")


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be validated, and for what."""

    resource: Any = None
    """None where the stored resource is asked about."""
    mode: str | None = None
    profile: str | None = None
    within: str = ""
    """The path of the resource in the body, where it is not the whole."""


def validate(services: Services, request: Request, target: Target) -> Response:
    """Return 200 with every issue of the resource, whether it is valid or not.

    Raises InvalidRequest for what is no question, Forbidden for a mode that is a write which the
    caller may not do, NotFound and Gone for a stored resource that is asked about and not there.
    """
    asked = _question(request)
    _check(asked, target)
    if asked.mode in WRITES:
        services.authorizer.require(caller(request), asked.mode, target.type)
    if asked.mode == "delete":
        current(services, request, key_of(request, target))
        return _told([_DELETABLE])
    profiles = [asked.profile] if asked.profile else []
    if asked.resource is None:
        stored = json.stored(current(services, request, key_of(request, target)).body)
        return _told(services.validator.validate(stored, profiles=profiles))
    resource = content.as_resource(asked.resource)
    content.check_type(resource, target.type or "")
    if target.id is not None:
        content.check_id(resource, target.id)
    issues = services.validator.validate(resource, profiles=profiles)
    return _told(places(request).of(issues, asked.within))


def _check(asked: Question, target: Target) -> None:
    """Raise InvalidRequest for a mode that there is not, or that does not fit what is given."""
    mode = asked.mode
    if mode is not None and mode not in MODES:
        raise InvalidRequest(f"mode is one of {', '.join(sorted(MODES))}", code="value")
    if mode in OF_AN_INSTANCE and target.id is None:
        raise InvalidRequest(f"The mode {mode} is about a resource that the path names")
    if mode == "profile" and (asked.resource is not None or asked.profile is None):
        raise InvalidRequest("The mode profile takes a profile and no resource: it judges what is")
    if asked.resource is None and (target.id is None or mode in ("create", "update")):
        raise InvalidRequest("A resource belongs in the body", code="required")


def _question(request: Request) -> Question:
    """Return what is asked, by Parameters or by the body and the query."""
    named = dict(request.query)
    body = content.parsed(request) if request.body or request.resource else None
    if body is None or body["resourceType"] != "Parameters":
        return Question(body, named.get("mode"), named.get("profile"))
    given = parameters.read(body, _GIVEN)
    index = next(
        (n for n, each in enumerate(body.get("parameter", ())) if each["name"] == "resource"), 0
    )
    return Question(
        given.get("resource"),
        given.get("mode", named.get("mode")),
        given.get("profile", named.get("profile")),
        f"Parameters.parameter[{index}].resource",
    )


def _told(issues: list[Issue]) -> Response:
    body = json.encode(outcome.operation_outcome(issues or [_VALID]))
    return Response(200, {"Content-Type": FHIR_JSON}, body)
