"""How long searches take, by engine and by the size of the data, over Synthea's patients.

    HEARTH_SHARED_DATA=... python -m benchmarks.search [--engine sqlite] [--copies 1 10]

Twenty typical queries, from the parsed query to ids and versions; beside each what the database
takes for the same written by hand over the same tables, in turns with it, and by how much it grows
with the data. PostgreSQL plans the latter in several ways; the quickest counts. A `!` marks what
takes more than 1.3 times the other and 2 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

from hearth_server.search.documents import document
from hearth_server.search.engines.protocol import Hit
from hearth_server.search.engines.sql.address import parse
from hearth_server.search.engines.sql.connection import Database
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabase
from hearth_server.search.engines.sql.sqlite import SqliteDatabase
from hearth_server.search.engines.sql.wire import ServerError
from hearth_server.search.extract import extract
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.search.query import Query
from hearth_server.store.protocol import SINGLE_TENANT, Record

from benchmarks.search_by_hand import BY_HAND, LOINC, OTHERWISE, PAGE
from tests.hearth_server.search import synthea
from tests.services.postgresql import postgresql

BASE = "https://fhir.example.org"
ROUNDS = 40
WARM_UP = 10
BATCH = 500

IN_ORDER = {
    "join_collapse_limit": "1",
    "from_collapse_limit": "1",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "enable_hashagg": "off",
}
BY_HAND_PLANNED = (
    {**IN_ORDER, "plan_cache_mode": "force_generic_plan"},
    {**IN_ORDER, "plan_cache_mode": "force_custom_plan"},
    {"plan_cache_mode": "force_custom_plan"},
)
"""How PostgreSQL plans what is written by hand: once for all values in the order of the joins, for
each value so, and for each value as it thinks best."""

NOT_FOR_EVER = {"jit": "off", "statement_timeout": "5000"}
PATIENCE = 0.6
"""Seconds after which a way of planning what is written by hand is out of the running."""

COUNTED = (
    "Patient?gender=female",
    "Observation?patient={patient}",
    f"Observation?code={LOINC}|8302-2",
)
"""What `_summary=count` is timed on."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--engine", choices=("sqlite", "postgresql", "opensearch"), default="sqlite"
    )
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10])
    options = parser.parse_args()
    if synthea.folder() is None:
        sys.exit("HEARTH_SHARED_DATA names no folder with synthea/ in it")
    _extraction()
    before: dict[str, float] = {}
    for copies in options.copies:
        if options.engine == "opensearch":
            from benchmarks import search_opensearch

            search_opensearch.measure(copies, before)
            continue
        with _databases(options.engine) as (database, *others):
            _measured(database, others, copies, before)


@contextmanager
def _databases(engine: str) -> Iterator[list[Database]]:
    """Open the engine's database, and again for each way of planning what is written by hand."""
    with ExitStack() as stack:
        opened: list[Database] = []
        if engine == "postgresql":
            address = parse(stack.enter_context(postgresql()), "")
            opened.append(PostgresqlDatabase(address))
            for settings in BY_HAND_PLANNED:
                server = replace(address.server, settings={**settings, **NOT_FOR_EVER})
                opened.append(PostgresqlDatabase(replace(address, server=server)))
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            file = Path(folder) / "index.sqlite"
            opened += [SqliteDatabase(file), SqliteDatabase(file)]
        for each in opened:
            stack.callback(each.close)
        yield opened


def _extraction() -> None:
    resources = list(synthea.resources())
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for each in resources:
            extract(each)
        best = min(best, time.process_time() - started)
    print(f"extraction: {best / len(resources) * 1e6:.0f} µs of CPU a resource (goal 60)")


