"""`IndexedSearch`: search over an engine, and no search where there is none."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec.structs import replace

from hearth_server.errors import NotSupported
from hearth_server.search.canonicals import resolved
from hearth_server.search.codes import StoredCodes
from hearth_server.search.engines.protocol import Cursor, Hit, SearchEngine
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.criteria import criteria_query
from hearth_server.search.protocol import NotIndexed
from hearth_server.search.query import Query
from hearth_server.search.taking_in import take_in
from hearth_server.store.protocol import Key, Record, ResourceStore

_ANY = Key("-", "Basic", "-")
"""A resource to ask an engine for that is to show only whether it answers."""


class IndexedSearch:
    """Search over one engine."""

    def __init__(self, engine: SearchEngine, store: ResourceStore | None = None) -> None:
        """Take an engine, and the store that holds value sets for criteria with `:in`."""
        self._engine = engine
        self._store = store

    def matching(self, tenant: str, type: str, criteria: str, *, limit: int = 2) -> list[Key]:
        """Return up to `limit` current resources that meet the criteria. Raises InvalidRequest."""
        codes = StoredCodes(self._store, self, tenant) if self._store is not None else None
        context = Context(now=time.time_ns() // 1000, codes=codes)
        query = criteria_query(type, criteria, context)
        return [hit.key for hit in self.find(tenant, query, limit)]

    def find(
        self, tenant: str, query: Query, limit: int, cursor: Cursor | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits in the query's order, also when the cursor goes backwards."""
        return self._engine.find(tenant, self._resolved(tenant, query), limit, cursor)

    def count(self, tenant: str, query: Query) -> int:
        """Return how many resources the query finds."""
        return self._engine.count(tenant, self._resolved(tenant, query))

    def _resolved(self, tenant: str, query: Query) -> Query:
        """Return a query without chains through canonical URLs. Raises NotSupported."""

        def look_up(asked: Query, most: int) -> list[bytes]:
            if self._store is None:
                raise NotSupported("Chains through canonical URLs need the stored resources")
            keys = [hit.key for hit in self._engine.find(tenant, asked, most)]
            return [each.body for each in self._store.latest_of(keys).values() if not each.deleted]

        condition = resolved(query.condition, look_up)
        return query if condition is query.condition else replace(query, condition=condition)

    def index(self, records: Sequence[Record]) -> None:
        """Make records findable; what the index knows already is not even looked at.

        Raises NotIndexed for records that cannot be read or written; the others are findable.
        """
        known = self._engine.versions(record.key for record in records)
        self.announce([each for each in records if known.get(each.key, 0) < each.version])

    def announce(self, records: Sequence[Record]) -> None:
        """Make records findable that have only just been committed. Raises as `index` does."""
        failed = take_in(records, self._engine.index)
        if failed:
            raise NotIndexed(list(failed), next(iter(failed.values())))

    def require(self) -> None:
        """Raise Unavailable when the engine cannot be reached just now."""
        self._engine.versions([_ANY])


class NoSearch:
    """The search of a stage without an engine: reads and plain writes work without one."""

    def matching(self, tenant: str, type: str, criteria: str, *, limit: int = 2) -> list[Key]:
        """Raise NotSupported."""
        raise _without_engine()

    def find(
        self, tenant: str, query: Query, limit: int, cursor: Cursor | None = None
    ) -> list[Hit]:
        """Raise NotSupported."""
        raise _without_engine()

    def count(self, tenant: str, query: Query) -> int:
        """Raise NotSupported."""
        raise _without_engine()

    def index(self, records: Sequence[Record]) -> None:
        """Do nothing."""

    def announce(self, records: Sequence[Record]) -> None:
        """Do nothing."""

    def require(self) -> None:
        """Do nothing."""


def _without_engine() -> NotSupported:
    return NotSupported("This stage has no search engine")
