"""The entries of a bundle that only read: they see what the others have written.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import structs

from hearth_server.errors import Gone, HearthError, NotFound, NotSupported, Unavailable
from hearth_server.fhir import json
from hearth_server.interactions import entries, entry_answers
from hearth_server.interactions.callers import key_of
from hearth_server.interactions.entries import Entry
from hearth_server.rest import service
from hearth_server.rest.limits import ANSWER_LIMIT, encoded_size
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.rest.views import viewed
from hearth_server.services import Services
from hearth_server.store.protocol import Key, Write

UNREAD: Mapping[str, Any] = entry_answers.failed(
    Unavailable("The entry has not been performed yet")
)
"""What stands in an answer for an entry that has not been performed yet: never a success."""

_UNREAD = json.encode(UNREAD)
_SAFE = frozenset({"GET", "HEAD"})
_OF_THE_NEWEST = frozenset({"read", "$meta"})
"""Interactions that, without a version in the path, show the newest one."""


class _Answer(msgspec.Struct):
    resourceType: str  # noqa: N815 - FHIR's name
    type: str
    entry: list[msgspec.Raw]


def check_read(services: Services, entry: Entry, written: Mapping[Key, Write]) -> None:
    """Raise what is wrong with a transaction's entry that does not write.

    It is tried now, before anything is `written`; what will be there only then is not missed.
    """
    target, method = entry.target, entry.request.method
    if method not in _SAFE and not target.route.path.endswith(("_search", "$meta", "$validate")):
        raise NotSupported(
            "This interaction is not served in a transaction", expression="Bundle.entry.request.url"
        )
    write = written.get(key_of(entry.request, target)) if target.id else None
    newest = target.version is None and target.route.interaction in _OF_THE_NEWEST
    try:
        service.perform(services, entry.request, target)
    except (NotFound, Gone):
        if write is None or write.resource is None or not _makes_good(write, target):
            raise
        viewed(entry.request, Response(200, body=json.encode(write.resource)))
    if write is not None and write.method == "DELETE" and newest:
        raise Gone(f"The transaction deletes this {target.type}", version=write.base + 1)


def _makes_good(write: Write, target: Target) -> bool:
    """Return whether a write brings what could not be read before."""
    return target.version is None or target.version == str(write.base + 1)


def with_reads(
    services: Services,
    request: Request,
    sent: Sequence[Any],
    response: Response,
    *,
    recorded: bool = False,
) -> Response:
    """Return the answer to a bundle with what its reading entries ask for."""
    if _UNREAD not in response.body:
        return response
    answer = msgspec.json.decode(response.body, type=_Answer)
    room = ANSWER_LIMIT - encoded_size(response.body)
    for index, made in enumerate(answer.entry):
        if bytes(made) != _UNREAD:
            continue
        read = json.encode(_performed(services, request, index, sent[index], recorded))
        if encoded_size(read) > room:
            full = NotSupported("The answer to the bundle has no room left", code="too-costly")
            read = json.encode(entry_answers.failed(full))
        room -= encoded_size(read)
        answer.entry[index] = msgspec.Raw(read)
    return structs.replace(response, body=msgspec.json.encode(answer))


def _performed(
    services: Services, request: Request, index: int, sent: Any, recorded: bool
) -> dict[str, Any]:
    """Return the entry of the answer to an entry that does not write by itself.

    What the others have written is there by now: no fault at this one may hide it.
    """
    try:
        entry = entries.entry_of(request, index, sent, recorded=recorded)
        response = services.apart(
            lambda: service.perform(services, entry.request, entry.target), request.request_id
        )
    except HearthError as error:
        return entry_answers.failed(entries.located(error, index))
    if entry.request.method == "HEAD":
        response = structs.replace(response, body=b"")
    return entry_answers.answered(response, request.base_url)
