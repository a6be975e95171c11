"""How an engine takes in documents: whatever order and how often they come, newest wins.

These hold for every engine that the conformance suite runs on.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hearth_server.search.engines import hashes
from hearth_server.search.engines.protocol import SearchEngine
from hearth_server.search.engines.sql import rows, writer
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.protocol import NotIndexed
from hearth_server.store.protocol import Key, Method, Record
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conformance.search.engines import ENGINES, opened

_numbers = iter(range(1, 1_000_000))


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    with opened(request.param) as made:
        yield made


@pytest.fixture
def search(engine: SearchEngine) -> IndexedSearch:
    return IndexedSearch(engine)


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test has."""
    return f"engine{next(_numbers)}"


def record(
    tenant: str, version: int, method: Method = "PUT", id: str = "1", **content: Any
) -> Record:
    """Return a version of a Patient."""
    resource = {"resourceType": "Patient", "id": id, **content}
    body = b"" if method == "DELETE" else msgspec.json.encode(resource)
    return Record(Key(tenant, "Patient", id), version, 1_700_000_000_000 + version, method, body)


def male(tenant: str, version: int) -> Record:
    return record(tenant, version, gender="male")


def female(tenant: str, version: int) -> Record:
    return record(tenant, version, gender="female")


def found(search: IndexedSearch, tenant: str, criteria: str) -> list[str]:
    return [key.id for key in search.matching(tenant, "Patient", criteria, limit=100)]


def test_a_newer_version_replaces_an_older_one(search: IndexedSearch, tenant: str):
    search.index([male(tenant, 1)])

    search.index([female(tenant, 2)])

    assert found(search, tenant, "gender=female") == ["1"]
    assert found(search, tenant, "gender=male") == []


def test_an_older_version_changes_nothing(search: IndexedSearch, tenant: str):
    search.index([female(tenant, 2)])

    search.index([male(tenant, 1)])

    assert found(search, tenant, "gender=female") == ["1"]
    assert found(search, tenant, "gender=male") == []


def test_a_late_older_version_does_not_bring_a_deleted_resource_back(
    search: IndexedSearch, tenant: str
):
    """The tombstone stays, so version 1 is refused however late it comes."""
    search.index([male(tenant, 1)])
    search.index([record(tenant, 2, "DELETE")])

    search.index([male(tenant, 1)])

    assert found(search, tenant, "gender=male") == []
    assert found(search, tenant, "_id=1") == []


def test_a_resource_that_was_deleted_can_come_back(search: IndexedSearch, tenant: str):
    search.index([male(tenant, 1), record(tenant, 2, "DELETE"), female(tenant, 3)])

    assert found(search, tenant, "gender:missing=false") == ["1"]


def test_one_call_may_hold_several_versions_in_any_order(search: IndexedSearch, tenant: str):
    search.index([female(tenant, 3), male(tenant, 1), record(tenant, 2, "DELETE")])

    assert found(search, tenant, "gender=female") == ["1"]


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations([1, 2, 3, 4, 1, 3]), cut=st.integers(1, 5))
def test_shuffled_and_repeated_deliveries_end_alike(
    engine: SearchEngine, order: list[int], cut: int
):
    search, tenant = IndexedSearch(engine), f"shuffle{next(_numbers)}"
    versions = {
        1: male(tenant, 1),
        2: record(tenant, 2, "DELETE"),
        3: record(tenant, 3, gender="other", name=[{"family": "Ada"}]),
        4: record(tenant, 4, gender="unknown"),
    }

    for start in range(0, len(order), cut):
        search.index([versions[number] for number in order[start : start + cut]])

    assert found(search, tenant, "gender=unknown") == ["1"]
    assert found(search, tenant, "name=ada") == []
    assert engine.versions([Key(tenant, "Patient", "1")]) == {Key(tenant, "Patient", "1"): 4}


_SOME = st.sets(st.integers(1, 28), max_size=6)
_ALL = set(range(1, 29))


def observation(tenant: str, version: int, numbers: set[int]) -> Record:
    """Return an Observation with a value of each kind for each number."""
    resource = {
        "resourceType": "Observation",
        "id": "1",
        "identifier": [{"value": f"i{number}"} for number in numbers],
        "performer": [{"reference": f"Practitioner/{number}"} for number in numbers],
        "effectiveDateTime": f"2020-02-{len(numbers) + 1:02}",
        "component": [{"valueQuantity": {"value": number}} for number in numbers],
        "contained": [
            {"resourceType": "Device", "id": f"d{number}", "udiCarrier": []} for number in numbers
        ],
    }
    body = msgspec.json.encode(resource)
    return Record(Key(tenant, "Observation", "1"), version, version, "PUT", body)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=_SOME, after=_SOME)
@example(before=_ALL, after={1})
@example(before={1}, after=_ALL)
@example(before=_ALL, after=_ALL - {7})
def test_after_an_update_a_resource_is_found_by_its_new_values_alone(
    engine: SearchEngine, before: set[int], after: set[int]
):
    search, tenant = IndexedSearch(engine), f"update{next(_numbers)}"

    search.index([observation(tenant, 1, before)])
    search.index([observation(tenant, 2, after)])

    dated = {
        day
        for day in (len(before) + 1, len(after) + 1)
        if search.matching(tenant, "Observation", f"date=2020-02-{day:02}")
    }
    assert dated == {len(after) + 1}
    for criteria in ("identifier=i{}", "performer=Practitioner/{}", "component-value-quantity={}"):
        by_number = {
            number
            for number in before | after
            if search.matching(tenant, "Observation", criteria.format(number))
        }
        assert by_number == after


