"""Delete: a version that says that the resource is gone; its history stays.

https://hl7.org/fhir/R4/http.html#delete
"""

from __future__ import annotations

from hearth_server.fhir import json
from hearth_server.interactions.callers import key_of
from hearth_server.interactions.update import check_if_match
from hearth_server.interactions.writing import Plan, carry_out
from hearth_server.rest import outcome
from hearth_server.rest.headers import etag, prefer
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services
from hearth_server.store.protocol import Key, Record, Write


def delete(services: Services, request: Request, target: Target) -> Response:
    """Return 204, also for what is deleted already or never existed.

    Raises PreconditionFailed where If-Match does not name the current version.
    """
    key = key_of(request, target)
    return carry_out(services, request, lambda _: planned(request, key, services.store.latest(key)))


def planned(request: Request, key: Key, current: Record | None) -> Plan:
    """Return the plan of a delete of `current`."""
    check_if_match(request, current)
    if current is None or current.deleted:
        return Plan((), lambda _: gone(request, current))
    write = Write(key, "DELETE", None, current.version)
    return Plan([write], lambda records: gone(request, records[0]))


def gone(request: Request, tombstone: Record | None) -> Response:
    """Return the answer to a delete; `tombstone` is None for what never existed."""
    headers = {} if tombstone is None else {"ETag": etag(tombstone.version)}
    if prefer(request).returns != "OperationOutcome":
        return Response(204, headers, record=tombstone)
    text = "Deleted" if tombstone is not None else "There was nothing to delete"
    headers["Content-Type"] = FHIR_JSON
    body = json.encode(outcome.success(text))
    return Response(200, headers, body, tombstone, is_outcome=True)
