"""The entries of a batch or transaction: each a request of its own, and its place in the answer.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from hearth_server.errors import HearthError, InvalidRequest, InvalidResource, Issue
from hearth_server.fhir.dates import instant
from hearth_server.rest import outcome, routes
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

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
        raise InvalidResource("request is missing", code="required", expression="request")
    _check_members(asked, _REQUEST_MEMBERS, "request.")
    method, url = asked.get("method"), asked.get("url")
    if method not in METHODS:
        raise InvalidResource(
            f"method is not one of {', '.join(sorted(METHODS))}",
            code="value" if method else "required",
            expression="request.method",
        )
    if not isinstance(url, str):
        raise InvalidResource("url is missing", code="required", expression="request.url")
    request = _request(outer, method, url, asked, value.get("resource"))
    if method in ("POST", "PUT") and request.resource is None:
        raise InvalidResource("resource is missing", code="required", expression="resource")
    return Entry(index, _full_url(value), request, routes.find(request.method, request.segments))


def located(error: HearthError, index: int) -> HearthError:
    """Return the error with issues that name the entry and the place in it."""
    error.issues = tuple(replace(issue, expression=_place(issue, index)) for issue in error.issues)
    return error


def answered(response: Response, base_url: str) -> dict[str, Any]:
    """Return the entry of the answer that carries a response."""
    entry: dict[str, Any] = {}
    said: dict[str, Any] = {"status": _status_line(response.status)}
    record = response.record
    if record is not None:
        if "Location" in response.headers:
            key = record.key
            said["location"] = f"{key.type}/{key.id}/_history/{record.version}"
        said["etag"] = f'W/"{record.version}"'
        said["lastModified"] = instant(record.last_updated)
    if response.body:
        raw = msgspec.Raw(response.body)
        if response.is_outcome:
            said["outcome"] = raw
        else:
            if record is not None:
                entry["fullUrl"] = f"{base_url}/{record.key.type}/{record.key.id}"
            entry["resource"] = raw
    entry["response"] = said
    return entry


def failed(error: HearthError) -> dict[str, Any]:
    """Return the entry of the answer that tells of an error."""
    return {
        "response": {
            "status": _status_line(outcome.status_of(error)),
            "outcome": outcome.operation_outcome(error.issues),
        }
    }


def _request(
    outer: Request, method: str, url: str, asked: Mapping[str, Any], resource: Any
) -> Request:
    path, _, query = url.removeprefix(f"{outer.base_url}/").removeprefix("/").partition("?")
    if "://" in path:
        raise InvalidRequest("url is on another server", expression="request.url")
    trimmed = path.removesuffix("/")
    headers = {
        header: _condition(member, asked[member])
        for member, header in _CONDITIONS.items()
        if member in asked
    }
    # The answer to a bundle names what was written; it repeats it only when asked to.
    headers["prefer"] = outer.headers.get("prefer", "return=minimal")
    return replace(
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
        raise InvalidResource(
            f"{member} is not a string", code="structure", expression=f"request.{member}"
        )
    if member != "ifModifiedSince":
        return value
    try:
        return format_datetime(datetime.fromisoformat(value))
    except ValueError:
        raise InvalidResource(
            "ifModifiedSince is not an instant", code="value", expression=f"request.{member}"
        ) from None


def _full_url(value: Mapping[str, Any]) -> str | None:
    full_url = value.get("fullUrl")
    if full_url is not None and not isinstance(full_url, str):
        raise InvalidResource("fullUrl is not a string", code="structure", expression="fullUrl")
    return full_url


def _check_members(value: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    for name in value:
        if name.removeprefix("_") not in known:
            raise InvalidResource(
                "A request's entry has no such member",
                code="structure",
                expression=f"{where}{name}",
            )


def _place(issue: Issue, index: int) -> str:
    entry = f"Bundle.entry[{index}]"
    said = issue.expression
    if said is None:
        return entry
    if said.startswith("http."):
        return f"{entry}.{_PLACES.get(said.removeprefix('http.'), 'request.url')}"
    head, dot, rest = said.partition(".")
    if head[:1].isupper():
        return f"{entry}.resource{dot}{rest}"
    if head in ("request", "resource", "fullUrl", *_MEMBERS):
        return f"{entry}.{said}"
    return f"{entry}.resource.{said}"


def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
