"""How long searches take on OpenSearch, each beside a query for the same written by hand.

    HEARTH_SHARED_DATA=... python -m benchmarks.search_opensearch [--copies 1 10]

The node, its client and whatever else runs share the machine: the CPU time of both and the load
are told with the rest. Queries of the engine and by hand take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from hearth_server.search.engines.opensearch.address import parse
from hearth_server.search.engines.opensearch.cluster import Cluster
from hearth_server.search.engines.opensearch.index import OpenSearchIndex
from hearth_server.search.indexed import IndexedSearch
from hearth_server.store.protocol import SINGLE_TENANT, Record

from benchmarks import search
from benchmarks.search import COUNTED
from benchmarks.search_by_hand import PAGE
from benchmarks.search_by_hand_opensearch import OPENSEARCH_BY_HAND
from tests.hearth_server.search import synthea
from tests.services.opensearch import Node

NAME = "bench"
READ = f"{NAME}-read"
WRITERS = 2
BATCH = 500

GOAL_PER_SECOND = 1200

_MEMORY = ("-Xms1g", "-Xmx1g")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10])
    options = parser.parse_args()
    if synthea.folder() is None:
        sys.exit("HEARTH_SHARED_DATA names no folder with synthea/ in it")
    before: dict[str, float] = {}
    for copies in options.copies:
        measure(copies, before)


def measure(copies: int, before: dict[str, float]) -> None:
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
        _queries(index, cluster, search._names(records), before)
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


def _queries(
    index: OpenSearchIndex, cluster: Cluster, names: dict[str, str], before: dict[str, float]
) -> None:
    print(f"  {'p50 ms':>8} {'p99 ms':>8} {'hits':>5} {'by hand':>8} {'growth':>6}   query")
    for template, hand in OPENSEARCH_BY_HAND.items():
        query = search._query(template.format(**names))
        ask, by_hand = (
            partial(index.find, SINGLE_TENANT, query, PAGE),
            partial(hand, cluster, READ, names),
        )
        if {f"{hit.key.type}/{hit.key.id}" for hit in ask()} != set(by_hand()):
            raise AssertionError(f"by hand, {template} finds something else")
        times, others = search.in_turns(ask, by_hand)
        best = statistics.median(others) * 1000
        print(f"  {search._row(times, len(ask()))} {best:8.2f} "
              f"{search._growth(template, times, before)}{search._verdict(times, best)} "
              f"{search._shown(template)}")  # fmt: skip
    print("  counts")
    for template in COUNTED:
        query = search._query(template.format(**names))
        count = partial(index.count, SINGLE_TENANT, query)
        print(f"  {search._row(search._times(count), count())}  {search._shown(template)}")


if __name__ == "__main__":
    main()
