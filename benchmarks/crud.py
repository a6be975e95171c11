"""Create, read and update a second, by one client and by eight, over DynamoDB Local.

    python -m benchmarks.crud [--seconds 5] [--search none|sqlite] [--profile]

The handler runs in this process behind a small HTTP front; clients are processes of their own.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import multiprocessing
import os
import socket
import time
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

from hearth_server.functions import api

from benchmarks import layers
from benchmarks.front import front
from benchmarks.table import silent, stage

GOALS = {("POST", 1): 450, ("GET", 1): 750, ("PUT", 1): 250, ("POST", 8): 900, ("GET", 8): 1400}
WARM_UP_SECONDS = 10.0
"""DynamoDB Local is a Java program: it is slow until its code is compiled."""

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
    rates: list[float] = []
    for process, mine in started:
        rates.append(mine.recv())
        process.join()
    return sum(rates)


def client(base: str, method: str, seconds: float, report: Connection) -> None:
    """Send requests of one kind, one after the other, and report how many a second."""
    address = urlsplit(base)
    with socket.create_connection((address.hostname or "", address.port or 80)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made = json.loads(_send(connection, _message("POST", "/Patient", PATIENT)))
        path = "/Patient" if method == "POST" else f"/Patient/{made['id']}"
        body = None if method == "GET" else PATIENT if method == "POST" else made
        message = _message(method, path, body)
        for _ in range(20):
            _send(connection, message)
        sent, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            _send(connection, message)
            sent += 1
        report.send(sent / (time.perf_counter() - started))


def _message(method: str, path: str, body: Any) -> bytes:
    """Return a request's bytes: made once, so that the clients leave the machine to the server."""
    text = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/fhir+json\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text


def _send(connection: socket.socket, message: bytes) -> bytes:
    """Return the body of the answer. Raises RuntimeError for an error."""
    connection.sendall(message)
    answer = connection.recv(65_536)
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65_536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.rpartition(b"Content-Length: ")[2])
    while len(body) < length:
        body += connection.recv(65_536)
    if head[9:10] > b"3":
        raise RuntimeError(f"{head!r}: {body[:500]!r}")
    return body


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
            rate = measure(base, method, 1, seconds)
            print(f"{method}: {rate:.0f}/s under the profiler")
            layers.show(recorder, rate * seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--search", choices=("none", "sqlite"), default="none")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    multiprocessing.set_start_method("spawn")
    with stage(given.search), silent(), front(api.handler) as base:
        for method in ("POST", "PUT", "GET"):
            measure(base, method, 2, WARM_UP_SECONDS / 3)
        if given.profile:
            profile(given.seconds)
            return
        load = os.getloadavg()[0]
        print(f"search {given.search}, validation full, DynamoDB Local, load average {load:.1f}")
        for clients in (1, 8):
            for method in ("POST", "GET", "PUT"):
                show(base, method, clients, given.seconds)


def show(base: str, method: str, clients: int, seconds: float) -> None:
    """Measure one kind of request and print the line of the table."""
    spent = time.process_time()
    rate = measure(base, method, clients, seconds)
    each = (time.process_time() - spent) / (rate * seconds) * 1000
    goal = GOALS.get((method, clients))
    print(
        f"{method:<5}{clients:3} clients {rate:7.0f}/s, {each:5.2f} ms of CPU each"
        + (f" (goal {goal}/s)" if goal else ""),
        flush=True,
    )


if __name__ == "__main__":
    main()
