"""Writes documents: each replaces what the index has of an older version, and nothing newer.

The transaction sees one state of the database, and fails where another has changed it since: the
caller runs it again then.
"""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hearth_server.search.engines.protocol import Document, Unindexable
from hearth_server.search.engines.sql import rows
from hearth_server.search.engines.sql.connection import Transaction
from hearth_server.search.engines.sql.fragment import Sql, among, joined, sql
from hearth_server.search.engines.sql.hashes import resource_hash
from hearth_server.search.engines.sql.rows import Row, Rows
from hearth_server.search.engines.sql.schema import VALUE_TABLES

BATCH_ROWS = 2000
"""Rows that one commit holds at most, unless one resource has more: the limit of Aurora DSQL."""

LOOKED_UP = 500
"""Hashes that one statement lists."""

_COLUMNS = "rid, tenant, type, id, version, updated, state, contained"
_UPDATE = """UPDATE resource SET version = ?, updated = ?, state = ?, contained = ?
    WHERE rid = ? AND tenant = ? AND type = ? AND id = ?"""


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield documents in groups that fit into one commit, in the order of their hashes.

    Writers that touch resources in one order never wait for each other in a circle.
    """
    batch: list[Document] = []
    size = 0
    for document in sorted(documents, key=_hash):
        rough = _size(document)
        if batch and size + rough > BATCH_ROWS:
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += rough
    if batch:
        yield batch


def replace(transaction: Transaction, documents: Sequence[Document]) -> None:
    """Write the documents that are newer than what is there. Raises Unindexable."""
    by_hash = {_hash(document): document for document in documents}
    fresh = _inserted(transaction, list(by_hash.values()))
    stale = list(_overtaken(transaction, by_hash, fresh))
    written = [document for number, document in by_hash.items() if number in fresh]
    all_rows: Rows = {table: {} for table in rows.COLUMNS}
    contained: list[Row] = []
    for document in written:
        contained += rows.contained_rows(document)
        rows.value_rows(document, all_rows)
    if stale:
        for table in VALUE_TABLES:
            transaction.run_many(f"DELETE FROM {table} WHERE rid = ?", [(rid,) for rid in stale])
    if contained:
        marks = ", ".join("?" * len(contained[0]))
        transaction.run_many(f"INSERT INTO resource ({_COLUMNS}) VALUES ({marks})", contained)
    for table, values in all_rows.items():
        if values:
            marks = ", ".join("?" * rows.COLUMNS[table])
            transaction.run_many(f"INSERT INTO {table} VALUES ({marks})", values)


def _inserted(transaction: Transaction, documents: Sequence[Document]) -> set[int]:
    """Insert the resources that the index does not know; return their hashes."""
    fresh: set[int] = set()
    for some in _chunks(documents):
        made = (rows.resource_row(each) for each in some)
        values = joined(", ", (Sql(f"({', '.join('?' * len(row))})", row) for row in made))
        statement = sql(
            f"INSERT INTO resource ({_COLUMNS}) VALUES {{}}"
            " ON CONFLICT (rid) DO NOTHING RETURNING rid",
            values,
        )
        fresh.update(row[0] for row in transaction.query(statement))
    return fresh


def _overtaken(
    transaction: Transaction, by_hash: dict[int, Document], fresh: set[int]
) -> Iterator[int]:
    """Update the resources that the index knows in an older version, and add them to `fresh`.

    Yields the hashes whose values are stale: theirs, and those of what they contained.
    """
    known = [number for number in by_hash if number not in fresh]
    updates: list[Row] = []
    gone: list[int] = []
    for some in _chunks(known):
        statement = sql(
            "SELECT rid, tenant, type, id, version, contained FROM resource WHERE {}",
            among("rid", some),
        )
        for rid, tenant, type, id, version, contained in transaction.query(statement):
            document = by_hash[rid]
            key = document.key
            if (tenant, type, id) != (key.tenant, key.type, key.id):
                raise Unindexable("Another resource has the same hash")
            if version < document.version:
                row = rows.resource_row(document)
                updates.append((*row[4:], rid, tenant, type, id))
                gone += rows.contained_hashes(key, contained)
                fresh.add(rid)
                yield rid
    if updates:
        transaction.run_many(_UPDATE, updates)
    if gone:
        transaction.run_many("DELETE FROM resource WHERE rid = ?", [(rid,) for rid in gone])
        yield from gone


def _hash(document: Document) -> int:
    key = document.key
    return resource_hash(key.tenant, key.type, key.id)


def _size(document: Document) -> int:
    """Return about how many rows a document makes, counting those that it replaces."""
    size = 4
    for entries in (document.entries, *(entries for _, _, entries in document.contained)):
        if entries is not None:
            size += 1 + len(entries.terms) + len(entries.links)
            size += len(entries.moments) + len(entries.amounts)
    return size


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), LOOKED_UP):
        yield values[start : start + LOOKED_UP]
