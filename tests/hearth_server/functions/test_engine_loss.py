"""The search engine is stopped while clients write: nothing is lost, and the index catches up.

The engine is a real one, and stops as in a crash.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
from hearth_server.functions import api, indexer, wiring

from tests.hearth_server.functions.conftest import Table
from tests.hearth_server.functions.events import aws_event
from tests.hearth_server.functions.stages import Stage, empty_location, use
from tests.hearth_server.functions.test_api import Context
from tests.services.opensearch import Node
from tests.services.postgresql import Stoppable, stoppable_postgresql

pytestmark = pytest.mark.java

CLIENTS = 3
PAUSE = 0.01
"""Seconds between the requests of a client: to deliver all of them afterwards would take longer
than the loss."""
_numbers = count()


class Engine(Protocol):
    """A server that can be stopped and started."""

    def empty(self) -> str:
        """Return the location of an index that holds nothing yet."""

    def stop(self) -> None:
        """Stop it."""

    def start(self) -> None:
        """Start it with what it held."""


@dataclass
class PostgreSQL:
    """A server of its own."""

    server: Stoppable

    def empty(self) -> str:
        """Return the location of an index that holds nothing yet."""
        return empty_location("postgresql", self.server.location, Path())

    def stop(self) -> None:
        """Stop it."""
        self.server.stop()

    def start(self) -> None:
        """Start it with what it held."""
        self.server.start()


@dataclass
class OpenSearch:
    """A node of its own: the shared one is never stopped."""

    node: Node

    def empty(self) -> str:
        """Return the location of an index that holds nothing yet."""
        return f"{self.node.url}/loss{next(_numbers)}"

    def stop(self) -> None:
        """Stop it."""
        self.node.stop()

    def start(self) -> None:
        """Start it with what it held, where it was."""
        self.node.start()


@contextmanager
def running(name: str) -> Iterator[Engine]:
    if name == "postgresql":
        with stoppable_postgresql() as server:
            yield PostgreSQL(server)
        return
    node = Node()
    node.start()
    try:
        yield OpenSearch(node)
    finally:
        node.close()


@pytest.fixture(
    scope="module",
    params=["postgresql", pytest.param("opensearch", marks=pytest.mark.slow)],
)
def engine(request: pytest.FixtureRequest) -> Iterator[tuple[str, Engine]]:
    with running(request.param) as server:
        yield request.param, server


@dataclass
class Load:
    """Clients that make Patients until they are told to stop."""

    over: threading.Event = field(default_factory=threading.Event)
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    slowest: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self) -> None:
        """Make Patients one after the other."""
        body = json.dumps({"resourceType": "Patient", "gender": "female"})
        event = aws_event(
            httpMethod="POST", path="/Patient", pathParameters={"proxy": "Patient"}, body=body
        )
        while not self.over.wait(PAUSE):
            started = time.monotonic()
            answer = api.handler(event, Context())
            with self._lock:
                self.slowest = max(self.slowest, time.monotonic() - started)
                self.statuses[answer["statusCode"]] += 1
                if answer["statusCode"] == 201:
                    self.accepted.append(json.loads(answer["body"])["id"])
                else:
                    assert answer["headers"]["Retry-After"]


@contextmanager
def load() -> Iterator[Load]:
    made = Load()
    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(made.client) for _ in range(CLIENTS)]
        try:
            yield made
        finally:
            made.over.set()
        for client in clients:
            client.result(60)


def stage(
    table: Table,
    monkeypatch: pytest.MonkeyPatch,
    engine: tuple[str, Engine],
    consistency: str,
    required: str = "off",
) -> Stage:
    name, server = engine
    monkeypatch.setenv("HEARTH_SEARCH_CONSISTENCY", consistency)
    monkeypatch.setenv("HEARTH_SEARCH_REQUIRED", required)
    monkeypatch.setenv("HEARTH_BASE_URL", "https://{domain}/{stage}")
    made = Stage(table, "-")
    use(monkeypatch, made, name, server.empty())
    wiring.services()
    return made


def assert_found(made: Stage, ids: set[str]) -> None:
    """Wait, as long as an engine takes to show what it has, for all to be found and no more."""
    end = time.monotonic() + 5
    while made.found() != ids and time.monotonic() < end:
        time.sleep(0.2)
    assert made.found() == ids


def outage(server: Engine, seconds: float = 1.5) -> None:
    time.sleep(seconds / 2)
    server.stop()
    time.sleep(seconds)
    server.start()
    time.sleep(seconds / 2)


@pytest.mark.parametrize("consistency", ["eventual", "immediate"])
def test_writes_go_on_without_the_engine_and_are_found_when_it_is_back(
    table: Table,
    monkeypatch: pytest.MonkeyPatch,
    engine: tuple[str, Engine],
    consistency: str,
) -> None:
    made = stage(table, monkeypatch, engine, consistency)

    with load() as clients:
        outage(engine[1])
    made.deliver(made.stream())

    assert set(clients.statuses) == {201}
    assert_found(made, set(clients.accepted))
    assert clients.slowest < 15


def test_a_stage_that_wants_every_write_found_refuses_it_and_loses_none(
    table: Table, monkeypatch: pytest.MonkeyPatch, engine: tuple[str, Engine]
) -> None:
    made = stage(table, monkeypatch, engine, "immediate", "on")

    with load() as clients:
        outage(engine[1])
    made.deliver(made.stream())

    assert set(clients.statuses) == {201, 503}
    assert_found(made, set(clients.accepted))
    stored = {item["pk"]["S"] for item in table.items() if "#Patient#" in item["pk"]["S"]}
    assert stored == {f"-#Patient#{id}" for id in clients.accepted}


def test_a_batch_of_the_stream_waits_for_the_engine_and_goes_on_by_itself(
    table: Table, monkeypatch: pytest.MonkeyPatch, engine: tuple[str, Engine]
) -> None:
    made = stage(table, monkeypatch, engine, "eventual")
    for number in range(5):
        made.commit(made.put(f"p{number}"))
    engine[1].stop()
    failing: list[Any] = []

    def index(event: dict[str, Any]) -> Any:
        try:
            return indexer.handler(event, Soon())
        except Exception as error:
            failing.append(error)
            raise

    with ThreadPoolExecutor() as threads:
        delivering = threads.submit(
            made.deliver, made.stream(), function=index, maximum_retry_attempts=400
        )
        time.sleep(4)
        waiting = not delivering.done()
        engine[1].start()
        delivering.result(30)

    assert waiting
    assert_found(made, {f"p{number}" for number in range(5)})
    assert made.bucket.objects == {}


class Soon:
    """An invocation whose time is up sooner than the engine is back."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return 8_000
