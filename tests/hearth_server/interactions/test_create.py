"""Create and conditional create: R-CREATE, R-CCREATE, R-HDR-4, R-HDR-5, R-META.

https://hl7.org/fhir/R4/http.html#create
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.hearth_server.interactions.bundles import post, statuses, transact
from tests.hearth_server.interactions.patients import patient, stored, with_identifier
from tests.hearth_server.serving import BASE, Server, problem, said

CONDITION = {"If-None-Exist": "identifier=urn:mrn|7"}


def test_a_create_answers_where_the_resource_is_and_what_it_became(server: Server):
    """R-CREATE-1, R-HDR-1, R-HDR-4."""
    answer = server.call("POST", "Patient", patient())

    resource = said(answer)
    id = resource["id"]
    assert answer.status == 201
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id)
    assert answer.headers["Location"] == f"{BASE}/Patient/{id}/_history/1"
    assert answer.headers["ETag"] == 'W/"1"'
    assert "Last-Modified" in answer.headers
    assert resource == patient(
        id=id, meta={"versionId": "1", "lastUpdated": resource["meta"]["lastUpdated"]}
    )
    assert said(server.call("GET", f"Patient/{id}")) == resource


def test_the_clients_id_version_and_time_are_ignored(server: Server):
    """R-CREATE-1, R-META-1."""
    meta = {"versionId": "7", "lastUpdated": "1999-01-01T00:00:00Z", "source": "urn:ehr"}

    resource = said(server.call("POST", "Patient", patient(id="mine", meta=meta)))

    assert resource["id"] != "mine"
    assert resource["meta"]["versionId"] == "1"
    assert resource["meta"]["lastUpdated"] > "2020"
    assert resource["meta"]["source"] == "urn:ehr"


def test_tags_profiles_and_security_labels_are_kept(server: Server):
    """R-META-2."""
    meta = {
        "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"],
        "security": [{"system": "urn:s", "code": "R"}],
        "tag": [{"system": "urn:t", "code": "a"}],
    }

    kept = said(server.call("POST", "Patient", patient(meta=meta)))["meta"]

    assert {name: kept[name] for name in meta} == meta


@pytest.mark.parametrize(
    ("wish", "type"),
    [("return=representation", "Patient"), ("return=OperationOutcome", "OperationOutcome")],
)
def test_prefer_decides_what_the_answer_carries(server: Server, wish: str, type: str):
    """R-HDR-5."""
    answer = server.call("POST", "Patient", patient(), {"Prefer": wish})

    assert (answer.status, said(answer)["resourceType"]) == (201, type)


def test_prefer_minimal_answers_without_a_body(server: Server):
    """R-HDR-5."""
    answer = server.call("POST", "Patient", patient(), {"Prefer": "return=minimal"})

    assert (answer.status, answer.body) == (201, b"")
    assert "Location" in answer.headers
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        pytest.param("Patient", b"", (400, "structure", None), id="empty body"),
        pytest.param("Patient", b"  ", (400, "structure", None), id="only spaces"),
        pytest.param("Patient", b"{", (400, "structure", None), id="not JSON"),
        pytest.param("Patient", b"[]", (400, "structure", None), id="an array"),
        pytest.param("Patient", b'"Patient"', (400, "structure", None), id="a string"),
        pytest.param("Patient", b"{}", (400, "structure", "resourceType"), id="no resourceType"),
        pytest.param(
            "Patient",
            b'{"resourceType":7}',
            (400, "structure", "resourceType"),
            id="resourceType a number",
        ),
        pytest.param(
            "Patient",
            b'{"resourceType":"Observation"}',
            (400, "invalid", "resourceType"),
            id="another type",
        ),
        pytest.param(
            "Patient",
            b'{"resourceType":"Patient","meta":"x"}',
            (400, "structure", "Patient.meta"),
            id="meta a string",
        ),
        pytest.param("Patient", b"\xff\xfe{}", (400, "structure", None), id="not UTF-8"),
        pytest.param("Patient", b"[" * 10_000_000, (413, "too-long", None), id="10 MB of ["),
        pytest.param("Patient", b"[" * 5_000_000, (400, "structure", None), id="5 MB of ["),
        pytest.param(
            "Patient",
            b'{"resourceType":"Patient","id":"a","id":"b"}',
            (400, "structure", None),
            id="a name twice",
        ),
        pytest.param("Pattient", b"{}", (404, "not-supported", None), id="not a type of R4"),
        pytest.param("patient", b"{}", (404, "not-supported", None), id="a type in lower case"),
        pytest.param("DomainResource", b"{}", (404, "not-supported", None), id="an abstract type"),
    ],
)
def test_a_body_that_is_no_such_resource_is_refused_and_changes_nothing(
    server: Server, path: str, body: bytes, expected: tuple[int, str, str | None]
):
    """R-CREATE-2, R-GEN-1, R-GEN-3, R-JSON-1."""
    answer = server.call("POST", path, body)

    assert problem(answer) == expected
    assert server.state() == {}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/fhir+json", 201),
        ("application/fhir+json; charset=UTF-8; fhirVersion=4.0", 201),
        ("application/json", 201),
        ("text/json", 201),
        ("application/fhir+xml", 415),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("application/fhir+json; charset=latin1", 415),
        ("application/fhir+json; fhirVersion=3.0", 415),
    ],
)
def test_the_body_is_read_in_fhirs_json_only(server: Server, content_type: str, status: int):
    """R-FMT-1, R-FMT-4, R-FMT-6."""
    answer = server.call("POST", "Patient", patient(), {"Content-Type": content_type})

    assert answer.status == status
    if status == 415:
        assert problem(answer) == (415, "not-supported", "http.content-type")
        assert server.state() == {}


def test_a_resource_that_no_answer_could_carry_is_refused(server: Server):
    """Quotes and letters beyond ASCII grow on their way through Lambda."""
    text = "ä" * 900_000
    body = json.dumps(patient(text={"status": "generated", "div": text}), ensure_ascii=False)

    answer = server.call("POST", "Patient", body.encode())

    assert problem(answer) == (413, "too-long", None)
    assert server.state() == {}


def test_if_none_exist_without_a_match_creates(server: Server):
    """R-CCREATE-1."""
    assert server.call("POST", "Patient", with_identifier("7"), CONDITION).status == 201


def test_if_none_exist_with_a_match_answers_it_and_stores_nothing(server: Server):
    """R-CCREATE-1: Location, ETag and body as if it had just been created."""
    first = server.call("POST", "Patient", with_identifier("7"))
    before = server.state()

    answer = server.call("POST", "Patient", with_identifier("7"), CONDITION)

    assert (answer.status, said(answer)) == (200, said(first))
    assert answer.headers["Location"] == first.headers["Location"]
    assert answer.headers["ETag"] == 'W/"1"'
    assert server.state() == before


def test_if_none_exist_with_several_matches_is_refused(server: Server):
    """R-CCREATE-1."""
    for _ in range(2):
        server.call("POST", "Patient", with_identifier("7"))
    before = server.state()

    answer = server.call("POST", "Patient", with_identifier("7"), CONDITION)

    assert problem(answer) == (412, "multiple-matches", None)
    assert server.state() == before


@pytest.mark.parametrize(
    "before",
    [
        "?", "Patient?", "/Patient?", f"{BASE}/Patient?",
        "https://old.example.org/fhir/Patient?",
    ],
)  # fmt: skip
def test_if_none_exist_may_be_the_whole_url_of_a_search(server: Server, before: str):
    """R-CCREATE-1, R-TX-8: HAPI's client sends it so."""
    server.other_base_urls = ("https://old.example.org/fhir",)
    stored(server, "p1", identifier=[{"system": "urn:mrn", "value": "7"}])
    condition = f"{before}identifier=urn:mrn|7"

    alone = server.call("POST", "Patient", with_identifier("7"), {"If-None-Exist": condition})
    entry = transact(server, post(with_identifier("7"), ifNoneExist=condition))

    assert (alone.status, said(alone)["id"]) == (200, "p1")
    assert statuses(entry) == ["200"]


