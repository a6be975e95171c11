"""What only OpenSearch could get wrong: versions that it forgets, limits that it has, its absence.

What every engine must do is in tests/conformance/search and in test_engine.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import msgspec
import opensearchpy
import pytest
from hearth_server.errors import NotSupported, Unavailable
from hearth_server.search.documents import document
from hearth_server.search.engines.opensearch import bulk
from hearth_server.search.engines.opensearch.index import OpenSearchIndex
from hearth_server.search.engines.opensearch.source import Source, source
from hearth_server.search.engines.protocol import Document, Unindexable
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.search.protocol import NotIndexed
from hearth_server.store.protocol import Key, Method, Record

from tests.conformance.search.engines import opensearch_index
from tests.hearth_server.serving import Server
from tests.services.opensearch import shared

pytestmark = pytest.mark.java

_tenants = (f"opensearch{number}" for number in count())


@pytest.fixture(scope="module")
def index() -> Iterator[OpenSearchIndex]:
    with opensearch_index() as made:
        yield made


@pytest.fixture
def tenant() -> str:
    return next(_tenants)


def record(tenant: str, id: str, version: int = 1, type: str = "Patient", **content: Any) -> Record:
    body = msgspec.json.encode({"resourceType": type, "id": id, **content})
    return Record(Key(tenant, type, id), version, 1_700_000_000_000 + version, "PUT", body)


def tombstone(tenant: str, id: str, version: int) -> Record:
    method: Method = "DELETE"
    return Record(Key(tenant, "Patient", id), version, 1_700_000_000_000 + version, method, b"")


def found(index: OpenSearchIndex, tenant: str, query: str, type: str = "Patient") -> list[str]:
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&")]
    asked = search_request((type,), pairs, Context(), lenient=False)  # type: ignore[arg-type]
    return [hit.key.id for hit in index.find(tenant, asked.query, 100)]


def forget_deletes(index: OpenSearchIndex) -> None:
    """Have OpenSearch forget what was deleted at once: it does so after a minute."""
    index._cluster.send(
        "PUT", f"/{index._generations.read}/_settings", {"index": {"gc_deletes": "0ms"}}
    )


def test_version_1_that_is_redriven_an_hour_after_the_delete_stays_deleted(
    index: OpenSearchIndex, tenant: str
) -> None:
    search = IndexedSearch(index)
    search.index([record(tenant, "a", 1, gender="male")])
    forget_deletes(index)
    index.index([document(tombstone(tenant, "a", 2))])
    index.refresh()

    index.index([document(record(tenant, "a", 1, gender="male"))])

    assert found(index, tenant, "gender=male") == []
    assert index.versions([Key(tenant, "Patient", "a")]) == {Key(tenant, "Patient", "a"): 2}


def test_a_document_that_is_really_deleted_would_come_back(
    index: OpenSearchIndex, tenant: str
) -> None:
    """Why there are tombstones: OpenSearch forgets the version of what it deletes."""
    index.index([document(record(tenant, "a", 1, gender="male"))])
    forget_deletes(index)
    (door,) = index._generations.doors()
    asked = {"version": "2", "version_type": "external", "refresh": "true"}
    index._cluster.send("DELETE", f"/{door}/_doc/{tenant}%2FPatient%2Fa", None, asked)

    def redriven() -> None:
        index._cluster.send("POST", f"/{door}/_flush")
        index.index([document(record(tenant, "a", 1, gender="male"))])
        if found(index, tenant, "gender=male") != ["a"]:
            raise Unavailable("it has not forgotten yet")

    _again(redriven)


def test_a_tombstone_holds_nothing_that_the_resource_said(tenant: str) -> None:
    made, _ = source(document(tombstone(tenant, "a", 2)))

    assert set(made) == {"tenant", "ref", "rid", "version", "updated", "deleted"}


def test_a_resource_with_too_many_parts_is_found_by_what_had_room(tenant: str) -> None:
    heard: list[tuple[Key, int]] = []
    code = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
    many = [
        {"code": code, "valueQuantity": {"value": number, "unit": "mm", "code": "mm"}}
        for number in range(6000)
    ]
    large = record(tenant, "large", type="Observation", code=code, component=many, status="final")
    small = record(tenant, "small", type="Observation", code=code, status="final")

    with opensearch_index(report=lambda key, parts: heard.append((key, parts))) as index:
        IndexedSearch(index).index([large, small])

        assert sorted(found(index, tenant, "status=final", "Observation")) == ["large", "small"]
        pair = "component-code-value-quantity=8480-6$7"
        assert found(index, tenant, pair, "Observation") == ["large"]
        assert (
            found(index, tenant, "component-code-value-quantity=8480-6$5999", "Observation") == []
        )

    assert [key for key, _ in heard] == [large.key]
    assert heard[0][1] > 0


def test_what_the_index_refuses_is_named_and_holds_up_no_other(
    index: OpenSearchIndex, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(each: Document, most: int = 10_000) -> tuple[Source, int]:
        made, excess = source(each)
        return ({**made, "unknown": 1} if each.key.id == "bad" else made), excess

    monkeypatch.setattr(bulk, "source", spoiled)

    with pytest.raises(NotIndexed) as problem:
        IndexedSearch(index).index([record(tenant, id, gender="male") for id in ("a", "bad", "b")])

    assert [each.key.id for each in problem.value.records] == ["bad"]
    assert sorted(found(index, tenant, "gender=male")) == ["a", "b"]


def test_a_document_that_spoils_its_whole_request_is_named_too(
    index: OpenSearchIndex, tenant: str
) -> None:
    """OpenSearch refuses all of a request if one name in it is over 512 bytes."""
    long = document(record("t" * 600, "bad", gender="male"))
    documents = [document(record(tenant, id, gender="male")) for id in ("a", "b", "c")]

    with pytest.raises(Unindexable) as problem:
        index.index([*documents[:2], long, documents[2]])

    assert problem.value.documents == (long,)
    assert sorted(found(index, tenant, "gender=male")) == ["a", "b", "c"]


def test_values_of_any_length_are_taken_in(index: OpenSearchIndex, tenant: str) -> None:
    """Lucene takes terms of 32,766 bytes at most, and refuses what is longer."""
    long = "x" * 50_000
    body: dict[str, Any] = {
        "name": [{"text": long}],
        "identifier": [{"system": f"http://{long}", "value": long}],
        "managingOrganization": {"reference": f"http://example.org/{long}|{long}"},
        "link": [{"other": {"reference": f"Patient/a/_history/{long}"}, "type": "refer"}],
    }

    IndexedSearch(index).index([record(tenant, "a", **body)])

    assert found(index, tenant, f"identifier={long}") == ["a"]
    assert found(index, tenant, f"name={long[:300]}") == ["a"]


def test_hits_are_sorted_by_date_however_many_there_are(
    index: OpenSearchIndex, tenant: str
) -> None:
    """Where enough hits are collected, OpenSearch tries to skip those that sort too low."""
    dates = [f"{1900 + number % 100}-{1 + number % 12:02d}-01" for number in range(4000)]
    records = [record(tenant, f"p{number}", birthDate=date) for number, date in enumerate(dates)]
    IndexedSearch(index).index(records)

    pairs = [("_sort", "-birthdate")]
    asked = search_request(("Patient",), pairs, Context(), lenient=False)
    hits = index.find(tenant, asked.query, 50)

    met = [dates[int(hit.key.id[1:])] for hit in hits]
    assert met == sorted(dates, reverse=True)[:50]


def test_a_chain_over_too_many_resources_is_refused_rather_than_answered_in_part(
    tenant: str,
) -> None:
    patients = [record(tenant, f"p{number}", gender="male") for number in range(4)]
    subjects = [
        record(
            tenant, f"o{number}", type="Observation", subject={"reference": f"Patient/p{number}"}
        )
        for number in range(4)
    ]
    with opensearch_index(most_resolved=3) as index:
        IndexedSearch(index).index([*patients, *subjects])

        for type, query in [
            ("Observation", "patient.gender=male"),
            ("Patient", "_has:Observation:patient:_id=o0,o1,o2,o3"),
        ]:
            with pytest.raises(NotSupported) as problem:
                found(index, tenant, query, type)
            assert problem.value.issues[0].code == "too-costly"
        assert found(index, tenant, "_has:Observation:patient:_id=o0,o2", "Patient") != []


def test_a_search_for_more_ranges_than_the_cluster_takes_is_too_costly(
    index: OpenSearchIndex, tenant: str
) -> None:
    asked = [
        "birthdate=" + ",".join(f"{1900 + year}-{month:02d}" for year in range(100))
        for month in range(1, 13)
    ]

    with pytest.raises(NotSupported) as problem:
        found(index, tenant, "&".join(asked))

    assert problem.value.issues[0].code == "too-costly"


@pytest.mark.parametrize("name", ["terms", "scope", "rid", "moments.low", "_id.terms", "_routing"])
def test_a_name_of_the_index_is_no_parameter(index: OpenSearchIndex, name: str) -> None:
    server = Server(search=IndexedSearch(index))

    answer = server.call("GET", f"Patient?{name}=1")

    assert answer.status == 400


@pytest.mark.parametrize(
    "value", [".*", "ac", '"}}', "(a+)+$", "<1-9>", "~x", "@", "*", "?", "\\\\", "&", "#", "{}"]
)
def test_signs_of_the_query_language_are_ordinary_in_a_value(
    index: OpenSearchIndex, tenant: str, value: str
) -> None:
    IndexedSearch(index).index([record(tenant, "a", name=[{"family": "abc"}])])

    pairs = [("name:contains", f"b{value}")]
    asked = search_request(("Patient",), pairs, Context(), lenient=False)
    hits = index.find(tenant, asked.query, 10)

    assert [hit.key.id for hit in hits] == ([] if any(each.isalnum() for each in value) else ["a"])


def test_a_write_that_waits_is_seen_and_one_that_does_not_is_seen_later(tenant: str) -> None:
    with opensearch_index(refresh="wait_for") as index:
        IndexedSearch(index).index([record(tenant, "a", gender="male")])
        assert found(index, tenant, "gender=male") == ["a"]
    with opensearch_index(refresh="false") as index:
        IndexedSearch(index).index([record(tenant, "a", gender="male")])
        assert index.versions([Key(tenant, "Patient", "a")]) != {}
        index.refresh()
        assert found(index, tenant, "gender=male") == ["a"]


def test_a_late_write_does_not_bring_a_removed_index_back(tenant: str) -> None:
    made = [document(record(tenant, "a", gender="male"))]
    with opensearch_index() as index:
        (before,) = index._generations.doors()
        index.begin()
        index.swap()
        index.discard()
        (after,) = index._generations.doors()

        index._bulk.write(made, [before, after], again=False)

        assert index._generations.doors() == [after]
        assert found(index, tenant, "gender=male") == ["a"]


def test_a_write_into_nothing_is_not_taken_for_done(
    tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ATTEMPTS", 2)
    with opensearch_index() as index:
        (door,) = index._generations.doors()
        index._cluster.send("DELETE", f"/{door.removesuffix('-in')}")

        with pytest.raises(Unavailable):
            index._bulk.write([document(record(tenant, "a"))], [door], again=False)

        IndexedSearch(index).index([record(tenant, "a", gender="male")])
        assert found(index, tenant, "gender=male") == ["a"]


def test_an_engine_that_is_away_is_unavailable_and_catches_up_when_it_is_back(
    index: OpenSearchIndex, tenant: str
) -> None:
    search, node = IndexedSearch(index), shared()
    search.index([record(tenant, "a", gender="male")])
    node.stop()
    try:
        for attempt in (
            lambda: search.index([record(tenant, "b", gender="male")]),
            lambda: found(index, tenant, "gender=male"),
            search.require,
        ):
            with pytest.raises(Unavailable):
                attempt()
    finally:
        node.start()

    _again(lambda: search.index([record(tenant, id, gender="male") for id in ("a", "b")]))

    assert sorted(found(index, tenant, "gender=male")) == ["a", "b"]


def test_another_client_reads_what_the_index_is_made_of(tenant: str) -> None:
    with opensearch_index() as index:
        IndexedSearch(index).index([record(tenant, "a", gender="male"), tombstone(tenant, "b", 2)])
        name = index._generations.read.removesuffix("-read")
        client = opensearchpy.OpenSearch(shared().url)

        aliases = client.indices.get_alias(index=f"{name}-*")
        mappings = client.indices.get_mapping(index=f"{name}-read")
        documents = client.search(index=f"{name}-read", docvalue_fields=["deleted", "version"])

    first = f"{name}-1"
    assert set(aliases[first]["aliases"]) == {f"{name}-read", f"{name}-write", f"{first}-in"}
    assert mappings[first]["mappings"]["dynamic"] == "strict"
    assert {hit["_id"]: hit["fields"] for hit in documents["hits"]["hits"]} == {
        f"{tenant}/Patient/a": {"deleted": [False], "version": [1]},
        f"{tenant}/Patient/b": {"deleted": [True], "version": [2]},
    }


def _again(attempt: Callable[[], None]) -> None:
    """Repeat what a node does not do at once: be ready after its start, forget what is gone."""
    for _ in range(100):
        try:
            return attempt()
        except Unavailable:
            time.sleep(0.2)
    raise AssertionError("the node never does it")
