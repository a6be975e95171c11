"""How long searches take on OpenSearch, each beside a query for the same written by hand.

    HEARTH_SHARED_DATA=... python -m benchmarks.search_opensearch [--copies 1 10]

The node, its client and whatever else runs share the machine: the CPU time of both and the load
are told with the rest. Queries of the engine and by hand take turns.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from hearth_server.search.engines.opensearch import keys
from hearth_server.search.engines.opensearch.address import parse
from hearth_server.search.engines.opensearch.cluster import Cluster
from hearth_server.search.engines.opensearch.index import OpenSearchIndex
from hearth_server.search.fields import Field
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parameters import find
from hearth_server.store.protocol import SINGLE_TENANT, Record

from benchmarks import search
from benchmarks.search import COUNTED, QUERIES, ROUNDS
from benchmarks.search_by_hand import LOINC, PAGE
from tests.hearth_server.search import synthea
from tests.services.opensearch import Node

NAME = "bench"
READ = f"{NAME}-read"
WRITERS = 2
BATCH = 500
WARM_UP = 10

GOAL_PER_SECOND = 1200

_MEMORY = ("-Xms1g", "-Xmx1g")

Clause = dict[str, Any]
Body = dict[str, Any]
ByHand = Callable[[Cluster], Sequence[Any]]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10])
    options = parser.parse_args()
    if synthea.folder() is None:
        sys.exit("HEARTH_SHARED_DATA names no folder with synthea/ in it")
    for copies in options.copies:
        measure(copies)


def measure(copies: int) -> None:
    """Index Synthea's patients so many times in a fresh node, and time the queries."""
    node = Node(*_MEMORY)
    node.start()
    try:
        cluster = Cluster(parse(node.url), "")
        index = OpenSearchIndex(cluster, NAME, refresh="false")
        records = list(synthea.records(copies))
        _indexed(index, records, node)
        cluster.send("POST", f"/{READ}/_forcemerge", None, {"max_num_segments": "4"})
        index.refresh()
        _queries(index, cluster, search._names(records))
        print(f"  load {os.getloadavg()[0]:.1f}")
    finally:
        node.close()


def _indexed(index: OpenSearchIndex, records: Sequence[Record], node: Node) -> None:
    index.index([])
    engine = IndexedSearch(index)
    batches = [records[at : at + BATCH] for at in range(0, len(records), BATCH)]
    started, used, theirs = time.perf_counter(), time.process_time(), node.cpu_seconds()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(engine.index, batches))
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    theirs = node.cpu_seconds() - theirs
    count = len(records)
    print(f"\nopensearch, {count} resources: indexed {count / wall:.0f}/s by {WRITERS} writers")
    print(
        f"  {count / max(cpu, (cpu + theirs) / 2):.0f}/s of two cores of CPU time"
        f" (goal {GOAL_PER_SECOND}): {cpu / count * 1e6:.0f} µs here and"
        f" {theirs / count * 1e6:.0f} µs in the node for each, load {os.getloadavg()[0]:.1f}"
    )


def _queries(index: OpenSearchIndex, cluster: Cluster, names: dict[str, str]) -> None:
    by_hand = _by_hand(names)
    print(f"  {'p50 ms':>8} {'p99 ms':>8} {'hits':>5}  {'by hand':>8} {'p99 ms':>8}  query")
    for template in QUERIES:
        query = search._query(template.format(**names))
        ask = partial(index.find, SINGLE_TENANT, query, PAGE)
        _print(ask, len(ask()), by_hand.get(template), cluster, template)
    print("  counts")
    for template in COUNTED:
        query = search._query(template.format(**names))
        count = partial(index.count, SINGLE_TENANT, query)
        _print(count, count(), None, cluster, template)