@pytest.mark.parametrize(
    "condition",
    [
        "", "?", "nonsense=1", "Patient?", f"{BASE}/Patient?", f"{BASE}/Patient",
        "Observation?identifier=urn:mrn|7", "https://elsewhere.org/Patient?identifier=urn:mrn|7",
    ],
)  # fmt: skip
def test_if_none_exist_that_cannot_be_judged_is_refused(server: Server, condition: str):
    """R-CCREATE-1."""
    answer = server.call("POST", "Patient", with_identifier("7"), {"If-None-Exist": condition})

    assert (answer.status, server.state()) == (400, {})


def test_if_none_exist_finds_what_the_index_does_not_know_yet(server: Server):
    """The claim of the first create holds until the index has caught up."""
    index = server.search.index
    server.search.index = lambda records: None
    first = server.call("POST", "Patient", with_identifier("7"), CONDITION)
    server.search.index = index

    answer = server.call("POST", "Patient", with_identifier("7"), CONDITION)

    assert (answer.status, said(answer)) == (200, said(first))


def test_if_none_exist_creates_again_once_the_first_is_deleted(server: Server):
    first = said(server.call("POST", "Patient", with_identifier("7"), CONDITION))
    server.call("DELETE", f"Patient/{first['id']}")

    answer = server.call("POST", "Patient", with_identifier("7"), CONDITION)

    assert (answer.status, said(answer)["id"] != first["id"]) == (201, True)


def test_if_none_exist_creates_again_once_the_first_has_another_identifier(server: Server):
    first = said(server.call("POST", "Patient", with_identifier("7"), CONDITION))
    server.call("PUT", f"Patient/{first['id']}", with_identifier("8", id=first["id"]))

    assert server.call("POST", "Patient", with_identifier("7"), CONDITION).status == 201


def test_a_bundle_posted_to_its_type_is_just_stored(server: Server):
    """R-BT-1."""
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection"}

    answer = server.call("POST", "Bundle", bundle)

    assert (answer.status, said(answer)["type"]) == (201, "collection")
