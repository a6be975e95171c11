"""History: the versions of a resource, of a type, or of all, deletes included.

https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import msgspec

from hearth_server.errors import NotFound
from hearth_server.fhir import json
from hearth_server.fhir.dates import instant
from hearth_server.fhir.definitions import resource_types
from hearth_server.interactions.callers import caller, key_of
from hearth_server.interactions.history_page import Asked, asked_of
from hearth_server.interactions.history_time import page_at
from hearth_server.interactions.rights import may
from hearth_server.rest.headers import etag
from hearth_server.rest.limits import ANSWER_LIMIT, fits
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.rest.routes import Target
from hearth_server.rest.views import View
from hearth_server.services import Services
from hearth_server.store.protocol import HistoryPage, Record, Scope

_STATUS = {"DELETE": HTTPStatus.NO_CONTENT, "POST": HTTPStatus.CREATED}


def history(services: Services, request: Request, target: Target) -> Response:
    """Return a page of versions; `meta.lastUpdated` is where a client that polls goes on.

    Raises NotFound for the history of a resource that never existed.
    """
    tenant = caller(request).tenant
    asked = asked_of(request.query, Scope(tenant, target.type, target.id))
    if target.type is None:
        asked = replace(asked, types=_granted(services, request))
    room = ANSWER_LIMIT
    while True:
        page = _page(services, request, replace(asked, max_bytes=room))
        body = json.encode(_bundle(request, asked, page))
        if fits(body) or len(page.records) <= 1:
            break
        # Bodies grow on their way through Lambda; a page ends where they no longer fit.
        room //= 2
    if not page.records and target.id and not asked.after:
        _check_existed(services, request, target)
    return Response(200, {"Content-Type": FHIR_JSON}, body)


def _page(services: Services, request: Request, asked: Asked) -> HistoryPage:
    """Return the page with those versions only that the caller may see."""
    if asked.at is None:
        page = services.store.history(asked.query())
    else:
        page = page_at(services, asked, asked.at)
    records = _visible(services, request, page.records)
    total = page.total if len(records) == len(page.records) else None
    horizon = page.horizon if asked.horizon is None else asked.horizon
    return HistoryPage(records, page.next, horizon, total)


def _granted(services: Services, request: Request) -> frozenset[str]:
    """Return the types that a history of all types shows the caller.

    The store leaves the others out: to pass them over here would tell how many there are, and in
    the link to the next page which one was the last.
    """
    principal = caller(request)
    return frozenset(
        type for type in resource_types() if may(services, principal, "history-system", type)
    )


def _visible(services: Services, request: Request, records: Sequence[Record]) -> list[Record]:
    """Return what the caller may see."""
    principal = caller(request)
    return [each for each in records if services.authorizer.sees(principal, each.key)]


def _check_existed(services: Services, request: Request, target: Target) -> None:
    if services.store.latest(key_of(request, target)) is None:
        raise NotFound(f"There is no {target.type} with this id")


def _bundle(request: Request, asked: Asked, page: HistoryPage) -> dict[str, Any]:
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "meta": {"lastUpdated": instant(page.horizon)},
        "type": "history",
    }
    if page.total is not None:
        bundle["total"] = page.total
    bundle["link"] = list(_links(request, asked, page))
    entries = [_entry(request, record, asked.view) for record in page.records]
    return {**bundle, "entry": entries} if entries else bundle


def _links(request: Request, asked: Asked, page: HistoryPage) -> Iterator[dict[str, str]]:
    path = "/".join((request.base_url, *request.segments))
    yield {"relation": "self", "url": f"{path}?{asked.text(asked.after, page.horizon)}"}
    if page.next is not None:
        yield {"relation": "next", "url": f"{path}?{asked.text(page.next, page.horizon)}"}


def _entry(request: Request, record: Record, view: View | None) -> dict[str, Any]:
    key = record.key
    method = "PUT" if record.method == "PATCH" else record.method
    entry: dict[str, Any] = {"fullUrl": f"{request.base_url}/{key.type}/{key.id}"}
    if not record.deleted:
        body = record.body
        entry["resource"] = view.part(json.stored(body)) if view else msgspec.Raw(body)
    entry["request"] = {
        "method": method,
        "url": key.type if method == "POST" else f"{key.type}/{key.id}",
    }
    status = _STATUS.get(method, HTTPStatus.CREATED if record.version == 1 else HTTPStatus.OK)
    entry["response"] = {
        "status": f"{status.value} {status.phrase}",
        "etag": etag(record.version),
        "lastModified": instant(record.last_updated),
    }
    return entry
