"""The SQL engine: finds, counts and takes in documents, on any database of `connection`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from hearth_server.search.engines.hashes import resource_hash
from hearth_server.search.engines.newest import newest
from hearth_server.search.engines.protocol import Cursor, Document, Hit, Known, Unindexable
from hearth_server.search.engines.sql import staging, writer
from hearth_server.search.engines.sql.conditions import Conditions
from hearth_server.search.engines.sql.connection import CommitTooLarge, Database
from hearth_server.search.engines.sql.fragment import TRUE, Sql, among, sql
from hearth_server.search.engines.sql.pages import Page, rarest
from hearth_server.search.engines.sql.plan import Driver, Limits, Planner
from hearth_server.search.engines.sql.schema import CURRENT, DELETED, STAGED
from hearth_server.search.query import Query
from hearth_server.search.simplify import simplified
from hearth_server.store.protocol import Key


class SqlEngine:
    """A search engine over tables in a SQL database."""

    def __init__(self, database: Database, limits: Limits | None = None) -> None:
        self._database = database
        self._limits = limits or Limits()

    def find(
        self, tenant: str, query: Query, limit: int, cursor: Cursor | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits in the query's order, also when it goes backwards."""
        joined = replace(query, condition=simplified(query.condition))
        page = Page(self._database, self._limits, self._planner(tenant), joined, limit, cursor)
        found = page.rows()
        hits = [Hit(Key(tenant, row[0], row[1]), row[2], tuple(row[3:])) for row in found]
        return hits[::-1] if cursor is not None and cursor.backwards else hits

    def count(self, tenant: str, query: Query) -> int:
        """Return how many resources the query finds."""
        joined = replace(query, condition=simplified(query.condition))
        planner = self._planner(tenant)
        drivers = planner.drivers(joined)
        if len(drivers) == 1:
            driver: Driver | None = drivers[0]
        else:
            driver, _ = rarest(self._database, planner, drivers, self._limits.rare)
        return int(self._database.query(planner.count(joined, driver))[0][0])

    def versions(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return the version of each key that the index knows, tombstones included."""
        by_hash = {resource_hash(key.tenant, key.type, key.id): key for key in keys}
        known: dict[Key, int] = {}
        for some in _chunks(list(by_hash), writer.LOOKED_UP):
            statement = sql(
                "SELECT rid, tenant, type, id, version FROM resource WHERE {} AND state <> ?",
                among("rid", some),
                STAGED,
            )
            for rid, *named, version in self._database.query(statement):
                if by_hash[rid] == Key(*named):
                    known[by_hash[rid]] = version
        return known

    def index(self, documents: Sequence[Document]) -> None:
        """Take in documents; one that is not newer than what is there changes nothing."""
        for batch in self._batches(documents):
            self._write(batch)

    def rewrite(self, documents: Sequence[Document]) -> None:
        """Take in documents again; one that is older than what is there changes nothing."""
        for batch in self._batches(documents):
            self._write(batch, again=True)

    def scan(self, after: Key | None, limit: int) -> list[Known]:
        """Return up to `limit` resources of all tenants beyond `after`, in order of their hash."""
        beyond = TRUE
        if after is not None:
            beyond = sql("rid > ?", resource_hash(after.tenant, after.type, after.id))
        statement = sql(
            "SELECT tenant, type, id, version, state FROM resource"
            " WHERE {} AND {} ORDER BY rid LIMIT ?",
            beyond,
            among("state", (CURRENT, DELETED)),
            limit,
        )
        return [
            Known(Key(*named), version, state == DELETED)
            for *named, version, state in self._database.query(statement)
        ]

    def prepare(self) -> None:
        """Make the tables where they are missing."""
        self._database.query(Sql("SELECT 1 FROM resource LIMIT 1"))

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _batches(self, documents: Sequence[Document]) -> Iterator[list[Document]]:
        return writer.batches(newest(documents), self._database.dialect.commit_rows)

    def _write(self, batch: Sequence[Document], *, again: bool = False) -> None:
        """Write a batch, in smaller ones where the database takes no commit as large."""
        try:
            self._database.write(
                partial(writer.replace_again if again else writer.replace, documents=batch)
            )
        except CommitTooLarge as error:
            if len(batch) == 1:
                self._write_in_parts(batch[0], error, again=again)
            else:
                middle = len(batch) // 2
                self._write(batch[:middle], again=again)
                self._write(batch[middle:], again=again)

    def _write_in_parts(self, document: Document, error: CommitTooLarge, *, again: bool) -> None:
        """Write a document in several commits. Raises Unindexable if it is still too large."""
        if self._database.dialect.commit_rows is None:
            raise Unindexable(str(error)) from error
        try:
            if again:
                self._database.write(partial(writer.make_older, documents=[document]))
            staging.replace(self._database, document)
        except CommitTooLarge as still:
            raise Unindexable(str(still)) from still

    def _planner(self, tenant: str) -> Planner:
        return Planner(Conditions(tenant, self._database.dialect))


def _chunks(values: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
