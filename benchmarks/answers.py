"""How long a search takes from the event to the answer, and what of it the index and the bodies do.

    HEARTH_SHARED_DATA=... python -m benchmarks.answers [--copies 1 10]

Synthea's patients over DynamoDB Local, with the SQLite index beside. Medians, in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

from hearth_server.functions import api, wiring
from hearth_server.search.parse.context import Context as SearchContext
from hearth_server.search.parse.request import search_request
from hearth_server.store.protocol import SINGLE_TENANT

from benchmarks.front import Context, proxy_event
from benchmarks.table import silent, stage
from benchmarks.transactions import patients, send

ROUNDS = 60
PAGE = 21
"""What an index is asked for: a page of twenty, and whether there are more."""

SEARCHES = (
    "Patient?identifier={identifier}",
    "Observation?patient={patient}&code=http://loinc.org|8302-2&_sort=-date",
    "Observation?patient={patient}&_sort=-date",
    "Observation?code=http://loinc.org|8302-2&_summary=count",
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10])
    given = parser.parse_args()
    bundles = patients()
    if not bundles:
        sys.exit("HEARTH_SHARED_DATA names no folder with synthea/ in it")
    stored = 0
    with stage("sqlite"), silent():
        for copies in sorted(given.copies):
            with ThreadPoolExecutor(4) as pool:
                entries = sum(pool.map(send, bundles * (copies - stored)))
            stored = copies
            print(f"{entries} resources more, {copies} times Synthea's patients")
            print(f"  {'index':>7} {'bodies':>7} {'handler':>8} {'entries':>8}   search")
            names = _names()
            for template in SEARCHES:
                _show(template, template.format(**names))


def _names() -> dict[str, str]:
    """Return a patient, and an identifier, to ask for: the first that there is."""
    patient = json.loads(_answer("Patient?_count=1&_sort=_lastUpdated"))["entry"][0]["resource"]
    identifier = patient["identifier"][0]
    return {
        "patient": patient["id"],
        "identifier": f"{identifier['system']}|{identifier['value']}",
    }


def _show(template: str, criteria: str) -> None:
    """Measure one search and print its line."""
    services = wiring.services()
    type, _, rest = criteria.partition("?")
    query = search_request((type,), parse_qsl(rest), SearchContext(), lenient=False).query
    whole = _median(lambda: _answer(criteria))
    if "_summary=count" in criteria:
        index = _median(lambda: services.search.count(SINGLE_TENANT, query))
        bodies, entries = "-", "-"
    else:
        hits = services.search.find(SINGLE_TENANT, query, PAGE)[: PAGE - 1]
        wanted = [(hit.key, hit.version) for hit in hits]
        index = _median(lambda: services.search.find(SINGLE_TENANT, query, PAGE))
        bodies, entries = f"{_median(lambda: services.store.versions(wanted)):.2f}", str(len(hits))
    print(f"  {index:7.2f} {bodies:>7} {whole:8.2f} {entries:>8}   {template}", flush=True)


def _answer(criteria: str) -> str:
    """Return the body of the answer to a GET. Raises RuntimeError for an error."""
    answer = api.handler(proxy_event("GET", f"/{criteria}", {}), Context())
    if answer["statusCode"] != 200:
        raise RuntimeError(f"{answer['statusCode']}: {answer['body'][:500]}")
    return str(answer["body"])


def _median(work: Callable[[], object]) -> float:
    """Return the milliseconds that it takes, as a median."""
    times = []
    for _ in range(ROUNDS + ROUNDS // 4):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times[ROUNDS // 4 :]) * 1000


if __name__ == "__main__":
    main()
