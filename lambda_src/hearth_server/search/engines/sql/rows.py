"""Rows: what the tables hold of one document.

https://docs.aws.amazon.com/aurora-dsql/latest/userguide/working-with-postgresql-compatibility.html
"""

from __future__ import annotations

from typing import TypeAlias

from hearth_server.search.engines.hashes import (
    field_hash,
    resource_hash,
    text_hash,
    url_hash,
)
from hearth_server.search.engines.protocol import Document
from hearth_server.search.engines.sql.connection import Row
from hearth_server.search.engines.sql.schema import CONTAINED, CURRENT, DELETED, NARROW
from hearth_server.search.entries import Entries, Link
from hearth_server.search.folding import cut
from hearth_server.store.protocol import Key

Rows: TypeAlias = dict[str, dict[Row, None]]
"""Rows by table, each once, in order."""

RESOURCE = "resource (rid, tenant, type, id, version, updated, state, contained)"
"""What a row of a resource fills."""


def contained_id(id: str, local: str) -> str:
    """Return the id under which a contained resource is found by chains."""
    return f"{id}#{local}"


def resource_row(document: Document) -> Row:
    """Return the row of the resource itself."""
    key = document.key
    state = DELETED if document.entries is None else CURRENT
    locals = " ".join(f"{type}/{id}" for type, id, _ in document.contained)
    rid = resource_hash(key.tenant, key.type, key.id)
    return rid, key.tenant, key.type, key.id, document.version, document.updated, state, locals


def contained_hashes(key: Key, contained: str) -> list[int]:
    """Return the numbers of the contained resources that the column `contained` lists."""
    pairs = (each.partition("/") for each in contained.split())
    return [
        resource_hash(key.tenant, type, contained_id(key.id, local)) for type, _, local in pairs
    ]


def contained_rows(document: Document) -> list[Row]:
    """Return the rows of the contained resources."""
    key = document.key
    rows: list[Row] = []
    for type, local, _ in document.contained:
        id = contained_id(key.id, local)
        rid = resource_hash(key.tenant, type, id)
        rows.append((rid, key.tenant, type, id, document.version, document.updated, CONTAINED, ""))
    return rows


def add_values(document: Document, rows: Rows) -> None:
    """Add the rows of all values."""
    key = document.key
    if document.entries is not None:
        rid = resource_hash(key.tenant, key.type, key.id)
        types = {local: type for type, local, _ in document.contained}
        _add(rows, key.tenant, rid, document.entries, key.id, types)
        if document.narrative or document.content:
            rows["words"][(rid, document.narrative, document.content)] = None
        for type, local, entries in document.contained:
            inner = resource_hash(key.tenant, type, contained_id(key.id, local))
            _add(rows, key.tenant, inner, entries, key.id, types)


def _add(
    rows: Rows, tenant: str, rid: int, entries: Entries, id: str, types: dict[str, str]
) -> None:
    terms, links, moments = rows["term"], rows["link"], rows["moment"]
    for field, key, qualifier, ordinal in entries.terms:
        number = field_hash(tenant, field)
        terms[(rid, number, key, text_hash(qualifier), ordinal)] = None
        if entries.long_texts and key in entries.long_texts:
            rows["passage"][(rid, number, key, entries.long_texts[key])] = None
    for link in entries.links:
        number = field_hash(tenant, link.field)
        target = _target(tenant, link, id, types)
        links[(rid, number, target, cut(link.version), link.ordinal, cut(link.text))] = None
    for field, low, high, ordinal in entries.moments:
        wide = int(high - low > NARROW)
        moments[(rid, field_hash(tenant, field), low, high, ordinal, wide)] = None
    for field, least, most, system, code, unit, ordinal in entries.amounts:
        units = text_hash(system), text_hash(code), text_hash(unit)
        number = field_hash(tenant, field)
        rows["amount"][(rid, number, least, most, *units, ordinal, int(least != most))] = None
    for field, latitude, longitude in entries.positions:
        rows["place"][(rid, field_hash(tenant, field), latitude, longitude)] = None


def _target(tenant: str, link: Link, id: str, types: dict[str, str]) -> int:
    """Return the number of what a reference points at, a contained resource included."""
    if link.type:
        return resource_hash(tenant, link.type, link.id)
    local = link.id.removeprefix("#")
    if local != link.id and local in types:
        return resource_hash(tenant, types[local], contained_id(id, local))
    return url_hash(tenant, link.id)