def test_tenants_do_not_see_each_other(search: IndexedSearch, tenant: str):
    search.index([male(tenant, 1), record(f"{tenant}x", 1, gender="male")])

    assert found(search, tenant, "gender=male") == ["1"]
    assert found(search, f"{tenant}y", "gender=male") == []


def test_types_with_the_same_id_do_not_meet(search: IndexedSearch, tenant: str):
    other = Record(
        Key(tenant, "Person", "1"), 1, 1, "PUT", b'{"resourceType":"Person","gender":"male"}'
    )

    search.index([male(tenant, 1), other])

    assert found(search, tenant, "gender=male") == ["1"]


def test_contained_resources_go_with_their_container(search: IndexedSearch, tenant: str):
    """S-CHN-4, and nothing of an older version stays behind."""

    def observation(version: int, family: str) -> Record:
        body = {
            "resourceType": "Observation",
            "contained": [{"resourceType": "Patient", "id": "p", "name": [{"family": family}]}],
            "subject": {"reference": "#p"},
        }
        key = Key(tenant, "Observation", "o")
        return Record(key, version, version, "PUT", msgspec.json.encode(body))

    search.index([observation(1, "Ada")])
    search.index([observation(2, "Bob")])

    def met(criteria: str) -> int:
        return len(search.matching(tenant, "Observation", criteria))

    assert (met("patient.name=bob"), met("patient.name=ada")) == (1, 0)
    search.index([Record(Key(tenant, "Observation", "o"), 3, 3, "DELETE", b"")])
    assert met("patient.name=bob") == 0


def test_a_record_that_cannot_be_read_is_named_and_holds_up_no_other(
    search: IndexedSearch, tenant: str
):
    poison = Record(
        Key(tenant, "Patient", "bad"), 1, 1, "PUT", b'{"resourceType":"Patient","name":7}'
    )

    with pytest.raises(NotIndexed) as problem:
        search.index([poison, male(tenant, 1)])

    assert problem.value.records == (poison,)
    assert found(search, tenant, "gender=male") == ["1"]


def test_many_writers_at_once_lose_nothing(search: IndexedSearch, tenant: str):
    batches = [
        [record(tenant, version, id=f"{id}", gender=gender) for id in range(8)]
        for version, gender in enumerate(["male", "female", "other", "unknown"] * 3, 1)
    ]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(search.index, batches))

    assert sorted(found(search, tenant, "gender=unknown")) == [f"{id}" for id in range(8)]
    assert found(search, tenant, "gender=male,female,other") == []


def test_a_batch_larger_than_a_commit_is_taken_in(search: IndexedSearch, tenant: str):
    """Aurora DSQL takes at most 2,000 rows in a commit."""
    many = [
        record(tenant, 1, id=f"{number}", identifier=[{"value": f"v{each}"} for each in range(30)])
        for number in range(150)
    ]

    search.index(many)

    assert len(search.matching(tenant, "Patient", "identifier=v7", limit=200)) == 150


@pytest.mark.parametrize("engine", [each for each in ENGINES if "sql" in each], indirect=True)
def test_a_document_that_the_engine_refuses_holds_up_no_other(
    search: IndexedSearch, tenant: str, monkeypatch: pytest.MonkeyPatch
):
    """Two resources with one hash: the second is named, the rest of its batch is there."""

    def colliding(tenant: str, type: str, id: str) -> int:
        return hashes.resource_hash(tenant, type, "a" if id == "b" else id)

    monkeypatch.setattr(rows, "resource_hash", colliding)
    monkeypatch.setattr(writer, "resource_hash", colliding)
    search.index([record(tenant, 1, id="a", gender="male")])

    with pytest.raises(NotIndexed) as problem:
        search.index([record(tenant, 1, id=id, gender="male") for id in ("b", "c")])

    assert [each.key.id for each in problem.value.records] == ["b"]
    assert sorted(found(search, tenant, "gender=male")) == ["a", "c"]


def test_a_resource_of_thousands_of_values_is_found_by_each(search: IndexedSearch, tenant: str):
    """More rows than Aurora DSQL takes in a commit; the version of a canonical may be long too."""
    names = [{"family": f"Fam{number}"} for number in range(1500)]
    search.index([record(tenant, 1, name=names)])
    search.index([record(tenant, 2, name=names[:1400], gender="male")])

    assert found(search, tenant, "family=fam1399") == ["1"]
    assert found(search, tenant, "family=fam1400") == []
    assert found(search, tenant, "gender=male") == ["1"]


def test_a_canonical_with_a_long_version_is_found(search: IndexedSearch, tenant: str):
    key, url = Key(tenant, "QuestionnaireResponse", "1"), "http://example.org/q|" + "1." * 5000
    body = {"resourceType": "QuestionnaireResponse", "id": "1", "questionnaire": url}
    search.index([Record(key, 1, 1_700_000_000_000, "PUT", msgspec.json.encode(body))])

    criteria = f"questionnaire={quote(url)}"
    assert search.matching(tenant, key.type, criteria) == [key]
    assert search.matching(tenant, key.type, criteria + "2") == []
