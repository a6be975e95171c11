"""How long judging a resource takes: Hearth, fhir.resources and, where Java is at hand, HAPI.

python -m benchmarks.validation
"""

from __future__ import annotations

import json as stdlib_json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from hearth_cli.guides import add_guide
from hearth_server.fhir import json
from hearth_server.validation.open import open_validator

from benchmarks.specimens import US_CORE, bundle, observation, patient, us_core_patient
from tests.services.hapi import Hapi, hapi

TARGETS = {"Observation": 100.0, "Patient": 250.0, "Bundle": 8000.0}
"""Microseconds at the level `full`."""
PROFILE_TARGET = 1000.0
"""Microseconds that judging a Patient by US Core may add."""
HAPI_TARGET = 100
"""How many times as long the HAPI validator must take for a resource."""
LOADING_TARGET = 10_000.0
"""Microseconds that reading the tables of one resource type may take."""
FIRST_OF_ITS_TYPE = """
import pathlib, sys, time
import msgspec
from hearth_server.fhir import json
from hearth_server.validation.open import open_validator
spent = 0.0
def timed(function):
    def call(*arguments, **options):
        global spent
        start = time.process_time()
        try:
            return function(*arguments, **options)
        finally:
            spent += time.process_time() - start
    return call
resource = json.parse(sys.argv[1].encode())
pathlib.Path.read_bytes = timed(pathlib.Path.read_bytes)
msgspec.json.decode = timed(msgspec.json.decode)
start = time.process_time()
open_validator("full", guides=[]).validate(resource)
print(spent * 1e6, (time.process_time() - start) * 1e6)
"""
ROUNDS = 25


def main() -> None:
    """Print the figures."""
    print(f"CPU time; the machine's load was {os.getloadavg()[0]:.1f}")
    bodies = {
        "Observation": json.encode(observation()),
        "Patient": json.encode(patient()),
        "Bundle": json.encode(bundle()),
    }
    with _oracle() as oracle:
        for name, body in bodies.items():
            _print(name, body, oracle)
    _print_profile()
    _print_first(bodies["Patient"])


def _print(name: str, body: bytes, oracle: Hapi | None) -> None:
    from fhir.resources.R4B import get_fhir_model_class

    resource = json.parse(body)
    plain = stdlib_json.loads(body)
    model = get_fhir_model_class(name)
    runs: dict[str, Callable[[], object]] = {"parse": lambda: json.parse(body)}
    for level in ("structure", "full", "profiles"):
        judge = open_validator(level, guides=[])
        errors = [each.text for each in judge.validate(resource) if each.severity == "error"]
        assert not errors, errors
        runs[level] = partial(judge.validate, resource)
    runs["fhir.resources"] = lambda: model.model_validate(plain)
    figures = _microseconds(runs, max(3, 100_000 // len(body)))
    if oracle is not None:
        figures["HAPI"] = _hapi(oracle, body)
    print(f"{name}, {len(body)} bytes")
    for what, taken in figures.items():
        times = f"{taken / figures['full']:8.1f} times full"
        if what == "HAPI" and name != "Bundle":
            times += f"; the target is {HAPI_TARGET} times"
        _line(what, taken, _verdict(taken, TARGETS[name]) if what == "full" else times)


def _print_profile() -> None:
    """Print what US Core 6.1.0 adds to judging a Patient, if it is at hand."""
    shared = os.environ.get("HEARTH_SHARED_DATA")
    if not shared:
        print("US Core is left out: HEARTH_SHARED_DATA names no folder")
        return
    resource = json.parse(json.encode(us_core_patient()))
    with tempfile.TemporaryDirectory() as folder:
        package = Path(shared) / "us-core" / "hl7.fhir.us.core-610.tgz"
        guide = add_guide(Path(folder), package)[0].folder
        judge = open_validator("full", guides=[guide])
        asked = [f"{US_CORE}patient"]
        errors = [
            issue.text
            for issue in judge.validate(resource, profiles=asked)
            if issue.severity == "error"
        ]
        assert not errors, errors
        runs: dict[str, Callable[[], object]] = {
            "full": lambda: judge.validate(resource),
            "US Core too": lambda: judge.validate(resource, profiles=asked),
        }
        figures = _microseconds(runs, 50)
    print(f"Patient of US Core 6.1.0, {len(json.encode(resource))} bytes")
    for what, taken in figures.items():
        _line(what, taken, "")
    added = figures["US Core too"] - figures["full"]
    _line("added", added, _verdict(added, PROFILE_TARGET))


def _print_first(body: bytes) -> None:
    """Print what the first resource of its type costs a fresh process, the best of some."""
    command = [sys.executable, "-c", FIRST_OF_ITS_TYPE, body.decode()]
    figures = [
        [float(word) for word in subprocess.check_output(command, text=True).split()]
        for _ in range(7)
    ]
    tables, whole = (min(column) for column in zip(*figures, strict=True))
    print("The first Patient of a process")
    _line("tables read", tables, _verdict(tables, LOADING_TARGET))
    _line("and judged", whole, "")


def _line(what: str, taken: float, remark: str) -> None:
    print(f"  {what:15} {taken:12.1f} µs  {remark}".rstrip())


def _verdict(taken: float, target: float) -> str:
    held = "under" if taken < target else "OVER"
    return f"{held} the target of {target:.0f} µs"


def _microseconds(runs: Mapping[str, Callable[[], object]], number: int) -> dict[str, float]:
    """Return the CPU time of each, the shortest of many rounds, which others disturb least."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for name, run in runs.items():
            taken = timeit.timeit(run, number=number, timer=time.process_time)
            best[name] = min(best[name], taken / number * 1e6)
    return best


def _hapi(oracle: Hapi, body: bytes) -> float:
    """Return what HAPI says that it took, warm, the shortest of some."""
    resource: dict[str, Any] = json.parse(body)
    times = []
    for number in range(12):
        changed = json.encode({**resource, "language": f"en-x-{number}"})
        times.append(oracle.judge(changed).microseconds)
    return float(min(times))


@contextmanager
def _oracle() -> Iterator[Hapi | None]:
    if shutil.which("java") is None:
        print("HAPI is left out: there is no Java")
        yield None
        return
    with hapi(kept=False) as oracle:
        yield oracle


if __name__ == "__main__":
    main()
