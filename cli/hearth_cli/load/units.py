"""Files of FHIR, cut into the requests that load them.

A transaction or batch is sent as it stands. Single resources, lines of ndjson and the entries of a
collection or a search result become batches: PUT where there is an id, so that references
between files hold, POST where there is none. Bodies are never parsed further than that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hearth_cli.fhir_files import files_below, open_file

BATCH_ENTRIES = 100
BATCH_BYTES = 2_000_000
_SYNTHEA_FIRST = ("hospitalInformation", "practitionerInformation")
"""What Synthea's other files refer to by condition, so it has to be there before them."""


class _Named(msgspec.Struct):
    resource_type: str | None = msgspec.field(name="resourceType", default=None)
    id: str | None = None


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"{}")


class _Document(msgspec.Struct):
    resource_type: str | None = msgspec.field(name="resourceType", default=None)
    type: str | None = None
    entry: list[_Entry] = []


@dataclass(frozen=True, slots=True)
class Unit:
    """One request: a part of a file."""

    file: Path
    digest: str
    """SHA-256 of the file."""
    position: int
    """The number of the unit in its file, from 0."""
    entries: tuple[msgspec.Raw, ...]
    """The resources of a batch that is made here; empty when `body` is sent as it stands."""
    types: tuple[str, ...]
    """The resource type of each entry."""
    body: bytes = b""
    path: str = ""
    """Below the base URL: empty, or a type to create."""
    fault: str = ""
    """Why this part cannot be sent at all."""


def groups_of(paths: Iterable[Path]) -> list[list[Path]]:
    """Return the FHIR files below `paths`, in groups of which each needs the one before."""
    found = files_below(paths)
    groups = [[file for file in found if file.name.startswith(name)] for name in _SYNTHEA_FIRST]
    rest = [file for file in found if not file.name.startswith(_SYNTHEA_FIRST)]
    return [group for group in (*groups, rest) if group]


def units_of(file: Path) -> Iterator[Unit]:
    """Yield the requests that load `file`. A part that cannot be read is a unit with a fault."""
    try:
        digest = _digest(file)
        if file.name.removesuffix(".gz").endswith(".json"):
            yield from _document_units(file, digest)
        else:
            with open_file(file) as lines:
                yield from _batches(file, digest, (line for line in lines if line.strip()))
    except (OSError, EOFError) as error:
        yield Unit(file, "", 0, (), (), fault=f"the file cannot be read: {error}")


def batch_body(entries: Iterable[msgspec.Raw]) -> bytes:
    """Return a batch Bundle that puts each resource with an id and creates the others."""
    parts = []
    for raw in entries:
        named = _named(raw)
        if named.id is None:
            request = {"method": "POST", "url": named.resource_type}
        else:
            request = {"method": "PUT", "url": f"{named.resource_type}/{named.id}"}
        parts.append({"resource": raw, "request": request})
    return msgspec.json.encode({"resourceType": "Bundle", "type": "batch", "entry": parts})


def _named(raw: bytes | msgspec.Raw) -> _Named:
    return msgspec.json.decode(raw, type=_Named)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _document_units(file: Path, digest: str) -> Iterator[Unit]:
    with open_file(file) as content:
        body = content.read()
    try:
        document = msgspec.json.decode(body, type=_Document)
        types = tuple(_type_of(entry.resource) for entry in document.entry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        yield Unit(file, digest, 0, (), (), fault=f"not FHIR JSON: {error}")
        return
    kind = document.type if document.resource_type == "Bundle" else None
    if kind in ("transaction", "batch", "history"):
        yield Unit(file, digest, 0, (), types, body=body)
    elif kind in ("collection", "searchset"):
        resources = [bytes(entry.resource) for entry in document.entry]
        yield from _batches(file, digest, resources)
    else:
        yield from _batches(file, digest, [body])


def _type_of(resource: msgspec.Raw) -> str:
    return _named(resource).resource_type or "-"


def _batches(file: Path, digest: str, resources: Iterable[bytes]) -> Iterator[Unit]:
    position, size = 0, 0
    entries: list[msgspec.Raw] = []
    types: list[str] = []
    for number, raw in enumerate(resources, 1):
        try:
            kind = _named(raw).resource_type
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            fault = f"resource {number} is not FHIR JSON: {error}"
            yield Unit(file, digest, -number, (), (), fault=fault)
            continue
        if kind is None:
            yield Unit(
                file, digest, -number, (), (), fault=f"resource {number} has no resourceType"
            )
            continue
        if entries and (len(entries) >= BATCH_ENTRIES or size + len(raw) > BATCH_BYTES):
            yield Unit(file, digest, position, tuple(entries), tuple(types))
            position, size, entries, types = position + 1, 0, [], []
        entries.append(msgspec.Raw(raw.strip()))
        types.append(kind)
        size += len(raw)
    if entries:
        yield Unit(file, digest, position, tuple(entries), tuple(types))
