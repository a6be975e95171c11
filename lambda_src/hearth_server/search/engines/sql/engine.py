"""The SQL engine: finds, counts and takes in documents, on any database of `connection`."""

# ruff: noqa: S608 - statements hold names of this package only, values are bound
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from hearth_server.search.engines.protocol import Cursor, Document, Hit
from hearth_server.search.engines.sql import rows
from hearth_server.search.engines.sql.conditions import Conditions
from hearth_server.search.engines.sql.connection import Database, Transaction
from hearth_server.search.engines.sql.fragment import Sql, among, sql
from hearth_server.search.engines.sql.hashes import resource_hash
from hearth_server.search.engines.sql.plan import RARE, Planner
from hearth_server.search.engines.sql.schema import VALUE_TABLES
from hearth_server.search.query import Query
from hearth_server.store.protocol import Key

BATCH_ROWS = 2000
"""Rows that one commit holds at most, unless one resource has more: the limit of Aurora DSQL."""

LOOKED_UP = 500
"""Hashes that one statement lists."""

_UPSERT = """INSERT INTO resource
    (rid, tenant, type, id, version, updated, state, contained) VALUES ({})
    ON CONFLICT (rid) DO UPDATE SET version = excluded.version, updated = excluded.updated,
    state = excluded.state, contained = excluded.contained
    WHERE resource.version < excluded.version AND resource.tenant = excluded.tenant
    AND resource.type = excluded.type AND resource.id = excluded.id"""


class SqlEngine:
    """A search engine over tables in a SQL database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self, tenant: str, query: Query, limit: int, cursor: Cursor | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits in the query's order, also when it goes backwards."""
        found = self._page(self._planner(tenant), query, limit, cursor)
        hits = [Hit(Key(tenant, row[0], row[1]), row[2], tuple(row[3:])) for row in found]
        return hits[::-1] if cursor is not None and cursor.backwards else hits

    def count(self, tenant: str, query: Query) -> int:
        """Return how many resources the query finds."""
        planner = self._planner(tenant)
        source, _ = self._rarest(planner, query)
        return int(self._database.query(planner.count(query, source))[0][0])

    def versions(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return the version of each key that the index knows, tombstones included."""
        by_hash = {resource_hash(key.tenant, key.type, key.id): key for key in keys}
        known: dict[Key, int] = {}
        for some in _chunks(list(by_hash), LOOKED_UP):
            statement = sql(
                "SELECT rid, tenant, type, id, version FROM resource WHERE {}", among("rid", some)
            )
            for rid, *named, version in self._database.query(statement):
                if by_hash[rid] == Key(*named):
                    known[by_hash[rid]] = version
        return known

    def index(self, documents: Sequence[Document]) -> None:
        """Take in documents; one that is not newer than what is there changes nothing."""
        newest: dict[Key, Document] = {}
        for document in documents:
            known = newest.get(document.key)
            if known is None or known.version < document.version:
                newest[document.key] = document
        for batch in _batches(newest.values()):
            self._database.write(partial(_replace, documents=batch))

    def _planner(self, tenant: str) -> Planner:
        return Planner(Conditions(tenant, self._database.dialect))

    def _page(
        self, planner: Planner, query: Query, limit: int, cursor: Cursor | None
    ) -> list[tuple[Any, ...]]:
        source, rare = self._rarest(planner, query)
        if not rare:
            walked = planner.walked(query, limit, cursor)
            if walked is not None and len(page := self._database.query(walked)) == limit:
                return page
            lined_up = planner.merged(query, limit, cursor) or planner.scanned(query, limit, cursor)
            if lined_up is not None:
                return self._database.query(lined_up)
        return self._database.query(planner.gathered(query, source, limit, cursor))

    def _rarest(self, planner: Planner, query: Query) -> tuple[Sql | None, bool]:
        """Return the source with the fewest rows, and whether they are few."""
        sources = planner.sources(query)
        if not sources:
            return None, False
        sizes = self._database.query(planner.sizes(sources))[0]
        size, at = min((size, at) for at, size in enumerate(sizes))
        return sources[at], size <= RARE


def _replace(transaction: Transaction, documents: Sequence[Document]) -> None:
    """Write the documents that are newer than what is there."""
    all_rows: rows.Rows = {table: {} for table in rows.COLUMNS}
    stale: list[int] = []
    known = _known(transaction, documents)
    for document in documents:
        row = rows.resource_row(document)
        if not transaction.run(sql(_UPSERT, _marks(row))):
            continue
        if row[0] in known:
            stale += _hashes(document.key, known[row[0]])
        for contained in rows.contained_rows(document):
            transaction.run(sql(_UPSERT, _marks(contained)))
        rows.value_rows(document, all_rows)
    for table in VALUE_TABLES:
        if stale:
            transaction.run_many(f"DELETE FROM {table} WHERE rid = ?", [(rid,) for rid in stale])
        if all_rows[table]:
            marks = ", ".join("?" * rows.COLUMNS[table])
            transaction.run_many(f"INSERT INTO {table} VALUES ({marks})", all_rows[table])


def _known(transaction: Transaction, documents: Sequence[Document]) -> dict[int | float | str, str]:
    """Return, of the documents that the index has, which contained resources it has of them."""
    hashes = [resource_hash(each.key.tenant, each.key.type, each.key.id) for each in documents]
    found: dict[int | float | str, str] = {}
    for some in _chunks(hashes, LOOKED_UP):
        statement = sql("SELECT rid, contained FROM resource WHERE {}", among("rid", some))
        found.update(transaction.query(statement))
    return found


def _hashes(key: Key, contained: str) -> list[int]:
    """Return the hashes of a resource and of those contained in it."""
    hashes = [resource_hash(key.tenant, key.type, key.id)]
    for each in contained.split():
        type, _, local = each.partition("/")
        hashes.append(resource_hash(key.tenant, type, rows.contained_id(key.id, local)))
    return hashes


def _marks(row: Sequence[int | float | str]) -> Sql:
    return Sql(", ".join("?" * len(row)), tuple(row))


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield documents in groups that fit into one commit."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        entries = document.entries
        rough = 8 if entries is None else 8 + len(entries.terms) + len(entries.links)
        if batch and size + rough > BATCH_ROWS:
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += rough
    if batch:
        yield batch


def _chunks(values: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