def _print(
    ask: Callable[[], object], hits: int, by_hand: ByHand | None, cluster: Cluster, title: str
) -> None:
    """Time a query and the one by hand in turns, and print both."""
    times: list[float] = []
    others: list[float] = []
    for number in range(WARM_UP + ROUNDS):
        taken = search._seconds(ask)
        other = search._seconds(partial(by_hand, cluster)) if by_hand is not None else 0.0
        if number >= WARM_UP:
            times.append(taken)
            others.append(other)
    beside = search._row(others, 0)[:-6] if by_hand is not None else " " * 17
    if by_hand is not None and len(by_hand(cluster)) != hits:
        raise AssertionError(f"by hand, {title} finds something else")
    print(f"  {search._row(times, hits)}  {beside}  {search._shown(title)}")


def _by_hand(names: dict[str, str]) -> dict[str, ByHand]:
    """Return queries as somebody would write them who knows the index and the data."""
    patient = f"Patient/{names['patient']}"
    system, _, value = names["identifier"].partition("|")
    family, code = names["family"], _exact("Observation", "code", "8302-2", LOINC)
    of_patient = _link("Observation", "subject", patient)
    newest = _newest("Observation", "date")

    def chained(cluster: Cluster) -> list[Any]:
        found = _asked(cluster, "Patient", [_prefix("Patient", "family", family)], size=10_000)
        links = [keys.link(_field("Observation", "subject"), ref) for ref in found]
        height = {"term": {"terms": keys.term(_field("Observation", "code"), "8302-2")}}
        return _asked(cluster, "Observation", [{"terms": {"links": links}}, height])

    def one(type: str, *clauses: Clause, sort: Clause | None = None) -> ByHand:
        return lambda cluster: _asked(cluster, type, clauses, sort)

    asked: list[ByHand] = [
        one("Patient", _exact("Patient", "identifier", value, system)),
        one("Patient", {"term": {"ref": patient}}),
        one("Patient", _prefix("Patient", "family", family)),
        one("Observation", of_patient, code, sort=newest),
        one("Observation", of_patient, sort=newest),
        one("Observation", {"term": {"terms": keys.term(_field("Observation", "category"),
                                                        "laboratory")}}, sort=newest),
        one("Observation", code),
        chained,
        one("Encounter", _link("Encounter", "subject", patient),
            sort=_newest("Encounter", "date")),
        one("Observation", {"range": {"updated": {"gte": 1_577_836_800_000_000}}},
            sort={"updated": {"order": "desc"}}),
    ]  # fmt: skip
    at = (0, 1, 2, 5, 6, 8, 9, 13, 16, 19)
    return {QUERIES[number]: each for number, each in zip(at, asked, strict=True)}


def _asked(
    cluster: Cluster,
    type: str,
    clauses: Sequence[Clause],
    sort: Clause | None = None,
    size: int = PAGE,
) -> list[Any]:
    scope = {"term": {"scope": keys.scope(SINGLE_TENANT, type)}}
    body: Body = {
        "size": size,
        "query": {"bool": {"filter": [scope, *clauses]}},
        "sort": [*([sort] if sort else []), {"rid": {"order": "desc" if sort else "asc"}}],
        "stored_fields": "_none_",
        "docvalue_fields": ["ref", "version"],
        "track_total_hits": False,
    }
    hits = cluster.search(READ, body)["hits"]["hits"]
    return [hit["fields"]["ref"][0] for hit in hits]


def _field(type: str, name: str) -> Field:
    parameter = find(type, name)
    assert parameter is not None
    return parameter.fields[0]


def _exact(type: str, name: str, key: str, system: str) -> Clause:
    return {"term": {"exact": keys.qualified(_field(type, name), key, system)}}


def _prefix(type: str, name: str, start: str) -> Clause:
    return {"prefix": {"terms": keys.term(_field(type, name), start)}}


def _link(type: str, name: str, ref: str) -> Clause:
    return {"term": {"links": keys.link(_field(type, name), ref)}}


def _newest(type: str, name: str) -> Clause:
    named = {"term": {"moments.field": keys.tag(_field(type, name))}}
    nested = {"path": "moments", "filter": named}
    return {"moments.at": {"order": "desc", "mode": "max", "nested": nested}}


if __name__ == "__main__":
    main()
