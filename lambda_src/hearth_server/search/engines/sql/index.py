"""A SQL index: one `SqlEngine` for each generation, searches in the one that is read."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from hearth_server.search.engines.protocol import LEARNT_SECONDS, Cursor, Document, Hit, Known
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.generations import FIRST, Databases, Generations
from hearth_server.search.engines.sql.plan import Limits
from hearth_server.search.query import Query
from hearth_server.store.protocol import Key

LEAVING_SECONDS = 2.0
"""How long a writer may take that has asked which generations there are."""


class SqlIndex:
    """A search engine over SQL databases, which can be built anew while it is in use."""

    def __init__(self, databases: Databases, limits: Limits | None = None) -> None:
        self._databases = databases
        self._limits = limits
        first = databases.open(FIRST)
        self._generations = Generations(first)
        self._engines = {FIRST: SqlEngine(first, limits)}
        self._read = FIRST
        self._learnt = float("-inf")

    def find(
        self, tenant: str, query: Query, limit: int, cursor: Cursor | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits in the query's order, also when it goes backwards."""
        return self._reading().find(tenant, query, limit, cursor)

    def count(self, tenant: str, query: Query) -> int:
        """Return how many resources the query finds."""
        return self._reading().count(tenant, query)

    def versions(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return the version of each key that the index knows, tombstones included."""
        return self._reading().versions(keys)

    def scan(self, after: Key | None, limit: int) -> list[Known]:
        """Return up to `limit` resources of all tenants beyond `after`, in order of their hash."""
        return self._reading().scan(after, limit)

    def index(self, documents: Sequence[Document]) -> None:
        """Take in documents; one that is not newer than what is there changes nothing."""
        for engine in self._written():
            engine.index(documents)

    def rewrite(self, documents: Sequence[Document]) -> None:
        """Take in documents again; one that is older than what is there changes nothing."""
        for engine in self._written():
            engine.rewrite(documents)

    def begin(self) -> None:
        """Start a new generation, unless one is being built already."""
        self._generations.begin(lambda number: self._engine(number).prepare())

    def building(self) -> bool:
        """Whether a generation is being built."""
        return "building" in self._generations.states().values()

    def built_versions(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return the version of each key in the generation that is being built."""
        return self._built().versions(keys)

    def fill(self, documents: Sequence[Document]) -> None:
        """Take documents into the generation that is being built. Raises LookupError."""
        self._built().index(documents)

    def swap(self) -> None:
        """Have searches read the generation that is being built."""
        self._generations.swap()

    def discard(self) -> None:
        """Remove the generations that were read before."""
        self._generations.retire()
        self._remove()

    def abandon(self) -> None:
        """Remove the generation that is being built."""
        self._generations.abandon()
        self._remove()

    def _remove(self) -> None:
        leaving = self._generations.leaving()
        if leaving:
            time.sleep(LEAVING_SECONDS)
        for number in leaving:
            self._databases.drop(number)
            self._generations.remove(number)

    def close(self) -> None:
        """Close the connections."""
        for engine in self._engines.values():
            engine.close()

    def _reading(self) -> SqlEngine:
        """Return the engine of the generation that was read at most `LEARNT_SECONDS` ago."""
        if time.monotonic() - self._learnt > LEARNT_SECONDS / 2:
            states = self._generations.states()
            self._read = next(number for number, state in states.items() if state == "read")
            self._learnt = time.monotonic()
        return self._engine(self._read)

    def _written(self) -> list[SqlEngine]:
        return [self._engine(number) for number in self._generations.states()]

    def _built(self) -> SqlEngine:
        for number, state in self._generations.states().items():
            if state == "building":
                return self._engine(number)
        raise LookupError("no generation is being built")

    def _engine(self, number: int) -> SqlEngine:
        if number not in self._engines:
            self._engines[number] = SqlEngine(self._databases.open(number), self._limits)
        return self._engines[number]
