"""Query clauses for whole conditions.

References to other resources are resolved before: what `Resolver` finds stands in the clause as
terms. https://opensearch.org/docs/2.19/query-dsl/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from hearth_server.search.engines.opensearch import keys
from hearth_server.search.engines.opensearch.leaves import among, every, leaf, nested, some
from hearth_server.search.fields import Field
from hearth_server.search.folding import cut
from hearth_server.search.query import (
    Amounts,
    And,
    Bounds,
    CanonicalChain,
    CanonicalReferenced,
    Chain,
    Condition,
    Ids,
    Links,
    Listed,
    Moments,
    Near,
    Not,
    Or,
    Present,
    Referenced,
    Terms,
    Together,
    Updated,
    Words,
)

Clause: TypeAlias = dict[str, Any]

NOTHING: Clause = {"match_none": {}}

CONTAINED = "contained."
"""What the paths of contained resources start with."""


class Resolver(Protocol):
    """Finds the other resources that a condition is about. Each raises NotSupported for many."""

    def meeting(self, types: Sequence[str], condition: Condition) -> Sequence[str]:
        """Return the references to the resources, contained ones too, that meet a condition."""

    def pointed_at(self, type: str, fields: Sequence[Field], condition: Condition) -> Sequence[str]:
        """Return what the resources of a type that meet a condition point at."""


class Conditions:
    """Writes the clauses of one tenant, for resources or for contained ones."""

    def __init__(self, tenant: str, resolver: Resolver, path: str = "") -> None:
        self._tenant = tenant
        self._resolver = resolver
        self._path = path

    def clause(self, condition: Condition) -> Clause:
        """Return that a condition is true. Raises NotSupported for one that is too costly."""
        match condition:
            case And(conditions=conditions):
                return every(self.clause(each) for each in conditions)
            case Or(conditions=conditions):
                return some(self.clause(each) for each in conditions)
            case Not(condition=inner):
                return {"bool": {"must_not": [self.clause(inner)]}}
            case Ids(ids=ids, type=type):
                return self._ids(ids, type)
            case Updated(bounds=bounds):
                return some(_updated(each, f"{self._path}updated") for each in bounds)
            case Words(part=part, tests=tests):
                return NOTHING if self._path else _words(part, tests)
            case Chain(fields=fields, types=types, condition=inner):
                found = self._resolver.meeting(types, inner)
                links = [keys.link(field, each) for field in fields for each in found]
                return among(f"{self._path}links", links)
            case Referenced(type=referrer, fields=fields, condition=inner):
                found = self._resolver.pointed_at(referrer, fields, inner)
                return among(f"{self._path}ref", found)
            case Listed(type=type, id=id, fields=fields):
                found = self._resolver.pointed_at(type, fields, Ids((id,)))
                return among(f"{self._path}ref", found)
            case CanonicalChain() | CanonicalReferenced():
                raise TypeError("search.canonicals puts URLs in its place")
        return self._of_values(condition)

    def _of_values(
        self, condition: Terms | Links | Moments | Amounts | Near | Together | Present
    ) -> Clause:
        match condition:
            case Near(fields=fields):
                at = {"lat": condition.latitude, "lon": condition.longitude}
                path = f"{self._path}places"
                distance = {"distance": f"{condition.meters}m", f"{path}.at": at}
                named = among(f"{path}.field", [keys.tag(field) for field in fields])
                return nested(path, every([named, {"geo_distance": distance}]))
            case Together(inside=inside):
                path = f"{self._path}elements"
                return nested(path, every(leaf(each, f"{path}.") for each in inside))
            case Present(fields=fields, only=only):
                if not only:
                    return among(f"{self._path}fields", [keys.tag(field) for field in fields])
                starts = (keys.term(field, f"{type}/") for field in fields for type in only)
                return some({"prefix": {f"{self._path}links": start}} for start in starts)
        return leaf(condition, self._path)

    def _ids(self, ids: Sequence[str], type: str | None) -> Clause:
        if self._path:  # a contained resource has no id of its own
            return NOTHING
        named = among("id", ids)
        if type is None:
            return named
        return every([named, among("scope", [keys.scope(self._tenant, type)])])


def _words(part: str, tests: Iterable[Sequence[str]]) -> Clause:
    return some(every({"term": {part: cut(word)}} for word in words) for words in tests)


def _updated(bounds: Bounds[int], path: str) -> Clause:
    """Return that a version was committed within bounds; it has a width of one microsecond."""
    lows = [bounds.low_min, None if bounds.high_min is None else bounds.high_min - 1]
    highs = [bounds.low_max, None if bounds.high_max is None else bounds.high_max - 1]
    edges = {}
    if any(each is not None for each in lows):
        edges["gte"] = max(each for each in lows if each is not None)
    if any(each is not None for each in highs):
        edges["lte"] = min(each for each in highs if each is not None)
    return {"range": {path: edges}} if edges else {"match_all": {}}
