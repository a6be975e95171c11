"""Update: the next version of a resource under the client's id, or under the one that a
condition finds.

https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

from hearth_server.errors import Conflict, InvalidRequest, PreconditionFailed
from hearth_server.interactions import conditions, content
from hearth_server.interactions.callers import key_of
from hearth_server.interactions.create import new_key
from hearth_server.interactions.labels import with_kept_labels
from hearth_server.interactions.writing import Plan, carry_out
from hearth_server.rest.headers import entity_tags, since
from hearth_server.rest.records import written
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services
from hearth_server.store.protocol import ABSENT, Claim, Key, Record, Resource, Write


def update(services: Services, request: Request, target: Target) -> Response:
    """Return 200 with the new version; 201 where there was none, or only a deleted one.

    Raises PreconditionFailed where If-Match does not name the current version.
    """
    resource = content.parsed(request)
    content.check_type(resource, target.type or "")
    content.check_id(resource, target.id or "")
    content.check_alone(services, request, resource)
    key = key_of(request, target)

    def plan(_: int) -> Plan:
        return planned(request, resource, key, services.store.latest(key))

    return carry_out(services, request, plan)


def conditional_update(services: Services, request: Request, target: Target) -> Response:
    """Return the answer to an update of the resource that meets the query, or of a new one.

    Raises MultipleMatches for several, InvalidRequest where the body has another id.
    """
    type = target.type or ""
    resource = content.parsed(request)
    content.check_type(resource, type)
    content.check_id_syntax(resource)
    content.check_alone(services, request, resource)
    criteria = conditions.criteria_of(request)

    def plan(lost: int) -> Plan:
        match, claim = conditions.found(services, request, type, criteria, claimed=lost > 0)
        key, current = subject(services, request, resource, match, claim)
        return planned(request, resource, key, current, claim if match is None else None)

    return carry_out(services, request, plan)


def subject(
    services: Services, request: Request, resource: Resource, match: Record | None, claim: Claim
) -> tuple[Key, Record | None]:
    """Return the key that a conditional update writes, and the version that is there now.

    Raises InvalidRequest where the body has another id than the match, Conflict where nothing
    matches and the body's id is that of a resource which would be overwritten.
    """
    type, own = resource["resourceType"], resource.get("id")
    if match is not None:
        if own in (None, match.key.id):
            return match.key, match
        raise InvalidRequest(
            "The body's id is not that of the resource which meets the condition",
            expression=f"{type}.id",
        )
    if own is None:
        return new_key(claim.tenant, type), None
    current = services.store.latest(Key(claim.tenant, type, own))
    if current is not None and not current.deleted:
        if conditions.meets(services, request, current, claim.criteria):
            return current.key, current
        raise Conflict(
            f"The {type} with the body's id does not meet the condition", expression=f"{type}.id"
        )
    return Key(claim.tenant, type, own), current


def planned(
    request: Request,
    resource: Resource,
    key: Key,
    current: Record | None,
    claim: Claim | None = None,
) -> Plan:
    """Return the plan of an update from `current`. Raises PreconditionFailed."""
    check_preconditions(request, current)
    present = current is not None and not current.deleted
    if current is not None and present:
        resource = with_kept_labels(resource, current)
    base = ABSENT if current is None else current.version
    write = Write(key, "PUT", resource, base, claim)
    return Plan([write], lambda records: written(request, records[0], 200 if present else 201))


def check_preconditions(request: Request, current: Record | None) -> None:
    """Raise PreconditionFailed where a header does not let a write through.

    If-Match must name the current version, If-None-Match must not; `*` stands for any that is
    there. Without If-Match, nothing may have changed after the second of If-Unmodified-Since.
    https://www.rfc-editor.org/rfc/rfc9110#name-preconditions
    """
    present = current is not None and not current.deleted
    wanted = entity_tags(request, "if-match")
    if wanted is not None and not (
        (current is not None and str(current.version) in wanted) or ("*" in wanted and present)
    ):
        raise PreconditionFailed(
            "If-Match does not name the current version", expression="http.if-match"
        )
    second = since(request, "if-unmodified-since") if wanted is None else None
    if second is not None and current is not None and current.last_updated // 1000 > second:
        raise PreconditionFailed(
            "The resource has changed since", expression="http.if-unmodified-since"
        )
    unwanted = entity_tags(request, "if-none-match")
    if (
        unwanted is not None
        and current is not None
        and present
        and not unwanted.isdisjoint(("*", str(current.version)))
    ):
        raise PreconditionFailed(
            "If-None-Match names the current version", expression="http.if-none-match"
        )
