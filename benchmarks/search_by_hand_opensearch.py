"""The twenty searches as somebody would write them for OpenSearch who knows the index and the data.

Each returns the Type/id of its hits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from hearth_server.search.decimals import sortable
from hearth_server.search.engines.opensearch import keys
from hearth_server.search.engines.opensearch.cluster import Cluster
from hearth_server.search.fields import Field
from hearth_server.search.parameters import find
from hearth_server.store.protocol import SINGLE_TENANT

from benchmarks.search_by_hand import BY_HAND, LOINC, PAGE, Names

Clause: TypeAlias = dict[str, Any]
Hand: TypeAlias = Callable[[Cluster, str, Names], Sequence[str]]
"""Takes the cluster, the index and what to ask for."""

MOST = 10_000


def _asked(
    cluster: Cluster,
    index: str,
    type: str,
    clauses: Sequence[Clause],
    sort: Clause | None = None,
    size: int = PAGE,
) -> list[str]:
    scope = {"term": {"scope": keys.scope(SINGLE_TENANT, type)}}
    body = {
        "size": size,
        "query": {"bool": {"filter": [scope, *clauses]}},
        "sort": [*([sort] if sort else []), {"rid": {"order": "desc" if sort else "asc"}}],
        "stored_fields": "_none_",
        "docvalue_fields": ["ref", "version"],
        "track_total_hits": False,
    }
    hits = cluster.search(index, body)["hits"]["hits"]
    return [hit["fields"]["ref"][0] for hit in hits]


def _field(type: str, name: str) -> Field:
    parameter = find(type, name)
    assert parameter is not None
    return parameter.fields[0]


def _exact(type: str, name: str, key: str, system: str) -> Clause:
    return {"term": {"exact": keys.qualified(_field(type, name), key, system)}}


def _code(type: str, name: str, *codes: str) -> Clause:
    return {"terms": {"terms": [keys.term(_field(type, name), code) for code in codes]}}


def _family(names: Names) -> Clause:
    return {"prefix": {"terms": keys.term(_field("Patient", "family"), names["family"])}}


def _of_patient(type: str, names: Names) -> Clause:
    return {"term": {"links": keys.link(_field(type, "patient"), f"Patient/{names['patient']}")}}


def _moment(type: str, name: str, **edges: int) -> Clause:
    named = {"term": {"moments.field": keys.tag(_field(type, name))}}
    within = {"range": {"moments.low": edges}}
    return _nested("moments", named, within)


def _amount(path: str, field: Field, above: int, *units: Clause) -> Clause:
    named = {"term": {f"{path}.field": keys.tag(field)}}
    more = {"range": {f"{path}.high": {"gte": sortable(above, "just above")}}}
    return _nested(path, named, more, *units)


def _nested(path: str, *clauses: Clause) -> Clause:
    query = {"bool": {"filter": list(clauses)}}
    return {"nested": {"path": path, "query": query, "score_mode": "none"}}


def _newest(type: str, name: str = "date") -> Clause:
    named = {"term": {"moments.field": keys.tag(_field(type, name))}}
    nested = {"path": "moments", "filter": named}
    return {"moments.at": {"order": "desc", "mode": "max", "nested": nested}}


def _start(year: int, month: int = 1) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp() * 1_000_000)


def _identifier(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    system, _, value = names["identifier"].partition("|")
    return _asked(cluster, index, "Patient", [_exact("Patient", "identifier", value, system)])


def _id(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    return _asked(cluster, index, "Patient", [{"term": {"ref": f"Patient/{names['patient']}"}}])


def _named(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    return _asked(cluster, index, "Patient", [_family(names)])


def _named_and_born(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    born = _moment("Patient", "birthdate", gte=_start(1950))
    return _asked(cluster, index, "Patient", [_family(names), born])


def _women(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    women = _code("Patient", "gender", "female")
    return _asked(cluster, index, "Patient", [women], _newest("Patient", "birthdate"))


def _height(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    clauses = [_of_patient("Observation", names), _exact("Observation", "code", "8302-2", LOINC)]
    return _asked(cluster, index, "Observation", clauses, _newest("Observation"))


def _all_of_patient(type: str) -> Hand:
    return lambda cluster, index, names: _asked(
        cluster, index, type, [_of_patient(type, names)], _newest(type)
    )


def _vital_signs(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    clauses = [
        _of_patient("Observation", names),
        _code("Observation", "category", "vital-signs"),
        _moment("Observation", "date", gte=_start(2015)),
    ]
    return _asked(cluster, index, "Observation", clauses)


def _laboratory(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    laboratory = _code("Observation", "category", "laboratory")
    return _asked(cluster, index, "Observation", [laboratory], _newest("Observation"))


def _heights(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    code = _exact("Observation", "code", "8302-2", LOINC)
    return _asked(cluster, index, "Observation", [code])


def _january(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    within = _moment("Observation", "date", gte=_start(2015), lt=_start(2015, 2))
    return _asked(cluster, index, "Observation", [within])


def _pressure(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    parameter = find("Observation", "component-code-value-quantity")
    assert parameter is not None
    code, value = (part.parameter.fields[0] for part in parameter.elements[0].parts)
    coded = {"term": {"elements.exact": keys.qualified(code, "8480-6", LOINC)}}
    high = _amount("elements.amounts", value, 140)
    return _asked(cluster, index, "Observation", [_nested("elements", coded, high)])


def _high(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    unit = keys.short("cm")
    units = {"terms": {"amounts.units": [f"c{unit}", f"u{unit}"]}}
    high = _amount("amounts", _field("Observation", "value-quantity"), 180, units)
    return _asked(cluster, index, "Observation", [high])


def _of_patients(cluster: Cluster, index: str, clause: Clause) -> Clause:
    found = _asked(cluster, index, "Patient", [clause], size=MOST)
    field = _field("Observation", "patient")
    return {"terms": {"links": [keys.link(field, ref) for ref in found]}}


def _of_family(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    clauses = [_of_patients(cluster, index, _family(names)), _code("Observation", "code", "8302-2")]
    return _asked(cluster, index, "Observation", clauses)


def _of_the_old(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    old = _of_patients(cluster, index, _moment("Patient", "birthdate", lt=_start(1950)))
    return _asked(cluster, index, "Observation", [old], _newest("Observation"))


def _with_observation(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    field = _field("Observation", "patient")
    scope = {"term": {"scope": keys.scope(SINGLE_TENANT, "Observation")}}
    coded = _exact("Observation", "code", "72166-2", LOINC)
    terms = {"field": "links", "size": MOST, "include": f"{keys.tag(field)}\0.*",
             "execution_hint": "map"}  # fmt: skip
    answer = cluster.search(
        index,
        {
            "size": 0,
            "query": {"bool": {"filter": [scope, coded]}},
            "aggs": {"found": {"terms": terms}},
        },
    )
    found = [each["key"].partition("\0")[2] for each in answer["aggregations"]["found"]["buckets"]]
    return _asked(cluster, index, "Patient", [{"terms": {"ref": found}}])


def _active(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    clauses = [_of_patient("Condition", names), _code("Condition", "clinical-status", "active")]
    return _asked(cluster, index, "Condition", clauses)


def _orders(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    type = "MedicationRequest"
    clauses = [
        _of_patient(type, names),
        _code(type, "intent", "order"),
        _code(type, "status", "active", "stopped"),
    ]
    return _asked(cluster, index, type, clauses)


def _recent(cluster: Cluster, index: str, names: Names) -> Sequence[str]:
    recent = {"range": {"updated": {"gte": _start(2021)}}}
    return _asked(cluster, index, "Observation", [recent], {"updated": {"order": "desc"}})


_IN_ORDER: tuple[Hand, ...] = (
    _identifier, _id, _named, _named_and_born, _women, _height, _all_of_patient("Observation"),
    _vital_signs, _laboratory, _heights, _january, _pressure, _high, _of_family, _of_the_old,
    _with_observation, _all_of_patient("Encounter"), _active, _orders, _recent,
)  # fmt: skip

OPENSEARCH_BY_HAND: Mapping[str, Hand] = dict(zip(BY_HAND, _IN_ORDER, strict=True))
"""By search, as `BY_HAND` has them for SQL."""
