"""The one table of what is served: method, path, FHIR's code of the interaction, its function.

https://hl7.org/fhir/R4/http.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from hearth_server.errors import InvalidRequest, MethodNotAllowed, UnknownPath
from hearth_server.fhir import definitions
from hearth_server.rest.negotiation import Body
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.services import Services

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
"""What an id or a version id may look like."""


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that is served."""

    method: str
    path: str
    """`{type}`, `{id}`, `{version}` and `{member}` (of a compartment: a type, or `*`) stand for
    what they name."""
    interaction: str
    """FHIR's code of it, which a role must grant; operations with their `$`."""
    function: str
    """`module:name` below `hearth_server`, imported at its first request."""
    body: Body | None = None
    keeps_answer: bool = False
    """Whether an Idempotency-Key is honoured."""
    parameters: frozenset[str] | None = frozenset()
    """The parameters understood beside GENERAL; None where the function judges them."""

    @property
    def needs_search(self) -> bool:
        """Whether it is served only where there is a search engine."""
        conditional = self.path == "{type}" and self.method in ("PUT", "PATCH", "DELETE")
        return conditional or self.interaction in ("search-type", "search-system")


GENERAL = frozenset({"_format", "_pretty"})
"""Parameters that every route understands."""

_VIEW = frozenset({"_summary", "_elements"})

ROUTES: tuple[Route, ...] = (
    Route("GET", "metadata", "capabilities", "rest.capability:capabilities",
          parameters=_VIEW | {"mode"}),
    Route("GET", "{type}/{id}", "read", "interactions.read:read", parameters=_VIEW),
    Route("GET", "{type}/{id}/_history/{version}", "vread", "interactions.vread:vread",
          parameters=_VIEW),
    Route("GET", "{type}/{id}/_history", "history-instance", "interactions.history:history",
          parameters=None),
    Route("GET", "{type}/_history", "history-type", "interactions.history:history",
          parameters=None),
    Route("GET", "_history", "history-system", "interactions.history:history", parameters=None),
    Route("POST", "{type}", "create", "interactions.create:create", "resource", True,
          parameters=_VIEW),
    Route("PUT", "{type}", "update", "interactions.update:conditional_update", "resource",
          parameters=None),
    Route("PUT", "{type}/{id}", "update", "interactions.update:update", "resource",
          parameters=_VIEW),
    Route("PATCH", "{type}", "patch", "interactions.patch:conditional_patch", "patch",
          parameters=None),
    Route("PATCH", "{type}/{id}", "patch", "interactions.patch:patch", "patch", parameters=_VIEW),
    Route("DELETE", "{type}", "delete", "interactions.delete:conditional_delete",
          parameters=None),
    Route("DELETE", "{type}/{id}", "delete", "interactions.delete:delete"),
    Route("POST", "", "transaction", "interactions.bundle:bundle", "resource"),
    Route("GET", "{type}", "search-type", "interactions.search:search_type", parameters=None),
    Route("POST", "{type}/_search", "search-type", "interactions.search:search_type", "form",
          parameters=None),
    Route("GET", "{type}/{id}/{member}", "search-type",
          "interactions.search:search_compartment", parameters=None),
    Route("POST", "{type}/{id}/{member}/_search", "search-type",
          "interactions.search:search_compartment", "form", parameters=None),
    Route("GET", "", "search-system", "interactions.search:search_system", parameters=None),
    Route("POST", "_search", "search-system", "interactions.search:search_system", "form",
          parameters=None),
    Route("GET", "{type}/{id}/$meta", "$meta", "interactions.operations.meta:meta"),
    Route("POST", "{type}/{id}/$meta", "$meta", "interactions.operations.meta:meta", "resource"),
    Route("GET", "{type}/{id}/_history/{version}/$meta", "$meta",
          "interactions.operations.meta:meta"),
    Route("POST", "{type}/{id}/_history/{version}/$meta", "$meta",
          "interactions.operations.meta:meta", "resource"),
    Route("POST", "{type}/{id}/$meta-add", "$meta-add",
          "interactions.operations.meta:meta_add", "resource", True),
    Route("POST", "{type}/{id}/$meta-delete", "$meta-delete",
          "interactions.operations.meta:meta_delete", "resource", True),
    Route("POST", "{type}/$validate", "$validate",
          "interactions.operations.validate:validate", "resource",
          parameters=frozenset({"mode", "profile"})),
    Route("POST", "{type}/{id}/$validate", "$validate",
          "interactions.operations.validate:validate", "resource",
          parameters=frozenset({"mode", "profile"})),
    Route("GET", "{type}/{id}/$validate", "$validate",
          "interactions.operations.validate:validate",
          parameters=frozenset({"mode", "profile"})),
    Route("POST", "{type}/{id}/$expunge", "$expunge",
          "interactions.operations.expunge:expunge", "resource"),
)  # fmt: skip

