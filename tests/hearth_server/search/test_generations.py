"""An index that is compared, mended and built anew while it is in use: so for every engine."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import msgspec
import pytest
from hearth_server.search.documents import document
from hearth_server.search.engines.protocol import Document, Known, RepairableEngine
from hearth_server.search.indexed import IndexedSearch
from hearth_server.store.protocol import Key, Method, Record

from tests.conformance.search.engines import ENGINES, opened

_tenants = (f"generation{number}" for number in count())


@contextmanager
def fresh_eyes(engine: RepairableEngine) -> Iterator[None]:
    """Have the engine forget what it has learnt of generations: as if time had passed."""
    if hasattr(engine, "_learnt"):
        engine._learnt = float("-inf")
    yield


@pytest.fixture(scope="module", params=ENGINES)
def index(request: pytest.FixtureRequest) -> Iterator[RepairableEngine]:
    with opened(request.param) as opened_index:
        yield opened_index


@pytest.fixture
def engine(index: RepairableEngine, monkeypatch: pytest.MonkeyPatch) -> RepairableEngine:
    """An index of which no new generation is being built."""
    monkeypatch.setattr("hearth_server.search.engines.sql.index.LEAVING_SECONDS", 0.0)
    index.abandon()
    return index


@pytest.fixture
def tenant() -> str:
    return next(_tenants)


def patient(tenant: str, version: int, id: str = "1", method: Method = "PUT") -> Record:
    resource = {"resourceType": "Patient", "id": id, "gender": "female"}
    body = b"" if method == "DELETE" else msgspec.json.encode(resource)
    return Record(Key(tenant, "Patient", id), version, 1_700_000_000_000 + version, method, body)


def made(tenant: str, version: int, id: str = "1", method: Method = "PUT") -> Document:
    return document(patient(tenant, version, id, method))


def female(engine: RepairableEngine, tenant: str) -> list[str]:
    with fresh_eyes(engine):
        found = IndexedSearch(engine).matching(tenant, "Patient", "gender=female", limit=100)
    return sorted(key.id for key in found)


def test_what_is_written_while_an_index_is_built_is_in_both(
    engine: RepairableEngine, tenant: str
) -> None:
    engine.begin()

    engine.index([made(tenant, 1)])

    key = Key(tenant, "Patient", "1")
    assert (engine.versions([key]), engine.built_versions([key])) == ({key: 1}, {key: 1})


def test_what_is_filled_in_is_found_once_searches_have_turned_to_it(
    engine: RepairableEngine, tenant: str
) -> None:
    engine.index([made(tenant, 1, "old")])
    engine.begin()
    engine.fill([made(tenant, 1, "new")])
    before = female(engine, tenant)

    engine.swap()

    assert (before, female(engine, tenant)) == (["old"], ["new"])


def test_a_fill_that_comes_late_does_not_undo_a_write(
    engine: RepairableEngine, tenant: str
) -> None:
    engine.begin()
    engine.index([made(tenant, 2, method="DELETE")])

    engine.fill([made(tenant, 1)])
    engine.swap()

    assert female(engine, tenant) == []


def test_the_index_that_was_read_is_written_until_it_is_discarded(
    engine: RepairableEngine, tenant: str
) -> None:
    """A process that has not learnt of the swap yet misses nothing."""
    engine.begin()
    engine.swap()
    engine.index([made(tenant, 1)])

    engine.discard()

    assert female(engine, tenant) == ["1"]


def test_one_generation_after_the_other_is_built_and_discarded(
    engine: RepairableEngine, tenant: str
) -> None:
    for number in range(3):
        engine.begin()
        engine.fill([made(tenant, 1, f"p{number}")])
        engine.swap()
        engine.discard()

    assert female(engine, tenant) == ["p2"]


def test_a_begin_that_is_repeated_goes_on_with_the_same(
    engine: RepairableEngine, tenant: str
) -> None:
    engine.begin()
    engine.fill([made(tenant, 1)])

    engine.begin()
    engine.swap()

    assert female(engine, tenant) == ["1"]


def test_an_abandoned_generation_leaves_nothing(engine: RepairableEngine, tenant: str) -> None:
    engine.index([made(tenant, 1, "kept")])
    engine.begin()
    engine.fill([made(tenant, 1, "lost")])

    engine.abandon()

    assert (engine.building(), female(engine, tenant)) == (False, ["kept"])
    with pytest.raises(LookupError):
        engine.fill([made(tenant, 1)])


def test_swap_discard_and_abandon_do_nothing_without_one_that_is_built(
    engine: RepairableEngine, tenant: str
) -> None:
    engine.index([made(tenant, 1)])

    engine.swap()
    engine.discard()
    engine.abandon()

    assert (engine.building(), female(engine, tenant)) == (False, ["1"])


def test_positions_are_the_same_in_every_generation(engine: RepairableEngine, tenant: str) -> None:
    """A walk over pages goes on across a swap."""
    from hearth_server.search.parse.context import Context
    from hearth_server.search.parse.criteria import criteria_query

    documents = [made(tenant, 1, f"p{number}") for number in range(20)]
    engine.index(documents)
    query = criteria_query("Patient", "gender=female", Context(now=0))
    before = engine.find(tenant, query, 20)
    engine.begin()
    engine.fill(documents)

    engine.swap()

    with fresh_eyes(engine):
        assert engine.find(tenant, query, 20) == before


def test_a_scan_shows_every_resource_once_tombstones_included(
    engine: RepairableEngine, tenant: str
) -> None:
    engine.index([made(tenant, number + 1, f"p{number}") for number in range(7)])
    engine.index([made(tenant, 9, "p3", "DELETE")])
    found: list[Known] = []
    page = engine.scan(None, 3)
    while page:
        found += page
        page = engine.scan(page[-1].key, 3) if len(page) == 3 else []

    own = sorted((each for each in found if each.key.tenant == tenant), key=lambda each: each.key)
    expected = [Known(Key(tenant, "Patient", f"p{n}"), n + 1, False) for n in range(7)]
    expected[3] = Known(Key(tenant, "Patient", "p3"), 9, True)
    assert own == expected


def test_a_rewrite_replaces_the_same_version_and_nothing_newer(
    engine: RepairableEngine, tenant: str
) -> None:
    other = msgspec.structs.replace(made(tenant, 1), entries=made(tenant, 1, "none").entries)
    empty = document(
        Record(
            Key(tenant, "Patient", "1"),
            1,
            1_700_000_000_001,
            "PUT",
            b'{"resourceType":"Patient","id":"1"}',
        )
    )
    engine.index([empty])

    engine.rewrite([other])
    again = female(engine, tenant)
    engine.index([msgspec.structs.replace(empty, version=2)])
    engine.rewrite([other])

    assert (again, female(engine, tenant)) == (["1"], [])
    key = Key(tenant, "Patient", "1")
    assert engine.versions([key]) == {key: 2}


def test_who_writes_all_the_time_never_fails_while_generations_come_and_go(
    engine: RepairableEngine, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hearth_server.search.engines.sql.index.LEAVING_SECONDS", 0.3)
    over = threading.Event()

    documents = [made(tenant, 1, f"p{number}") for number in range(500)]

    def write() -> None:
        while not over.is_set():
            engine.index([random.choice(documents)])

    with ThreadPoolExecutor() as threads:
        writing = threads.submit(write)
        try:
            for _ in range(3):
                engine.begin()
                engine.fill(documents)
                engine.swap()
                engine.discard()
        finally:
            over.set()
        writing.result(30)

    with fresh_eyes(engine):
        assert len(engine.versions(each.key for each in documents)) == len(documents)