def _measured(
    database: Database, others: list[Database], copies: int, before: dict[str, float]
) -> None:
    engine, name = SqlEngine(database), database.dialect.name
    records = list(synthea.records(copies))
    started, used = time.perf_counter(), time.process_time()
    search = IndexedSearch(engine)
    for start in range(0, len(records), BATCH):
        search.index(records[start : start + BATCH])
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    print(f"\n{name}, {len(records)} resources, load average {os.getloadavg()[0]:.1f}")
    print(f"  indexed {len(records) / wall:.0f}/s, {len(records) / cpu:.0f} per second of CPU here")
    if name == "postgresql":
        assert isinstance(database, PostgresqlDatabase)
        database.define("VACUUM ANALYZE")  # as the server itself does within minutes
    names = _names(records)
    print(f"  {'p50 ms':>8} {'p99 ms':>8} {'hits':>5} {'by hand':>8} {'growth':>6}   query")
    for template, hand in BY_HAND.items():
        query = _query(template.format(**names))
        ask = partial(engine.find, SINGLE_TENANT, query, PAGE)
        hits = ask()
        written = [each(names) for each in (hand, OTHERWISE.get(template)) if each is not None]
        ways = [partial(each.query, text) for each in others for text in written]
        times, *rest = in_turns(ask, *(way for way in ways if _finds(way, hits)))
        best = min(map(statistics.median, rest)) * 1000
        print(f"  {_row(times, len(hits))} {best:8.2f} {_growth(template, times, before)}"
              f"{_verdict(times, best)} {_shown(template)}")  # fmt: skip
    print("  counts")
    for template in COUNTED:
        query = _query(template.format(**names))
        times = _times(partial(engine.count, SINGLE_TENANT, query))
        found = engine.count(SINGLE_TENANT, query)
        print(f"  {_row(times, found)}  {_shown(template)}")


def _finds(way: Callable[[], Sequence[tuple[str, ...]]], hits: Sequence[Hit]) -> bool:
    """Return whether what is written by hand is done in time; it must find the same."""
    started = time.perf_counter()
    try:
        found = {tuple(row[:2]) for row in way()}
    except ServerError:  # this way of planning takes for ever
        return False
    if found != {(hit.key.type, hit.key.id) for hit in hits}:
        raise AssertionError("What is written by hand finds something else")
    return time.perf_counter() - started < PATIENCE


def in_turns(*works: Callable[[], object]) -> list[list[float]]:
    """Return the seconds that each takes: what else the machine does then meets all alike."""
    rounds = [[_seconds(work) for work in works] for _ in range(WARM_UP + ROUNDS)]
    return [list(times) for times in zip(*rounds[WARM_UP:], strict=True)]


def _times(work: Callable[[], object]) -> list[float]:
    work()
    return [_seconds(work) for _ in range(ROUNDS)]


def _growth(template: str, times: list[float], before: dict[str, float]) -> str:
    """Return by how much a search takes longer than over the data before."""
    now = statistics.median(times)
    grown = f"{now / before[template]:5.1f}x" if template in before else "      "
    before[template] = now
    return grown


def _verdict(times: list[float], best: float) -> str:
    """Return a mark where a search takes more than it may: 1.3 times the other and 2 ms."""
    return " !" if statistics.median(times) * 1000 > 1.3 * best + 2 else "  "


def _query(text: str) -> Query:
    type, _, rest = text.partition("?")
    return search_request((type,), parse_qsl(rest), Context(BASE), lenient=False).query


def _names(records: list[Record]) -> dict[str, str]:
    """Return a patient, an identifier and a family name to ask for."""
    patient = next(each for each in records if each.key.type == "Patient")
    entries = document(patient).entries
    assert entries is not None
    token = next(each for each in entries.terms if each.field.name == "Patient.identifier:token")
    family = next(each for each in entries.terms if each.field.path == "name.family")
    return {
        "patient": patient.key.id,
        "identifier": f"{token.qualifier}|{token.key}",
        "family": family.key,
    }


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(times: list[float], hits: int) -> str:
    ordered = sorted(times)
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(times) * 1000:8.2f} {worst * 1000:8.2f} {hits:5d}"


def _shown(template: str) -> str:
    return template.replace("{", "").replace("}", "")


if __name__ == "__main__":
    main()
