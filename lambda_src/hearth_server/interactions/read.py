"""Read: the newest version of a resource.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

from hearth_server.errors import Gone, NotFound
from hearth_server.interactions.callers import caller, key_of
from hearth_server.rest.headers import entity_tags, since
from hearth_server.rest.records import shown, version_headers
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.rest.views import viewed
from hearth_server.services import Services
from hearth_server.store.protocol import Key, Record


def read(services: Services, request: Request, target: Target) -> Response:
    """Return the newest version, or 304 where the client's copy is that version.

    Raises NotFound also for what the caller may not see, and Gone after a delete.
    """
    key = key_of(request, target)
    record = current(services, request, key)
    if _unchanged(request, record):
        return Response(304, version_headers(record))
    return viewed(request, shown(record))


def current(services: Services, request: Request, key: Key) -> Record:
    """Return the newest version of `key`. Raises NotFound and Gone as `read` does."""
    record = services.store.latest(key)
    if record is None or not services.authorizer.sees(caller(request), key):
        raise NotFound(f"There is no {key.type} with this id")
    if record.deleted:
        raise Gone(f"This {key.type} has been deleted", version=record.version)
    return record


def _unchanged(request: Request, record: Record) -> bool:
    known = entity_tags(request, "if-none-match")
    if known is not None:
        return "*" in known or str(record.version) in known
    second = since(request, "if-modified-since")
    return second is not None and record.last_updated // 1000 <= second
