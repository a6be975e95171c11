"""Answers as they are kept for a request that comes again: without what resources say.

A resource in an answer is kept as the name of its version and read again, so that an answer
never outlives what has been expunged.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from hearth_server.errors import NotFound
from hearth_server.rest.response import Response
from hearth_server.services import Services
from hearth_server.store.protocol import Key, Record

Version = tuple[str, str, int]
"""Type, id and number."""


class _Kept(Struct, array_like=True):
    status: int
    headers: dict[str, str]
    body: str
    version: Version | None = None
    """Whose content the body was; the body is empty then."""
    entries: dict[int, Version] = {}
    """The same for the entries of a Bundle, by their number."""


class _Entry(Struct, omit_defaults=True):
    fullUrl: str | UnsetType = UNSET  # noqa: N815 - FHIR's name
    resource: Raw | UnsetType = UNSET
    response: Raw = Raw(b"null")


class _Said(Struct):
    """What the answer to an entry says of the version that it shows."""

    etag: str = ""


class _Bundle(Struct):
    resourceType: str  # noqa: N815 - FHIR's name
    type: str
    entry: list[_Entry]


def encoded(response: Response) -> bytes:
    """Return an answer as it is kept."""
    headers, record, body = dict(response.headers), response.record, response.body
    if record is not None and body is record.body:
        kept = _Kept(response.status, headers, "", _version(record))
    elif b'"fullUrl":' in body:
        bundle = msgspec.json.decode(body, type=_Bundle)
        entries = _taken_out(bundle)
        text = msgspec.json.encode(bundle).decode()
        kept = _Kept(response.status, headers, text, None, entries)
    else:
        kept = _Kept(response.status, headers, body.decode())
    return msgspec.json.encode(kept)


def decoded(services: Services, tenant: str, text: bytes) -> Response:
    """Return a kept answer. Raises NotFound for the answer about one resource, now expunged."""
    kept = msgspec.json.decode(text, type=_Kept)
    body = kept.body.encode()
    if kept.version is not None:
        record = _records(services, tenant, {0: kept.version}).get(0)
        if record is None:
            raise NotFound(f"The {kept.version[0]} that this request made has been expunged")
        body = record.body
    if kept.entries:
        bundle = msgspec.json.decode(body, type=_Bundle)
        for index, record in _records(services, tenant, kept.entries).items():
            bundle.entry[index].resource = Raw(record.body)
        body = msgspec.json.encode(bundle)
    return Response(kept.status, kept.headers, body)


def _taken_out(bundle: _Bundle) -> dict[int, Version]:
    """Take the resources out of the entries; return which version each one was."""
    found: dict[int, Version] = {}
    for index, entry in enumerate(bundle.entry):
        if entry.resource is UNSET or entry.fullUrl is UNSET:
            continue
        said = msgspec.json.decode(entry.response, type=_Said)
        type, id = entry.fullUrl.rsplit("/", 2)[1:]
        found[index] = (type, id, int(said.etag.removeprefix('W/"').removesuffix('"')))
        entry.resource = UNSET
    return found


def _records(services: Services, tenant: str, versions: Mapping[int, Version]) -> dict[int, Record]:
    named = {
        index: (Key(tenant, type, id), number) for index, (type, id, number) in versions.items()
    }
    found = services.store.versions(named.values())
    return {index: found[each] for index, each in named.items() if each in found}


def _version(record: Record) -> Version:
    return record.key.type, record.key.id, record.version
