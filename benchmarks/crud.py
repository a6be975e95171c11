"""Create, read and update a second, by one client and by eight, over DynamoDB Local.

    python -m benchmarks.crud [--seconds 5] [--search none|sqlite] [--profile]

The handler runs in this process behind a small HTTP front; clients are processes of their own.
"""

from __future__ import annotations

import argparse
import cProfile
import http.client
import json
import multiprocessing
import pstats
import time
from multiprocessing.connection import Connection
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from hearth_server.functions import api

from benchmarks.front import front
from benchmarks.table import stage

GOALS = {("POST", 1): 450, ("GET", 1): 750, ("PUT", 1): 250, ("POST", 8): 900, ("GET", 8): 1400}
HEADERS = {"Content-Type": "application/fhir+json"}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">Peter Chalmers, 1974-12-25</div>',
    },
    "identifier": [
        {
            "use": "usual",
            "type": {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}
                ]
            },
            "system": "urn:oid:1.2.36.146.595.217.0.1",
            "value": "12345",
        }
    ],
    "active": True,
    "name": [{"use": "official", "family": "Chalmers", "given": ["Peter", "James"]}],
    "telecom": [{"system": "phone", "value": "(03) 5555 6473", "use": "work", "rank": 1}],
    "gender": "male",
    "birthDate": "1974-12-25",
    "address": [{"use": "home", "line": ["534 Erewhon St"], "city": "PleasantVille"}],
}


def measure(base: str, method: str, clients: int, seconds: float) -> float:
    """Return how many requests a second the clients had answered."""
    started = []
    for _ in range(clients):
        mine, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=client, args=(base, method, seconds, theirs))
        process.start()
        started.append((process, mine))
    rates = []
    for process, mine in started:
        rates.append(mine.recv())
        process.join()
    return sum(rates)


def client(base: str, method: str, seconds: float, report: Connection) -> None:
    """Send requests of one kind, one after the other, and report how many a second."""
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    made = json.loads(_send(connection, "POST", "/Patient", PATIENT))
    path = "/Patient" if method == "POST" else f"/Patient/{made['id']}"
    body = None if method == "GET" else PATIENT if method == "POST" else made
    for _ in range(20):
        _send(connection, method, path, body)
    sent, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        _send(connection, method, path, body)
        sent += 1
    report.send(sent / (time.perf_counter() - started))


def _send(connection: http.client.HTTPConnection, method: str, path: str, body: Any) -> bytes:
    text = None if body is None else json.dumps(body)
    connection.request(method, path, text, HEADERS)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status} {said[:500]!r}")
    return said


def profile(seconds: float) -> None:
    """Print where one client's requests spend the handler's time."""
    recorder = cProfile.Profile()

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        recorder.enable()
        try:
            return api.handler(event, context)
        finally:
            recorder.disable()

    with front(handler) as base:
        for method in ("POST", "GET", "PUT"):
            recorder.clear()
            print(f"{method}: {measure(base, method, 1, seconds):.0f}/s under the profiler")
            pstats.Stats(recorder).sort_stats("tottime").print_stats(25)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--search", choices=("none", "sqlite"), default="none")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    multiprocessing.set_start_method("spawn")
    # The log has one line for each request: on AWS it does not go to this terminal either.
    silent = mock.patch.object(api.log, "line")
    with stage(given.search), silent, front(api.handler) as base:
        if given.profile:
            profile(given.seconds)
            return
        print(f"search {given.search}, validation full, DynamoDB Local")
        for clients in (1, 8):
            for method in ("POST", "GET", "PUT"):
                spent = time.process_time()
                rate = measure(base, method, clients, given.seconds)
                each = (time.process_time() - spent) / (rate * given.seconds) * 1000
                goal = GOALS.get((method, clients))
                print(
                    f"{method:<5}{clients:3} clients {rate:7.0f}/s, {each:5.2f} ms of CPU each"
                    + (f" (goal {goal}/s)" if goal else "")
                )


if __name__ == "__main__":
    main()
