"""Writes documents: each replaces what the index has of an older version, and nothing newer.

The transaction sees one state of the database, and fails where another has changed it since: the
caller runs it again then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hearth_server.search.engines.hashes import resource_hash
from hearth_server.search.engines.protocol import Document, Unindexable
from hearth_server.search.engines.sql import rows
from hearth_server.search.engines.sql.changes import drop_outdated
from hearth_server.search.engines.sql.connection import Transaction
from hearth_server.search.engines.sql.fragment import Sql, among, sql
from hearth_server.search.engines.sql.schema import STAGED

BATCH_ROWS = 20_000
"""Rows that one commit is to hold about, unless one resource has more or the database takes less:
each commit writes the pages that it shares with the one before once more."""

LOOKED_UP = 500
"""Hashes that one statement lists."""

_UPDATE = """UPDATE resource SET version = ?, updated = ?, state = ?, contained = ?
    WHERE rid = ? AND tenant = ? AND type = ? AND id = ?"""

_AGE = "UPDATE resource SET version = version - 1 WHERE rid = ? AND version = ?"


class Known(NamedTuple):
    """What the index has of a resource."""

    version: int
    state: int
    contained: str

    def older_than(self, document: Document) -> bool:
        """Whether a document replaces it: a staged one may have been left unfinished."""
        return self.version < document.version or (
            self.state == STAGED and self.version == document.version
        )


def batches(documents: Iterable[Document], most: int | None = None) -> Iterator[list[Document]]:
    """Yield documents in groups that fit into one commit, in the order of their hashes.

    Writers that touch resources in one order never wait for each other in a circle.
    """
    batch: list[Document] = []
    size = 0
    for document in sorted(documents, key=rid_of):
        rough = _size(document)
        if batch and size + rough > (most or BATCH_ROWS):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += rough
    if batch:
        yield batch


def replace(transaction: Transaction, documents: Sequence[Document]) -> None:
    """Write the documents that are newer than what is there. Raises Unindexable."""
    by_hash = {rid_of(document): document for document in documents}
    known = known_of(transaction, by_hash)
    fresh = [each for rid, each in by_hash.items() if rid not in known]
    newer = [by_hash[rid] for rid, each in known.items() if each.older_than(by_hash[rid])]
    gone: list[int] = []
    for document in newer:
        rid, *named, version, updated, state, contained = rows.resource_row(document)
        overwritten = (version, updated, state, contained, rid, *named)
        transaction.run(Sql(_UPDATE, overwritten))
        gone += rows.contained_hashes(document.key, known[rid_of(document)].contained)
    for some in _chunks(gone):
        transaction.run(sql("DELETE FROM resource WHERE {}", among("rid", some)))
    resources = [rows.resource_row(document) for document in fresh]
    values: rows.Rows = defaultdict(dict)
    for document in (*fresh, *newer):
        resources += rows.contained_rows(document)
        rows.add_values(document, values)
    for some in _chunks([*map(rid_of, newer), *gone]):
        drop_outdated(transaction, some, values)
    if resources:
        transaction.insert(rows.RESOURCE, resources)
    for table, made in values.items():
        if made:
            transaction.insert(table, list(made))


def replace_again(transaction: Transaction, documents: Sequence[Document]) -> None:
    """Write the documents that are not older than what is there. Raises Unindexable."""
    make_older(transaction, documents)
    replace(transaction, documents)


def make_older(transaction: Transaction, documents: Sequence[Document]) -> None:
    """Have the index know of the documents' resources only what came before."""
    for document in documents:
        transaction.run(Sql(_AGE, (rid_of(document), document.version)))


def known_of(transaction: Transaction, by_hash: Mapping[int, Document]) -> dict[int, Known]:
    """Return what the index has of resources, by hash. Raises Unindexable."""
    known: dict[int, Known] = {}
    for some in _chunks(list(by_hash)):
        statement = sql(
            "SELECT rid, tenant, type, id, version, state, contained FROM resource WHERE {}",
            among("rid", some),
        )
        for rid, tenant, type, id, *rest in transaction.query(statement):
            key = by_hash[rid].key
            if (tenant, type, id) != (key.tenant, key.type, key.id):
                raise Unindexable("Another resource has the same hash")
            known[rid] = Known(*rest)
    return known


def rid_of(document: Document) -> int:
    """Return the hash of the resource that a document is of."""
    key = document.key
    return resource_hash(key.tenant, key.type, key.id)


def _size(document: Document) -> int:
    """Return about how many rows a document makes."""
    size = 4
    for entries in (document.entries, *(entries for _, _, entries in document.contained)):
        if entries is not None:
            size += 1 + len(entries.terms) + len(entries.links)
            size += len(entries.moments) + len(entries.amounts)
    return size


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), LOOKED_UP):
        yield values[start : start + LOOKED_UP]
