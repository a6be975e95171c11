"""The resources that a transaction itself brings, as something to be searched.

A conditional reference may mean an entry of its own bundle, which no index knows yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from hearth_server.fhir import json
from hearth_server.interactions.steps import Step
from hearth_server.search.protocol import NotIndexed
from hearth_server.search.query import Query
from hearth_server.search.tree import other_types
from hearth_server.store.protocol import Key, Record

if TYPE_CHECKING:
    from hearth_server.search.indexed import IndexedSearch


class Candidates:
    """The resources of some steps, indexed in memory when they are first searched."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = [step for step in steps if step.replaces]
        self._indexes: dict[str | None, IndexedSearch] = {}
        self.written = frozenset(key for step in self._steps for key in step.keys)
        """What will be as the steps leave it, whatever is stored now."""

    def matching(self, tenant: str, query: Query, *, limit: int) -> list[Key]:
        """Return up to `limit` of the resources that a search for one type finds."""
        chained = any(other_types(query.condition))
        index = self._index(None if chained else query.types[0])
        return [hit.key for hit in index.find(tenant, query, limit)]

    def _index(self, type: str | None) -> IndexedSearch:
        """Return an index of one type, or of all for criteria that go from one to another."""
        # Few transactions need it, and not every stage has SQLite loaded.
        from hearth_server.search.engines.sql.engine import SqlEngine
        from hearth_server.search.engines.sql.sqlite import IN_MEMORY, SqliteDatabase
        from hearth_server.search.indexed import IndexedSearch

        if type not in self._indexes:
            index = self._indexes[type] = IndexedSearch(SqlEngine(SqliteDatabase(IN_MEMORY)))
            # What cannot be indexed is not valid either, and will be refused as such.
            with suppress(NotIndexed):
                index.index([record for step in self._steps for record in _records(step, type)])
        return self._indexes[type]


def _records(step: Step, type: str | None) -> list[Record]:
    resource = step.entry.resource
    if resource is None or type not in (None, resource["resourceType"]):
        return []
    return [Record(key, 1, 0, "PUT", json.encode({**resource, "id": key.id})) for key in step.keys]
