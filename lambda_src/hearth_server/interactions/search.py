"""Search: of a type, of a compartment, of everything; by GET and by POST.

https://hl7.org/fhir/R4/http.html#search
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from hearth_server.access.principal import Principal
from hearth_server.errors import Forbidden
from hearth_server.interactions.callers import caller
from hearth_server.interactions.rights import may, require_looked_at
from hearth_server.interactions.search_context import context_of
from hearth_server.interactions.search_page import Searching
from hearth_server.rest.headers import prefer
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.rest.routes import Target
from hearth_server.rest.views import view_of
from hearth_server.search.compartments import compartment
from hearth_server.search.parse.request import SearchRequest, search_request
from hearth_server.search.query import Condition
from hearth_server.services import Services

EVERY_MEMBER = "*"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is searched."""

    path: str
    """Below the base URL, as links repeat it."""
    types: tuple[str, ...] | None
    """None for all types, or those that `_type` names."""
    within: Condition | None = None
    """What the path itself asks for."""
    named: bool = True
    """Whether the request names the types: then the caller must be allowed each of them."""


def search_type(services: Services, request: Request, target: Target) -> Response:
    """Return a page of the resources of one type: GET Type?.. or POST Type/_search."""
    type = target.type or ""
    return search(services, request, Scope(type, (type,)))


def search_system(services: Services, request: Request, target: Target) -> Response:
    """Return a page of the resources of all types: GET ?.. or POST _search."""
    named = any(name == "_type" and value for name, value in request.query)
    return search(services, request, Scope("", None, named=named))


def search_compartment(services: Services, request: Request, target: Target) -> Response:
    """Return a page of a compartment: GET Patient/1/Type?.. or Patient/1/*?..

    Raises UnknownPath for a type that has no compartments, or that is never in them.
    """
    member = request.segments[2]
    every = member == EVERY_MEMBER
    type, id = target.type or "", target.id or ""
    context = context_of(services, request)
    found = compartment(type, id, None if every else member, context)
    scope = Scope(f"{type}/{id}/{member}", found.types, found.condition, named=not every)
    return search(services, request, scope)


def search(services: Services, request: Request, scope: Scope) -> Response:
    """Return a page of a search as a Bundle.

    Raises InvalidRequest and NotSupported for parameters that are wrong or not served, and
    Forbidden for types that the caller may not search.
    """
    principal = caller(request)
    context = context_of(services, request)
    view = view_of(request.query)
    lenient = prefer(request).handling == "lenient"
    asked = search_request(
        scope.types, request.query, context, lenient=lenient, within=scope.within
    )
    _limit_to_allowed(services, principal, asked, scope)
    searching = Searching(services, principal, context, scope.path, asked, view)
    return Response(200, {"Content-Type": FHIR_JSON}, searching.bundle())


def _limit_to_allowed(
    services: Services, principal: Principal, asked: SearchRequest, scope: Scope
) -> None:
    """Leave out the types that the caller may not search, where the request names none.

    Raises Forbidden for a type that it names, in a chain too, and when no type is left.
    """
    require_looked_at(services, principal, asked.query.condition)
    if scope.named:
        for type in asked.query.types:
            services.authorizer.require(principal, "search-type", type)
        return
    types = tuple(
        type for type in asked.query.types if may(services, principal, "search-type", type)
    )
    if not types:
        raise Forbidden("The caller may search no type")
    asked.query = replace(asked.query, types=types)
