"""The function behind the API: one API Gateway event in, one answer out."""

from __future__ import annotations

import time
from typing import Any

from hearth_server.errors import HearthError
from hearth_server.functions import gateway, log, wiring
from hearth_server.functions.gateway import Event
from hearth_server.rest import service
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.services import Services


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Return the answer to a request. Never raises: a fault of ours is a 500 without details."""
    started = time.perf_counter()
    interaction = "unknown"
    request = Request(method="", segments=(), request_id=gateway.own_request_id(event))
    try:
        services = wiring.services()
        milliseconds = context.get_remaining_time_in_millis()
        request = gateway.request_from(event, services.settings.base_urls, milliseconds)
        response, interaction = _answer(services, request, event)
        answer = gateway.event_from(response)
    except Exception as error:  # noqa: BLE001 - the end of the process
        log.fault("fault", error, request=request.request_id)
        response = service.failed(request)
        answer = gateway.event_from(response)
    log.line(
        "request",
        interaction=interaction,
        status=response.status,
        ms=round((time.perf_counter() - started) * 1000, 2),
        request=request.request_id,
        caller=request.principal and request.principal.subject,
        **_erased(interaction, response),
    )
    return answer


def _answer(services: Services, request: Request, event: Event) -> tuple[Response, str]:
    try:
        return service.answer(services, gateway.with_body(request, event))
    except HearthError as error:
        return service.refused(request, error), "unknown"


def _erased(interaction: str, response: Response) -> dict[str, str]:
    """Return what an `$expunge` has erased: of that alone the log names the resource."""
    if interaction != "$expunge" or response.record is None:
        return {}
    key = response.record.key
    return {"erased": f"{key.type}/{key.id}"}
