"""Clients that poll, and clients that walk over pages, while others write: on every engine."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest
from hearth_server.search.documents import document
from hearth_server.search.engines.protocol import RepairableEngine
from hearth_server.search.indexed import IndexedSearch
from hearth_server.store.dynamodb import DynamoDBStore, commit
from hearth_server.store.protocol import ABSENT, Key, Write

from tests.conformance.search.engines import opened
from tests.hearth_server.serving import BASE, Server, said
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client, create
from tests.hearth_server.store.watched import Watched, is_flip
from tests.hearth_server.store.writing import Clock

ENGINES = ("sqlite", "postgresql", pytest.param("opensearch", marks=pytest.mark.slow))


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[RepairableEngine]:
    with opened(request.param) as made:
        yield made


def link(bundle: Any, relation: str) -> str | None:
    """Return where a link of a bundle leads, below the base."""
    found = (each["url"] for each in bundle["link"] if each["relation"] == relation)
    url = next(found, None)
    return None if url is None else str(url).removeprefix(f"{BASE}/")


def ids(bundle: Any) -> list[str]:
    return [each["resource"]["id"] for each in bundle.get("entry", [])]


@pytest.mark.java
def test_a_client_that_polls_with_the_time_of_an_answer_misses_no_commit_that_was_held_back(
    engine: RepairableEngine, dynamodb_url: str
) -> None:
    """Two resources are stamped, then held back while a third is written and found."""
    dynamodb = client(dynamodb_url, LOCAL_CREDENTIALS)
    table, clock, bucket = f"polling{uuid.uuid4().hex}", Clock(), MemoryBucket()
    create(dynamodb, table)
    staged, resume = threading.Event(), threading.Event()

    def pause_at_the_flip(operation: str, payload: Mapping[str, Any]) -> None:
        if is_flip(operation, payload):
            staged.set()
            assert resume.wait(20)

    def store(watch: Any = lambda *_: None) -> DynamoDBStore:
        return DynamoDBStore(Watched(dynamodb, watch), table, bucket, clock)

    server = Server(store=store(), search=IndexedSearch(engine))

    def poll(since: str) -> Any:
        return said(server.call("GET", f"Patient?_lastUpdated=ge{quote(since)}"))

    def put(id: str) -> Write:
        resource = {"resourceType": "Patient", "id": id}
        return Write(Key(server.tenant, "Patient", id), "PUT", resource, ABSENT)

    with mock.patch.object(commit, "TOGETHER_ITEMS", 1), ThreadPoolExecutor(1) as pool:
        slow = pool.submit(store(pause_at_the_flip).commit, [put("held1"), put("held2")])
        assert staged.wait(20)
        clock.turn(15_000)
        server.call("PUT", "Patient/later", {"resourceType": "Patient", "id": "later"})
        first = poll("2000-01-01T00:00:00Z")
        resume.set()
        server.search.index(slow.result(20))
    second = poll(first["meta"]["lastUpdated"])
    clock.turn(60_000)
    third = poll(said(server.call("GET", "Patient?_count=0"))["meta"]["lastUpdated"])

    assert ids(first) == ["later"]
    assert sorted(ids(second)) == ["held1", "held2", "later"]
    assert ids(third) == []


@pytest.mark.parametrize("sort", ["", "&_sort=birthdate", "&_sort=-_lastUpdated", "&_sort=family"])
def test_a_walk_shows_what_stays_unchanged_exactly_once_while_others_write_and_reindex(
    engine: RepairableEngine, sort: str
) -> None:
    """Others come, change and go all the time, and the index is built anew under the walk."""
    server = Server(search=IndexedSearch(engine))
    stay = [f"stay{number}" for number in range(60)]
    for number, id in enumerate(stay):
        put(server, id, number)
    over = threading.Event()

    def write(writer: int) -> None:
        for number in count():
            if over.is_set():
                return
            id = f"comes{writer}-{number % 20}"
            put(server, id, number % 60)
            if number % 3 == 0:
                server.call("DELETE", f"Patient/{id}")

    seen: Counter[str] = Counter()
    with ThreadPoolExecutor() as threads:
        writers = [threads.submit(write, number) for number in range(2)]
        try:
            url: str | None = f"Patient?_count=7{sort}"
            page = 0
            while url and page < 200:
                bundle = said(server.call("GET", url))
                seen.update(ids(bundle))
                url = link(bundle, "next")
                page += 1
                if page == 3:
                    _build_anew(engine, server, stay)
        finally:
            over.set()
        for each in writers:
            each.result(30)

    assert {id: seen[id] for id in stay} == dict.fromkeys(stay, 1)


def put(server: Server, id: str, number: int) -> None:
    name = [{"family": f"Family{number % 5}"}]
    birth = f"19{number % 60 + 10}-01-01"
    resource = {"resourceType": "Patient", "id": id, "name": name, "birthDate": birth}
    server.call("PUT", f"Patient/{id}", resource)


def _build_anew(engine: RepairableEngine, server: Server, stay: list[str]) -> None:
    """Turn searches to a new generation, as a reindex does; the old one stays for a while."""
    engine.begin()
    keys = [Key(server.tenant, "Patient", id) for id in stay]
    engine.fill([document(each) for each in server.store.latest_of(keys).values()])
    engine.swap()
    with suppress(AttributeError):
        engine._learnt = float("-inf")  # type: ignore[attr-defined]
