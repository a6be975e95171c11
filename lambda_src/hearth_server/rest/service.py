"""From request to response: route, negotiate, authorize, perform, dress the answer.

Everything that a caller can do wrong ends here as an OperationOutcome.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import structs

from hearth_server import deadline
from hearth_server.errors import (
    HearthError,
    InvalidRequest,
    NotSupported,
    RequestError,
    Unauthenticated,
)
from hearth_server.interactions import idempotency
from hearth_server.rest import form, limits, negotiation, outcome, routes
from hearth_server.rest.places import places
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.rest.routes import Target
from hearth_server.rest.views import check_view, viewed
from hearth_server.services import Services

_CORS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Location, ETag, Last-Modified, Location,"
    " Retry-After, WWW-Authenticate, X-Correlation-Id, X-Request-Id",
}
_PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, Idempotency-Key,"
    " If-Match, If-Modified-Since, If-None-Exist, If-None-Match, If-Unmodified-Since, Prefer,"
    " X-Api-Key, X-Correlation-Id, X-Request-Id",
    "Access-Control-Max-Age": "600",
}

_CACHED: Mapping[str, str] = {"Cache-Control": "no-store"}
"""Of every answer that does not say otherwise. Without it a browser may keep what is about a
patient, and show it long after it has changed: it has a Last-Modified to guess a lifetime from.
https://www.rfc-editor.org/rfc/rfc9111#name-calculating-heuristic-fresh"""

_LONGEST_ECHO = 256

_NO_PARAMETERS: Mapping[str, str] = {"resourceType": "Parameters"}
"""What a POST in a bundle carries where it has nothing to say beside its URL."""


def answer(services: Services, request: Request) -> tuple[Response, str]:
    """Return the response to a request, and FHIR's code of the interaction for the log.

    Raises nothing that is in `errors`: those become OperationOutcomes.
    """
    if request.method == "OPTIONS":
        return _dressed(request, Response(204, _PREFLIGHT)), "options"
    interaction = "unknown"
    try:
        target = routes.find(request.method, request.segments)
        interaction = target.route.interaction
        if target.route.body == "form" and request.body:
            request = form.with_form(request)
        media_type = negotiation.answer_format(request)
        with deadline.until(request.deadline):
            response = perform(services, request, target)
        response = _formatted(request, response, media_type)
    except HearthError as error:
        return refused(request, error), interaction
    return _dressed(request, response), interaction


def refused(request: Request, error: HearthError) -> Response:
    """Return the OperationOutcome of an error, with lines of the body that it is about."""
    if request.body and isinstance(error, RequestError):
        error.issues = tuple(places(request).of(error.issues))
    return _dressed(request, outcome.error_response(error))


def failed(request: Request) -> Response:
    """Return the answer to a request at which the server itself failed."""
    return _dressed(request, outcome.internal_error())


def perform(services: Services, request: Request, target: Target) -> Response:
    """Return what the target's function answers, if the caller may ask. Raises HearthError."""
    admit(services, request, target)
    route = target.route
    function = routes.function_of(route)
    if route.keeps_answer:
        response = idempotency.perform_once(
            services, request, lambda keyed: function(services, keyed, target)
        )
    else:
        response = function(services, request, target)
    return viewed(request, response) if route.interaction in routes.STORING else response


def admit(services: Services, request: Request, target: Target) -> None:
    """Raise what is wrong with a request before its body is looked at: who asks, and for what."""
    route = target.route
    if route.interaction not in routes.OPEN:
        if request.principal is None:
            raise Unauthenticated("The request carries no token that names a caller")
        if route.interaction not in routes.JUDGED_BY_CONTENT:
            services.authorizer.require(request.principal, route.interaction, target.type)
    if route.needs_search and services.settings.search_engine == "none":
        raise NotSupported("This stage has no search engine")
    if route.body is not None and request.resource is None:
        negotiation.check_body_format(request, route.body)
    if route.body == "form" and request.resource not in (None, _NO_PARAMETERS):
        raise NotSupported(
            "A search in a bundle has all its parameters in the URL",
            expression=request.resource["resourceType"],
        )
    if request.query and route.parameters is not None:
        _check_parameters(request, route.parameters)
    if request.query and route.interaction in routes.STORING:
        check_view(request.query, target.type or "")


def _check_parameters(request: Request, known: frozenset[str]) -> None:
    for name, _ in request.query:
        if name not in known and name not in routes.GENERAL:
            raise InvalidRequest(
                "There is no such parameter on this path",
                code="not-supported",
                expression=f"http.{name[:64]}",
            )


def _formatted(request: Request, response: Response, media_type: str) -> Response:
    headers, body = response.headers, response.body
    if media_type != FHIR_JSON and headers.get("Content-Type") == FHIR_JSON:
        headers = {**headers, "Content-Type": media_type}
    if request.query and body and _pretty(request):
        pretty = msgspec.json.format(body, indent=2)
        body = pretty if limits.fits(pretty) else body
    return structs.replace(response, headers=headers, body=body)


def _pretty(request: Request) -> bool:
    wished = [value for name, value in request.query if name == "_pretty"]
    if not wished:
        return False
    if len(wished) > 1 or wished[0] not in ("true", "false"):
        raise InvalidRequest("_pretty is either true or false", expression="http._pretty")
    return wished[0] == "true"


def _dressed(request: Request, response: Response) -> Response:
    """Return the response with the headers that every answer has; HEAD loses its body."""
    sent = request.headers.get("x-request-id", "")
    headers = {**_CACHED, **response.headers, **_CORS, "X-Request-Id": request.request_id}
    if sent != request.request_id and 0 < len(sent) <= _LONGEST_ECHO and sent.isascii():
        headers["X-Correlation-Id"] = sent
    body = b"" if request.method == "HEAD" else response.body
    return Response(response.status, headers, body, response.record)
