"""`$expunge`: every version of a resource gone for good, where a stage allows it.

Void stubs stay in their place, so that no version number is ever used again.
"""

from __future__ import annotations

from msgspec import structs

from hearth_server.errors import NotFound, NotSupported
from hearth_server.interactions import delete
from hearth_server.interactions.callers import caller, key_of
from hearth_server.interactions.operations import parameters
from hearth_server.interactions.writing import carry_out
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services


def expunge(services: Services, request: Request, target: Target) -> Response:
    """Return how many versions were removed. Raises NotSupported, NotFound.

    The resource is deleted first, and only once the index has forgotten it is anything removed:
    afterwards nobody could tell the index any more. Who writes it anew meanwhile is not affected.
    """
    if not services.settings.expunge:
        raise NotSupported("$expunge is switched off on this stage")
    key = key_of(request, target)
    if services.store.latest(key) is None or not services.authorizer.sees(caller(request), key):
        raise NotFound(f"There is no {key.type} with this id")
    deleted = carry_out(
        services, request, lambda _: delete.planned(request, key, services.store.latest(key))
    )
    if deleted.record is None:
        raise NotFound(f"There is no {key.type} with this id")
    services.search.index([deleted.record])
    count = services.store.expunge(
        key, caller(request).subject, request.request_id, through=deleted.record.version
    )
    # By this record the log names what was expunged, beside what the store has noted.
    return structs.replace(
        parameters.returned("count", "valueInteger", count), record=deleted.record
    )
