"""How long transactions take, by their size, over DynamoDB Local.

    python -m benchmarks.transactions [--search none|sqlite] [--profile]

HEARTH_SHARED_DATA may name a folder with `synthea/`: its patients are the third figure.
"""

from __future__ import annotations

import argparse
import cProfile
import gzip
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hearth_server.functions import api

from benchmarks import layers
from benchmarks.front import Context, proxy_event
from benchmarks.table import silent, stage

WARM_UP_SECONDS = 8.0

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Pulse"}]},
    "subject": {"reference": "urn:uuid:775447e9-2cc5-4cc9-94de-d358d0efa661"},
    "effectiveDateTime": "2021-05-17T10:00:00Z",
    "valueQuantity": {
        "value": 72,
        "unit": "/min",
        "system": "http://unitsofmeasure.org",
        "code": "/min",
    },
}


def creates(count: int) -> str:
    """Return a transaction that creates a Patient and Observations of them."""
    patient = {
        "fullUrl": OBSERVATION["subject"]["reference"],
        "resource": {"resourceType": "Patient", "gender": "other"},
        "request": {"method": "POST", "url": "Patient"},
    }
    entry = {"resource": OBSERVATION, "request": {"method": "POST", "url": "Observation"}}
    entries = [patient, *[entry] * (count - 1)]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def send(body: str) -> int:
    """Send a transaction to the handler and return how many entries it had answered."""
    event = proxy_event("POST", "/", {"content-type": ["application/fhir+json"]}, body)
    answer = api.handler(event, Context())
    if answer["statusCode"] != 200:
        raise RuntimeError(f"{answer['statusCode']}: {answer['body'][:500]}")
    return len(json.loads(answer["body"])["entry"])


def show(name: str, bodies: list[str], goal: str, clients: int = 1) -> None:
    """Send the transactions, so many at a time, and print how long they took."""
    started, spent = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(clients) as pool:
        entries = sum(pool.map(send, bodies))
    seconds, cpu = time.perf_counter() - started, time.process_time() - spent
    print(
        f"{name:<32} {clients} at a time {entries:6} entries {seconds:6.2f} s,"
        f" {entries / seconds:6.0f}/s, {cpu / entries * 1000:5.2f} ms of CPU each (goal {goal})",
        flush=True,
    )


def patients() -> list[str]:
    """Return the transactions of Synthea's patients; none without the folder."""
    folder = Path(os.environ.get("HEARTH_SHARED_DATA", "/nowhere")) / "synthea"
    return [gzip.decompress(file.read_bytes()).decode() for file in sorted(folder.glob("*.gz"))]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--search", choices=("none", "sqlite"), default="none")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with stage(given.search), silent():
        warm_up()
        print(f"search {given.search}, validation full, load average {os.getloadavg()[0]:.1f}")
        show("creates", [creates(1000)], "2 s")
        show("creates", [creates(3400)], "8 s")
        if files := patients():
            show("Synthea's patients", files, "1,000/s")
            show("Synthea's patients", files, "1,000/s", clients=4)
        if files and given.profile:
            profile(files)


def profile(bodies: list[str]) -> None:
    """Print where the transactions spend the handler's time."""
    with cProfile.Profile() as recorder:
        entries = sum(send(body) for body in bodies)
    print("each entry, under the profiler:")
    layers.show(recorder, entries)


def warm_up() -> None:
    """Have DynamoDB Local compile its code: it is a Java program, slow in its first seconds."""
    end = time.perf_counter() + WARM_UP_SECONDS
    while time.perf_counter() < end:
        send(creates(500))


if __name__ == "__main__":
    main()
