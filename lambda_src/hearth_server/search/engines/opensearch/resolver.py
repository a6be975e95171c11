"""Finds the other resources that a condition is about: chains and `_has` take one search each.

What is found is named in the search that asked for it, so it is limited in number: a chain over
more resources is refused as too costly, and never answered in part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hearth_server.errors import NotSupported
from hearth_server.search.engines.opensearch import keys
from hearth_server.search.engines.opensearch.cluster import Cluster
from hearth_server.search.engines.opensearch.conditions import CONTAINED, Clause, Conditions
from hearth_server.search.engines.opensearch.leaves import among, every, nested
from hearth_server.search.fields import Field
from hearth_server.search.query import Condition

MAXIMUM_RESOLVED = 50_000
"""Resources that a step of a chain may lead over."""

AT_ONCE = 10_000
"""Hits of one request: what OpenSearch gives at most."""


class Searches:
    """Resolves the conditions of one query of one tenant, each once."""

    def __init__(
        self, cluster: Cluster, alias: str, tenant: str, most: int = MAXIMUM_RESOLVED
    ) -> None:
        self._cluster = cluster
        self._alias = alias
        self._tenant = tenant
        self._most = most
        self._meeting: dict[tuple[tuple[str, ...], Condition], list[str]] = {}
        self._pointed_at: dict[tuple[str, tuple[Field, ...], Condition], list[str]] = {}
        self.top = Conditions(tenant, self)
        """Writes clauses about resources."""
        self._inner = Conditions(tenant, self, CONTAINED)

    def current(self, types: Sequence[str]) -> Clause:
        """Return that a resource is the tenant's, of one of the types and not deleted."""
        return among("scope", [keys.scope(self._tenant, type) for type in types])

    def meeting(self, types: Sequence[str], condition: Condition) -> Sequence[str]:
        """Return the references to the resources, contained ones too, that meet a condition."""
        asked = (tuple(types), condition)
        if asked not in self._meeting:
            self._meeting[asked] = self._found(types, condition)
        return self._meeting[asked]

    def pointed_at(self, type: str, fields: Sequence[Field], condition: Condition) -> Sequence[str]:
        """Return what the resources of a type that meet a condition point at."""
        asked = (type, tuple(fields), condition)
        if asked not in self._pointed_at:
            clause = every([self.current([type]), self.top.clause(condition)])
            starts = "|".join(keys.tag(field) for field in fields)
            terms = self._terms(clause, "links", f"({starts})\0.*")
            length = keys.TAG_LENGTH + len(keys.PART)
            self._pointed_at[asked] = list(dict.fromkeys(term[length:] for term in terms))
        return self._pointed_at[asked]

    def _found(self, types: Sequence[str], condition: Condition) -> list[str]:
        clause = every([self.current(types), self.top.clause(condition)])
        inner = every([among(f"{CONTAINED}type", types), self._inner.clause(condition)])
        container = {"term": {"tenant": self._tenant}}
        held = every([container, nested("contained", inner)])
        terms = {"terms": {"field": f"{CONTAINED}ref", "size": self._most + 1}}
        met = {"filter": inner, "aggs": {"refs": terms}}
        aggregation = {"nested": {"path": "contained"}, "aggs": {"met": met}}
        first, contained = self._many(
            [
                self._hits(clause, None),
                {"size": 0, "query": _filtered(held), "aggs": {"contained": aggregation}},
            ]
        )
        found = [
            bucket["key"]
            for bucket in contained["aggregations"]["contained"]["met"]["refs"]["buckets"]
        ]
        if first["hits"]["total"]["value"] + len(found) > self._most:
            raise self._too_many()
        while True:
            hits = first["hits"]["hits"]
            found += [hit["fields"]["ref"][0] for hit in hits]
            if len(hits) < AT_ONCE:
                return found
            first = self._many([self._hits(clause, hits[-1]["sort"])])[0]

    def _hits(self, clause: Clause, after: list[Any] | None) -> dict[str, Any]:
        asked = {
            "size": AT_ONCE,
            "query": _filtered(clause),
            "sort": ["rid"],
            "stored_fields": "_none_",
            "docvalue_fields": ["ref"],
            "track_total_hits": self._most + 1,
        }
        return asked if after is None else {**asked, "search_after": after}

    def _terms(self, clause: Clause, path: str, include: str) -> list[str]:
        """Return the terms that the resources which meet a clause have at a path."""
        size = self._most + 1
        terms = {"field": path, "size": size, "include": include, "execution_hint": "map"}
        asked = {"size": 0, "query": _filtered(clause), "aggs": {"found": {"terms": terms}}}
        found = self._many([asked])[0]["aggregations"]["found"]["buckets"]
        if len(found) > self._most:
            raise self._too_many()
        return [bucket["key"] for bucket in found]

    def _many(self, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return self._cluster.search_all(self._alias, bodies)

    def _too_many(self) -> NotSupported:
        return NotSupported(
            f"A chain or _has leads over more than {self._most} resources; ask for fewer",
            code="too-costly",
        )


def _filtered(clause: Clause) -> Clause:
    return {"bool": {"filter": [clause]}}
