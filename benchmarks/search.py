"""How long searches take, by engine and by the size of the data, over Synthea's patients.

    HEARTH_SHARED_DATA=... python -m benchmarks.search [--engine sqlite] [--copies 1 10]

Twenty typical queries, from the parsed query to ids and versions; beside them what the database
takes for a query written by hand over the same tables; then extraction and indexing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

from hearth_server.search.documents import document
from hearth_server.search.engines.sql.address import parse
from hearth_server.search.engines.sql.connection import Database
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.hashes import field_hash, resource_hash, text_hash
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabase
from hearth_server.search.engines.sql.sqlite import SqliteDatabase
from hearth_server.search.extract import extract
from hearth_server.search.fields import Field
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parameters import find
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.search.query import Query
from hearth_server.store.protocol import SINGLE_TENANT, Record

from tests.hearth_server.search import synthea
from tests.services.postgresql import postgresql

BASE = "https://fhir.example.org"
PAGE = 21
ROUNDS = 40
BATCH = 500
LOINC = "http://loinc.org"

QUERIES = (
    "Patient?identifier={identifier}",
    "Patient?_id={patient}",
    "Patient?family={family}",
    "Patient?name={family}&birthdate=ge1950",
    "Patient?gender=female&_sort=-birthdate",
    f"Observation?patient={{patient}}&code={LOINC}|8302-2&_sort=-date",
    "Observation?patient={patient}&_sort=-date",
    "Observation?patient={patient}&category=vital-signs&date=ge2015",
    "Observation?category=laboratory&_sort=-date",
    f"Observation?code={LOINC}|8302-2",
    "Observation?date=ge2015-01-01&date=lt2015-02-01",
    f"Observation?component-code-value-quantity={LOINC}|8480-6$gt140",
    "Observation?value-quantity=gt180||cm",
    "Observation?patient.family={family}&code=8302-2",
    "Observation?patient.birthdate=lt1950&_sort=-date",
    f"Patient?_has:Observation:patient:code={LOINC}|72166-2",
    "Encounter?patient={patient}&_sort=-date",
    "Condition?patient={patient}&clinical-status=active",
    "MedicationRequest?patient={patient}&intent=order&status=active,stopped",
    "Observation?_lastUpdated=gt2020&_sort=-_lastUpdated",
)

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
    for copies in options.copies:
        if options.engine == "opensearch":
            from benchmarks import search_opensearch

            search_opensearch.measure(copies)
            continue
        with _database(options.engine) as database:
            _measured(database, options.engine, copies)


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
    best = min(_seconds(lambda: [extract(each) for each in resources]) for _ in range(3))
    print(f"extraction: {best / len(resources) * 1e6:.0f} µs a resource (goal 60)")


def _measured(database: Database, name: str, copies: int) -> None:
    engine = SqlEngine(database)
    records = list(synthea.records(copies))
    started, used = time.perf_counter(), time.process_time()
    search = IndexedSearch(engine)
    for start in range(0, len(records), BATCH):
        search.index(records[start : start + BATCH])
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    print(f"\n{name}, {len(records)} resources: indexed {len(records) / wall:.0f}/s,")
    print(f"  {len(records) / cpu:.0f} per second of CPU (goal 2000)")
    if name == "postgresql":
        database.query(Sql("SELECT 1"))
        database.write(lambda transaction: transaction.run(Sql("ANALYZE")))
    names = _names(records)
    print(f"  {'p50 ms':>8} {'p99 ms':>8} {'hits':>5}  query")
    for template in QUERIES:
        _timed(engine, template, names)
    print("  counts")
    for template in COUNTED:
        query = _query(template.format(**names))
        count = partial(engine.count, SINGLE_TENANT, query)
        times = [_seconds(count) for _ in range(ROUNDS)]
        print(f"  {_row(times, engine.count(SINGLE_TENANT, query))}  {_shown(template)}")
    print("  written by hand")
    for title, statement in _by_hand(names):
        times = [_seconds(partial(database.query, statement)) for _ in range(ROUNDS)]
        print(f"  {_row(times, len(database.query(statement)))}  {title}")


def _timed(engine: SqlEngine, template: str, names: dict[str, str]) -> None:
    query = _query(template.format(**names))
    times = [_seconds(lambda: engine.find(SINGLE_TENANT, query, PAGE)) for _ in range(ROUNDS)]
    print(f"  {_row(times, len(engine.find(SINGLE_TENANT, query, PAGE)))}  {_shown(template)}")


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


def _by_hand(names: dict[str, str]) -> Iterator[tuple[str, Sql]]:
    """Yield queries as somebody would write them who knows the tables and the data."""
    patient = resource_hash(SINGLE_TENANT, "Patient", names["patient"])
    system, _, value = names["identifier"].partition("|")
    subject, code = _field("Observation", "subject"), _field("Observation", "code")
    date, identifier = _field("Observation", "date"), _field("Patient", "identifier")
    yield (
        "Patient?identifier",
        Sql(
            "SELECT r.id, r.version FROM term t JOIN resource r ON r.rid = t.rid"
            " WHERE t.field = ? AND t.key = ? AND t.qualifier = ? AND r.state = 0",
            (identifier, value, text_hash(system)),
        ),
    )
    yield (
        "Observation?patient&code&_sort=-date",
        Sql(
            "SELECT r.id, r.version, m.low FROM link l JOIN term t ON t.rid = l.rid"
            " JOIN moment m ON m.rid = l.rid JOIN resource r ON r.rid = l.rid"
            " WHERE l.field = ? AND l.target = ? AND t.field = ? AND t.key = ?"
            " AND t.qualifier = ? AND m.field = ? AND r.state = 0 ORDER BY m.low DESC LIMIT 21",
            (subject, patient, code, "8302-2", text_hash(LOINC), date),
        ),
    )
    yield (
        "Observation?patient&_sort=-date",
        Sql(
            "SELECT r.id, r.version, m.low FROM link l JOIN moment m ON m.rid = l.rid"
            " JOIN resource r ON r.rid = l.rid WHERE l.field = ? AND l.target = ?"
            " AND m.field = ? AND r.state = 0 ORDER BY m.low DESC LIMIT 21",
            (subject, patient, date),
        ),
    )


def _field(type: str, name: str) -> int:
    parameter = find(type, name)
    assert parameter is not None
    field: Field = parameter.fields[0]
    return field_hash(SINGLE_TENANT, field)


def _seconds(work: object) -> float:
    assert callable(work)
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
