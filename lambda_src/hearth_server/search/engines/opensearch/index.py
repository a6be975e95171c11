"""An OpenSearch index as a search engine, which can be built anew while it is in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hearth_server.search.engines.hashes import resource_hash
from hearth_server.search.engines.newest import newest
from hearth_server.search.engines.opensearch.bulk import Bulk, Refresh
from hearth_server.search.engines.opensearch.cluster import Cluster, Missing
from hearth_server.search.engines.opensearch.generations import Generations
from hearth_server.search.engines.opensearch.ordering import sorts
from hearth_server.search.engines.opensearch.resolver import AT_ONCE, MAXIMUM_RESOLVED, Searches
from hearth_server.search.engines.opensearch.source import document_id, key_of
from hearth_server.search.engines.protocol import Cursor, Document, Hit, Known, Report
from hearth_server.search.query import Query
from hearth_server.store.protocol import Key

REFRESH_SECONDS = {"true": 1.0, "wait_for": 0.2, "false": 1.0}
"""How often searches come to see what has been written, by what a write waits for."""

LOOKED_UP = 1000
"""Resources that one request asks the versions of."""


class OpenSearchIndex:
    """A search engine over one OpenSearch cluster."""

    def __init__(
        self,
        cluster: Cluster,
        name: str,
        *,
        refresh: Refresh = "wait_for",
        report: Report | None = None,
        most_resolved: int = MAXIMUM_RESOLVED,
    ) -> None:
        self._cluster = cluster
        self._generations = Generations(cluster, name, REFRESH_SECONDS[refresh])
        self._bulk = Bulk(cluster, refresh, report)
        self._filling = Bulk(cluster, "false", report)  # nobody reads it yet
        self._most_resolved = most_resolved

    def find(
        self, tenant: str, query: Query, limit: int, cursor: Cursor | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits in the query's order, also when it goes backwards."""
        backwards = cursor is not None and cursor.backwards
        body = {
            "query": self._filtered(tenant, query),
            "sort": sorts(query, backwards=backwards),
            "stored_fields": "_none_",
            "docvalue_fields": ["ref", "version"],
            "track_total_hits": False,
        }
        after = list(cursor.position) if cursor is not None else None
        hits = [_hit(tenant, each) for each in self._pages(body, limit, after)]
        return hits[::-1] if backwards else hits

    def count(self, tenant: str, query: Query) -> int:
        """Return how many resources the query finds."""
        body = {
            "query": self._filtered(tenant, query), "size": 0, "track_total_hits": True
        }  # fmt: skip
        return int(self._search(body)["hits"]["total"]["value"])

    def versions(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return the version of each key that the index knows, tombstones included."""
        return self._versions(self._generations.read, keys)

    def index(self, documents: Sequence[Document]) -> None:
        """Take in documents; one that is not newer than what is there changes nothing."""
        self._bulk.write(newest(documents), self._generations.doors(), again=False)

    def rewrite(self, documents: Sequence[Document]) -> None:
        """Take in documents again; one that is older than what is there changes nothing."""
        self._bulk.write(newest(documents), self._generations.doors(), again=True)

    def scan(self, after: Key | None, limit: int) -> list[Known]:
        """Return up to `limit` resources of all tenants beyond `after`, in order of their hash."""
        if after is None:
            self._generations.doors()
            self._generations.refresh()
            start = None
        else:
            start = [resource_hash(after.tenant, after.type, after.id)]
        body = {
            "query": {"match_all": {}},
            "sort": ["rid"],
            "_source": False,
            "docvalue_fields": ["version", "deleted"],
            "track_total_hits": False,
        }
        return [
            Known(key_of(each["_id"]), each["fields"]["version"][0], each["fields"]["deleted"][0])
            for each in self._pages(body, limit, start)
        ]

    def begin(self) -> None:
        """Start a new generation, unless one is being built already."""
        self._generations.begin()

    def building(self) -> bool:
        """Whether a generation is being built."""
        return self._generations.building() is not None

    def built_versions(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Return the version of each key in the generation that is being built."""
        return self._versions(self._generations.built, keys)

    def fill(self, documents: Sequence[Document]) -> None:
        """Take documents into the generation that is being built. Raises LookupError."""
        door = self._generations.building()
        if door is None:
            raise LookupError("no generation is being built")
        self._filling.write(newest(documents), [door], again=False)

    def swap(self) -> None:
        """Have searches read the generation that is being built."""
        if self.building():
            self._generations.refresh()
            self._generations.swap()

    def discard(self) -> None:
        """Remove the generations that were read before."""
        self._generations.discard()

    def abandon(self) -> None:
        """Remove the generation that is being built."""
        self._generations.abandon()

    def refresh(self) -> None:
        """Have searches see all that has been written."""
        self._generations.refresh()

    def _filtered(self, tenant: str, query: Query) -> dict[str, Any]:
        """Return the clause of a query; what other resources it is about is looked for first."""

        def clause() -> dict[str, Any]:
            read, most = self._generations.read, self._most_resolved
            searches = Searches(self._cluster, read, tenant, most)
            found = searches.top.clause(query.condition)
            return {"bool": {"filter": [searches.current(query.types), found]}}

        try:
            return clause()
        except Missing:
            self._generations.prepare()
            return clause()

    def _pages(
        self, body: dict[str, Any], limit: int, after: list[Any] | None
    ) -> Iterator[dict[str, Any]]:
        """Yield up to `limit` hits beyond a position."""
        while limit > 0:
            size = min(limit, AT_ONCE)
            page = {**body, "size": size}
            if after is not None:
                page["search_after"] = after
            hits = self._search(page)["hits"]["hits"]
            yield from hits
            if len(hits) < size:
                return
            limit, after = limit - size, hits[-1]["sort"]

    def _search(self, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._cluster.search(self._generations.read, body)
        except Missing:
            self._generations.prepare()
            return self._cluster.search(self._generations.read, body)

    def _versions(self, alias: str, keys: Iterable[Key]) -> dict[Key, int]:
        by_id = {document_id(key): key for key in keys}
        ids = list(by_id)
        known: dict[Key, int] = {}
        for start in range(0, len(ids), LOOKED_UP):
            try:
                found = self._cluster.send(
                    "POST",
                    f"/{alias}/_mget",
                    {"ids": ids[start : start + LOOKED_UP]},
                    {"_source": "false", "filter_path": "docs._id,docs._version"},
                )
            except Missing:
                return {}
            known |= {
                by_id[each["_id"]]: each["_version"] for each in found["docs"] if "_version" in each
            }
        return known


def _hit(tenant: str, found: dict[str, Any]) -> Hit:
    values = found["fields"]
    type, _, id = values["ref"][0].partition("/")
    return Hit(Key(tenant, type, id), values["version"][0], tuple(found["sort"]))
