"""Vread: one version of a resource.

https://hl7.org/fhir/R4/http.html#vread
"""

from __future__ import annotations

from hearth_server.errors import Gone, NotFound
from hearth_server.interactions.callers import caller, key_of
from hearth_server.rest.records import shown
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.rest.views import viewed
from hearth_server.services import Services
from hearth_server.store.limits import version_number
from hearth_server.store.protocol import Record


def vread(services: Services, request: Request, target: Target) -> Response:
    """Return the version that the path names. Raises NotFound and Gone as `version_of` does."""
    return viewed(request, shown(version_of(services, request, target)))


def version_of(services: Services, request: Request, target: Target) -> Record:
    """Return the version that the path names.

    Raises NotFound for one that was never committed, and Gone for the version of a delete.
    """
    key = key_of(request, target)
    number = version_number(target.version or "")
    record = services.store.version(key, number) if number else None
    if record is None or not services.authorizer.sees(caller(request), key):
        raise NotFound(f"There is no such version of a {key.type} with this id")
    if record.deleted:
        raise Gone(f"This version of the {key.type} is its deletion", version=record.version)
    return record
