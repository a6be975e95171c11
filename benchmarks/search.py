"""How long searches take, by engine and by the size of the data, over Synthea's patients.

    HEARTH_SHARED_DATA=... python -m benchmarks.search [--engine sqlite] [--copies 1 10]

Twenty typical queries, from the parsed query to ids and versions; beside each what the database
takes for the same written by hand over the same tables, and by how much it grows with the data. A
`!` marks what takes more than 1.3 times the other and 2 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

from hearth_server.search.documents import document
from hearth_server.search.engines.sql.address import parse
from hearth_server.search.engines.sql.connection import Database
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabase
from hearth_server.search.engines.sql.sqlite import SqliteDatabase
from hearth_server.search.extract import extract
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.search.query import Query
from hearth_server.store.protocol import SINGLE_TENANT, Record

from benchmarks.search_by_hand import BY_HAND, LOINC, PAGE
from tests.hearth_server.search import synthea
from tests.services.postgresql import postgresql

BASE = "https://fhir.example.org"
ROUNDS = 40
BATCH = 500

QUERIES = tuple(BY_HAND)

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
        with _database(options.engine) as database:
            _measured(database, options.engine, copies, before)


@contextmanager
def _database(engine: str) -> Iterator[Database]:
    if engine == "postgresql":
        with postgresql() as conninfo:
            server = PostgresqlDatabase(parse(conninfo, ""))
            yield server
            server.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        file = SqliteDatabase(Path(folder) / "index.sqlite")
        yield file
        file.close()


def _extraction() -> None:
    resources = list(synthea.resources())
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for each in resources:
            extract(each)
        best = min(best, time.process_time() - started)
    print(f"extraction: {best / len(resources) * 1e6:.0f} µs of CPU a resource (goal 60)")


def _measured(database: Database, name: str, copies: int, before: dict[str, float]) -> None:
    engine = SqlEngine(database)
    records = list(synthea.records(copies))
    started, used = time.perf_counter(), time.process_time()
    search = IndexedSearch(engine)
    for start in range(0, len(records), BATCH):
        search.index(records[start : start + BATCH])
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    print(f"\n{name}, {len(records)} resources, load average {os.getloadavg()[0]:.1f}")
    print(f"  indexed {len(records) / wall:.0f}/s, {len(records) / cpu:.0f} per second of CPU here")
    if name == "postgresql":
        database.write(lambda transaction: transaction.run(Sql("ANALYZE")))
    names = _names(records)
    print(f"  {'p50 ms':>8} {'p99 ms':>8} {'hits':>5} {'by hand':>8} {'growth':>6}   query")
    for template, hand in BY_HAND.items():
        query = _query(template.format(**names))
        times = _times(partial(engine.find, SINGLE_TENANT, query, PAGE))
        best = statistics.median(_times(partial(database.query, hand(names)))) * 1000
        hits = len(engine.find(SINGLE_TENANT, query, PAGE))
        print(f"  {_row(times, hits)} {best:8.2f} {_growth(template, times, before)}"
              f"{_verdict(times, best)} {_shown(template)}")  # fmt: skip
    print("  counts")
    for template in COUNTED:
        query = _query(template.format(**names))
        times = _times(partial(engine.count, SINGLE_TENANT, query))
        found = engine.count(SINGLE_TENANT, query)
        print(f"  {_row(times, found)}  {_shown(template)}")


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
