"""Delete: a version that says that the resource is gone; its history stays.

https://hl7.org/fhir/R4/http.html#delete
"""

from __future__ import annotations

from collections.abc import Sequence

from hearth_server.errors import MultipleMatches
from hearth_server.fhir import json
from hearth_server.interactions import conditions
from hearth_server.interactions.callers import key_of
from hearth_server.interactions.update import check_preconditions
from hearth_server.interactions.writing import Plan, carry_out
from hearth_server.rest import outcome
from hearth_server.rest.headers import etag, prefer
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services
from hearth_server.store.protocol import Key, Record, Write

MOST_AT_ONCE = 1000
"""How many resources a conditional delete takes at most."""


def delete(services: Services, request: Request, target: Target) -> Response:
    """Return 204, also for what is deleted already or never existed.

    Raises PreconditionFailed where If-Match does not name the current version.
    """
    key = key_of(request, target)
    return carry_out(services, request, lambda _: planned(request, key, services.store.latest(key)))


def conditional_delete(services: Services, request: Request, target: Target) -> Response:
    """Return 204 once what meets the query is deleted, also where nothing does.

    Raises MultipleMatches for several, unless the stage lets all of them go; InvalidRequest for
    a query that is empty or holds an unknown parameter: ignoring one would widen the delete.
    """
    type, criteria = target.type or "", conditions.criteria_of(request)

    def plan(_: int) -> Plan:
        return planned_for_all(request, matches(services, request, type, criteria))

    return carry_out(services, request, plan)


def matches(services: Services, request: Request, type: str, criteria: str) -> list[Record]:
    """Return what a conditional delete takes. Raises as `conditional_delete` does."""
    if services.settings.conditional_delete == "single":
        match = conditions.only_match(services, request, type, criteria)
        return [] if match is None else [match]
    records = conditions.matching(services, request, type, criteria, limit=MOST_AT_ONCE + 1)
    if len(records) > MOST_AT_ONCE:
        raise MultipleMatches(
            f"More than {MOST_AT_ONCE} {type} resources meet the condition", code="too-costly"
        )
    return records


def planned_for_all(request: Request, records: Sequence[Record]) -> Plan:
    """Return the plan of a delete of all of `records`. Raises PreconditionFailed."""
    if len(records) == 1:
        return planned(request, records[0].key, records[0])
    for record in records or (None,):
        check_preconditions(request, record)
    writes = [Write(record.key, "DELETE", None, record.version) for record in records]
    return Plan(writes, lambda gone_now: gone(request, None, len(gone_now)))


def planned(request: Request, key: Key, current: Record | None) -> Plan:
    """Return the plan of a delete of `current`."""
    check_preconditions(request, current)
    if current is None or current.deleted:
        return Plan((), lambda _: gone(request, current, 0))
    write = Write(key, "DELETE", None, current.version)
    return Plan([write], lambda records: gone(request, records[0]))


def gone(request: Request, tombstone: Record | None, count: int = 1) -> Response:
    """Return the answer to a delete; without a `tombstone`, of `count` resources."""
    headers = {} if tombstone is None else {"ETag": etag(tombstone.version)}
    if prefer(request).returns != "OperationOutcome":
        return Response(204, headers, record=tombstone)
    headers["Content-Type"] = FHIR_JSON
    body = json.encode(outcome.success(f"{count} deleted" if count else "Nothing to delete"))
    return Response(200, headers, body, tombstone, is_outcome=True)