OPEN = frozenset({"capabilities"})
"""Interactions that need no caller."""

STORING = frozenset({"create", "update", "patch"})
"""Interactions whose answer may show the resource that they have stored, or a part of it."""

JUDGED_BY_CONTENT = frozenset({"transaction"})
"""Interactions whose function asks for the right: the path alone does not tell which."""

Function = Callable[[Services, Request, "Target"], Response]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: its route, and what the path named."""

    route: Route
    type: str | None = None
    id: str | None = None
    version: str | None = None


def find(method: str, segments: tuple[str, ...]) -> Target:
    """Return where a request goes; HEAD goes where GET does.

    Raises UnknownPath, MethodNotAllowed, and InvalidRequest for an illegal id.
    """
    shape, names = _shape(segments)
    methods = _table().get(shape)
    if methods is None:
        raise UnknownPath(_unknown(segments))
    route = methods.get("GET" if method == "HEAD" else method)
    if route is None:
        raise MethodNotAllowed(
            f"{method} is not served on this path", allowed=sorted(_allowed(methods))
        )
    return Target(route, **names)


def function_of(route: Route) -> Function:
    """Return the function that serves a route."""
    return _load(route.function)


def _shape(segments: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Return the path as the table writes it, and what its variables stand for.

    Ids hold neither `_` nor `$`, so below a type a word that starts with one is FHIR's own.
    Raises UnknownPath for a word that is in no route: `{type}` stands for a type, never for itself.
    """
    if not segments:
        return "", {}
    first, *rest = segments
    names: dict[str, str] = {}
    shape = []
    if definitions.is_resource_type(first):
        names["type"] = first
        shape.append("{type}")
    else:
        shape.append(_word(first, segments))
    previous = ""
    for segment in rest:
        variable = "version" if previous == "_history" else "id"
        if len(shape) == 2 and (segment == "*" or definitions.is_resource_type(segment)):
            shape.append("{member}")
        elif segment[:1] in ("_", "$") or "type" not in names or variable in names:
            shape.append(_word(segment, segments))
        else:
            names[variable] = _checked(segment, variable)
            shape.append(f"{{{variable}}}")
        previous = segment
    return "/".join(shape), names


def _word(segment: str, segments: tuple[str, ...]) -> str:
    if segment not in _words():
        raise UnknownPath(_unknown(segments))
    return segment


def _checked(segment: str, variable: str) -> str:
    if ID.fullmatch(segment) is None:
        raise InvalidRequest(
            f"The {variable} in the path is not 1 to 64 letters, digits, hyphens and points",
            code="value",
            expression=f"http.{variable}",
        )
    return segment


def _unknown(segments: tuple[str, ...]) -> str:
    if definitions.is_resource_type(segments[0]):
        return "Nothing is served on this path"
    return "The path starts with neither a resource type of FHIR R4 nor anything else served"


@cache
def _table() -> dict[str, dict[str, Route]]:
    table: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        table.setdefault(route.path, {})[route.method] = route
    return table


@cache
def _words() -> frozenset[str]:
    """Return what paths are written with, beside what stands for something else."""
    parts = {part for route in ROUTES for part in route.path.split("/")}
    return frozenset(part for part in parts if part and not part.startswith("{"))


def _allowed(methods: dict[str, Route]) -> Iterator[str]:
    yield from methods
    yield "OPTIONS"
    if "GET" in methods:
        yield "HEAD"


@cache
def _load(function: str) -> Function:
    module, _, name = function.partition(":")
    loaded: Function = getattr(import_module(f"hearth_server.{module}"), name)
    return loaded
