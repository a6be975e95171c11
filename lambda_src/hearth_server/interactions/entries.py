"""The entries of a batch or transaction: each a request of its own.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from msgspec import structs

from hearth_server.errors import HearthError, InvalidRequest, InvalidResource, Issue
from hearth_server.fhir.dates import http_date
from hearth_server.interactions import content
from hearth_server.rest import routes
from hearth_server.rest.request import Request
from hearth_server.rest.routes import Target

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

_WITH_RESOURCE = frozenset({"POST", "PUT", "PATCH"})
_MEMBERS = frozenset(
    {"fullUrl", "resource", "request", "search", "link", "id", "extension", "modifierExtension"}
)
_CONDITIONS: Mapping[str, str] = {
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
    "ifModifiedSince": "if-modified-since",
    "ifNoneExist": "if-none-exist",
}
_REQUEST_MEMBERS = frozenset({"method", "url", "id", "extension", *_CONDITIONS})
_PLACES: Mapping[str, str] = {header: f"request.{member}" for member, header in _CONDITIONS.items()}
_IN_ENTRY = "Bundle.entry."
"""How the place of an error starts until the entry's number is known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what it asks, and of whom."""

    index: int
    full_url: str | None
    request: Request
    target: Target

    @property
    def resource(self) -> Any:
        """The resource as parsed, None where the entry has none."""
        return self.request.resource


def entry_of(outer: Request, index: int, value: Any, *, recorded: bool = False) -> Entry:
    """Return entry number `index` of a bundle that was sent with `outer`.

    `recorded` entries come from a history, so that they may carry the response of that time.
    Raises what is wrong with the entry.
    """
    if not isinstance(value, dict):
        raise InvalidResource("An entry is an object", code="structure")
    _check_members(value, _MEMBERS | {"response"} if recorded else _MEMBERS, "")
    asked = value.get("request")
    if not isinstance(asked, dict):
        raise wrong("request is missing", "required", "request")
    _check_members(asked, _REQUEST_MEMBERS, "request.")
    method, url = asked.get("method"), asked.get("url")
    if not isinstance(method, str) or method not in METHODS:
        raise wrong(
            f"method is not one of {', '.join(sorted(METHODS))}",
            "value" if method else "required",
            "request.method",
        )
    if not isinstance(url, str):
        raise wrong("url is missing", "required", "request.url")
    resource = value.get("resource")
    if recorded and method == "POST" and isinstance(resource, dict) and "id" in resource:
        # What was created elsewhere keeps its id here.
        method, url = "PUT", f"{url}/{resource['id']}"
    _check_resource(method, resource)
    request = _request(outer, method, url, asked, resource)
    return Entry(index, _full_url(value), request, routes.find(request.method, request.segments))


def wrong(text: str, code: str, place: str) -> InvalidResource:
    """Return the error of something in an entry, at a place such as `request.url`."""
    return InvalidResource(text, code=code, expression=f"{_IN_ENTRY}{place}")


def located(error: HearthError, index: int) -> HearthError:
    """Return the error with issues that name the entry and the place in it."""
    error.issues = tuple(replace(issue, expression=_place(issue, index)) for issue in error.issues)
    return error


def _request(
    outer: Request, method: str, url: str, asked: Mapping[str, Any], resource: Any
) -> Request:
    path, _, query = outer.below_base(url).removeprefix("/").partition("?")
    if "://" in path:
        raise InvalidRequest("url is on another server", expression="Bundle.entry.request.url")
    trimmed = path.removesuffix("/")
    headers = {
        header: _condition(member, asked[member])
        for member, header in _CONDITIONS.items()
        if member in asked
    }
    # The answer to a bundle names what was written; it repeats it only when asked to.
    headers["prefer"] = outer.headers.get("prefer", "return=minimal")
    return structs.replace(
        outer,
        method=method,
        segments=tuple(unquote(part) for part in trimmed.split("/")) if trimmed else (),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=b"",
        resource=resource,
        once=None,
    )


def _condition(member: str, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong(f"{member} is not a string", "structure", f"request.{member}")
    if member != "ifModifiedSince":
        return value
    try:
        return http_date(int(datetime.fromisoformat(value).timestamp() * 1000))
    except (ValueError, OverflowError):
        raise wrong("ifModifiedSince is not an instant", "value", f"request.{member}") from None


def _check_resource(method: str, resource: Any) -> None:
    if resource is None:
        if method in ("POST", "PUT"):
            raise wrong("resource is missing", "required", "resource")
    elif method not in _WITH_RESOURCE:
        raise wrong(f"A {method} has no resource", "structure", "resource")
    else:
        content.as_resource(resource)


def _full_url(value: Mapping[str, Any]) -> str | None:
    full_url = value.get("fullUrl")
    if full_url is not None and not isinstance(full_url, str):
        raise wrong("fullUrl is not a string", "structure", "fullUrl")
    return full_url


def _check_members(value: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    for name in value:
        if name.removeprefix("_") not in known:
            raise wrong("An entry has no such member", "structure", f"{where}{name[:64]}")


def _place(issue: Issue, index: int) -> str:
    entry = f"Bundle.entry[{index}]"
    said = issue.expression
    if said is None:
        return entry
    if said.startswith("http."):
        return f"{entry}.{_PLACES.get(said.removeprefix('http.'), 'request.url')}"
    if said.startswith(_IN_ENTRY):
        return f"{entry}.{said.removeprefix(_IN_ENTRY)}"
    head, dot, rest = said.partition(".")
    if head[:1].isupper():
        return f"{entry}.resource{dot}{rest}"
    return f"{entry}.resource.{said}"
