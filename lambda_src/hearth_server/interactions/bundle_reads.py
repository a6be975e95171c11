"""The entries of a bundle that only read: they see what the others have written.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from hearth_server.errors import HearthError, NotSupported, RequestError
from hearth_server.fhir import json
from hearth_server.interactions import entries, steps
from hearth_server.interactions.callers import key_of
from hearth_server.interactions.entries import Entry
from hearth_server.rest import service
from hearth_server.rest.limits import ANSWER_LIMIT, encoded_size
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.services import Services
from hearth_server.store.protocol import Key

LATER: Mapping[str, Any] = {"response": {"status": "200 OK"}}
"""What stands in an answer for an entry that has not been read yet."""

_SAFE = frozenset({"GET", "HEAD"})


class _Answer(msgspec.Struct):
    resourceType: str  # noqa: N815 - FHIR's name
    type: str
    entry: list[msgspec.Raw]


def check_read(services: Services, entry: Entry, written: Collection[Key]) -> None:
    """Raise what is wrong with a transaction's entry that does not write.

    What the transaction itself writes cannot be read yet, so that is not tried.
    """
    target, method = entry.target, entry.request.method
    if method not in _SAFE and not target.route.path.endswith(("_search", "$validate")):
        raise NotSupported(
            "This interaction is not served in a transaction", expression="Bundle.entry.request.url"
        )
    if target.id is None or key_of(entry.request, target) not in written:
        service.perform(services, entry.request, target)


def with_reads(
    services: Services, request: Request, sent: Sequence[Any], response: Response
) -> Response:
    """Return the answer to a bundle with what its reading entries ask for."""
    later = list(_reading(request, sent))
    if not later:
        return response
    answer = msgspec.json.decode(response.body, type=_Answer)
    room = ANSWER_LIMIT - encoded_size(response.body)
    for entry in later:
        read = json.encode(_answered(services, entry))
        if encoded_size(read) > room:
            full = NotSupported("The answer to the bundle has no room left", code="too-costly")
            read = json.encode(entries.failed(full))
        room -= encoded_size(read)
        answer.entry[entry.index] = msgspec.Raw(read)
    return replace(response, body=msgspec.json.encode(answer))


def _reading(request: Request, sent: Sequence[Any]) -> Iterator[Entry]:
    """Yield the entries that do not write; what is wrong with one has been said before."""
    for index, value in enumerate(sent):
        if _may_read(value):
            try:
                entry = entries.entry_of(request, index, value)
            except RequestError:
                continue
            if not steps.writes(entry):
                yield entry


def _may_read(value: Any) -> bool:
    """Return whether an entry may be one that only reads: most are seen not to be at a glance."""
    asked = value.get("request") if isinstance(value, dict) else None
    if not isinstance(asked, dict):
        return False
    return str(asked.get("method")) in _SAFE or any(mark in str(asked.get("url")) for mark in "_$")


def _answered(services: Services, entry: Entry) -> dict[str, Any]:
    try:
        response = service.perform(services, entry.request, entry.target)
    except HearthError as error:
        return entries.failed(entries.located(error, entry.index))
    if entry.request.method == "HEAD":
        response = replace(response, body=b"")
    return entries.answered(response, entry.request.base_url)
