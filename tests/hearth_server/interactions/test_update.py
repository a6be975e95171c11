"""Update and conditional update: R-UPD, R-CUPD, R-HDR-2, R-META.

https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hearth_server.fhir.dates import http_date

from tests.hearth_server.interactions.patients import patient, stored, with_identifier
from tests.hearth_server.serving import BASE, Server, problem, said

QUERY = "Patient?identifier=urn:mrn|7"


def test_an_update_makes_the_next_version_of_the_whole_resource(server: Server):
    """R-UPD-1, R-UPD-2."""
    stored(server, birthDate="1970-01-01")

    answer = server.call("PUT", "Patient/p1", patient("New", id="p1"))

    resource = said(answer)
    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')
    assert "Last-Modified" in answer.headers
    assert set(resource) == {"resourceType", "name", "id", "meta"}
    assert resource["meta"]["versionId"] == "2"


def test_an_update_of_an_unknown_id_creates_it(server: Server):
    """R-UPD-3, R-HDR-4."""
    answer = server.call("PUT", "Patient/mine", patient(id="mine"))

    assert answer.status == 201
    assert answer.headers["Location"] == f"{BASE}/Patient/mine/_history/1"


def test_an_update_brings_a_deleted_resource_back(server: Server):
    """R-UPD-1, R-DEL-2: versions go on, none is used again."""
    stored(server)
    server.call("DELETE", "Patient/p1")

    answer = server.call("PUT", "Patient/p1", patient(id="p1"))

    assert (answer.status, answer.headers["ETag"]) == (201, 'W/"3"')
    assert server.call("GET", "Patient/p1").status == 200


def test_times_rise_with_every_version(server: Server):
    """R-META-1."""
    times = [stored(server)["meta"]["lastUpdated"] for _ in range(20)]

    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("Patient/p1", patient(), (400, "invalid", "Patient.id")),
        ("Patient/p1", patient(id="p2"), (400, "invalid", "Patient.id")),
        ("Patient/p1", patient(id=7), (400, "invalid", "Patient.id")),
        (
            "Patient/p1",
            {"resourceType": "Observation", "id": "p1"},
            (400, "invalid", "resourceType"),
        ),
        ("Patient/p_1", patient(id="p_1"), (400, "value", "http.id")),
        ("Foo/p1", patient(id="p1"), (404, "not-supported", None)),
        ("Patient/p1", [], (400, "structure", None)),
    ],
)
def test_an_update_of_something_else_is_refused_and_changes_nothing(
    server: Server, path: str, body: Any, expected: tuple[int, str, str | None]
):
    """R-UPD-1, R-ID-1."""
    stored(server)
    before = server.state()

    answer = server.call("PUT", path, body)

    assert problem(answer) == expected
    assert server.state() == before


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', "1", "*"])
def test_if_match_with_the_current_version_lets_the_update_through(server: Server, tag: str):
    """R-HDR-2."""
    stored(server)

    answer = server.call("PUT", "Patient/p1", patient(id="p1"), {"If-Match": tag})

    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')


@pytest.mark.parametrize("tag", ['W/"2"', 'W/"0"', 'W/"x"'])
def test_if_match_with_another_version_is_refused_and_changes_nothing(server: Server, tag: str):
    """R-HDR-2."""
    stored(server)
    before = server.state()

    answer = server.call("PUT", "Patient/p1", patient(id="p1"), {"If-Match": tag})

    assert problem(answer) == (412, "conflict", "http.if-match")
    assert server.state() == before


@pytest.mark.parametrize("tag", ['W/"1"', "*"])
def test_if_match_on_what_does_not_exist_is_refused(server: Server, tag: str):
    """R-HDR-2."""
    answer = server.call("PUT", "Patient/p1", patient(id="p1"), {"If-Match": tag})

    assert problem(answer) == (412, "conflict", "http.if-match")
    assert server.state() == {}


def test_tags_and_security_labels_stay_and_profiles_are_replaced(server: Server):
    """R-META-3."""
    stored(
        server,
        meta={
            "profile": ["http://example.org/old"],
            "tag": [{"system": "urn:t", "code": "a", "display": "A"}],
            "security": [{"system": "urn:s", "code": "R"}],
        },
    )

    meta = stored(
        server,
        meta={
            "profile": ["http://example.org/new"],
            "tag": [{"system": "urn:t", "code": "b"}, {"system": "urn:t", "code": "a"}],
        },
    )["meta"]

    assert meta["profile"] == ["http://example.org/new"]
    assert meta["tag"] == [{"system": "urn:t", "code": "b"}, {"system": "urn:t", "code": "a"}]
    assert meta["security"] == [{"system": "urn:s", "code": "R"}]


def test_many_updates_at_once_all_succeed_as_versions_of_their_own(server: Server):
    """A lost race is planned again."""
    stored(server)

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda n: server.call("PUT", "Patient/p1", patient(str(n), id="p1")), range(40)
            )
        )

    assert {answer.status for answer in answers} == {200}
    assert sorted(int(said(answer)["meta"]["versionId"]) for answer in answers) == list(
        range(2, 42)
    )


def test_of_many_updates_with_the_same_if_match_exactly_one_succeeds(server: Server):
    """R-HDR-2 under a race."""
    stored(server)

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda n: server.call(
                    "PUT", "Patient/p1", patient(str(n), id="p1"), {"If-Match": 'W/"1"'}
                ),
                range(40),
            )
        )

    assert sorted(answer.status for answer in answers) == [200] + [412] * 39


def test_a_conditional_update_without_a_match_creates_under_an_id_of_the_server(server: Server):
    """R-CUPD-1."""
    answer = server.call("PUT", QUERY, with_identifier("7"))

    assert answer.status == 201
    assert answer.headers["Location"].endswith(f"/Patient/{said(answer)['id']}/_history/1")


def test_a_conditional_update_without_a_match_creates_under_the_bodys_id(server: Server):
    """R-CUPD-1, R-CUPD-2, R-UPD-3."""
    answer = server.call("PUT", QUERY, with_identifier("7", id="mine"))

    assert (answer.status, said(answer)["id"]) == (201, "mine")


def test_a_conditional_update_does_not_overwrite_what_does_not_match(server: Server):
    """R-CUPD-1: no match, and the body's id is another resource's."""
    stored(server, "mine")
    before = server.state()

    answer = server.call("PUT", QUERY, with_identifier("7", id="mine"))

    assert problem(answer) == (409, "conflict", "Patient.id")
    assert server.state() == before


@pytest.mark.parametrize("own", [{}, {"id": "p1"}])
def test_a_conditional_update_with_one_match_updates_it(server: Server, own: dict[str, str]):
    """R-CUPD-1, R-CUPD-2."""
    server.call("PUT", "Patient/p1", with_identifier("7", id="p1"))

    answer = server.call("PUT", QUERY, with_identifier("7", birthDate="1970-01-01", **own))

    assert (answer.status, said(answer)["id"], answer.headers["ETag"]) == (200, "p1", 'W/"2"')


def test_a_conditional_update_with_one_match_refuses_another_id(server: Server):
    """R-CUPD-1."""
    server.call("PUT", "Patient/p1", with_identifier("7", id="p1"))
    before = server.state()

    answer = server.call("PUT", QUERY, with_identifier("7", id="p2"))

    assert problem(answer) == (400, "invalid", "Patient.id")
    assert server.state() == before


def test_a_conditional_update_with_several_matches_is_refused(server: Server):
    """R-CUPD-1."""
    for id in ("p1", "p2"):
        server.call("PUT", f"Patient/{id}", with_identifier("7", id=id))
    before = server.state()

    answer = server.call("PUT", QUERY, with_identifier("7"))

    assert problem(answer) == (412, "multiple-matches", None)
    assert server.state() == before


@pytest.mark.parametrize("path", ["Patient", "Patient?_format=json", "Patient?unknown=1"])
def test_a_conditional_update_needs_a_condition(server: Server, path: str):
    """R-CUPD-1."""
    answer = server.call("PUT", path, with_identifier("7"))

    assert (answer.status, server.state()) == (400, {})


def test_conditional_updates_at_once_make_one_resource(server: Server):
    """The claim lets one create; the others find it."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: server.call("PUT", QUERY, with_identifier("7")), range(24))
        )

    assert {said(answer)["id"] for answer in answers} == {said(answers[0])["id"]}
    assert sorted(answer.status for answer in answers) == [200] * 23 + [201]


@pytest.mark.parametrize("tag", ["*", 'W/"1"'])
def test_if_none_match_lets_no_update_overwrite_what_it_names(server: Server, tag: str):
    """R-HDR-2, as HTTP has it: who sends `*` means to create."""
    stored(server)
    before = server.state()

    answer = server.call("PUT", "Patient/p1", patient(id="p1"), {"If-None-Match": tag})

    assert problem(answer) == (412, "conflict", "http.if-none-match")
    assert server.state() == before


@pytest.mark.parametrize("tag", ["*", 'W/"1"'])
def test_if_none_match_creates_what_is_not_there(server: Server, tag: str):
    """R-HDR-2."""
    gone = stored(server, "gone")
    server.call("DELETE", f"Patient/{gone['id']}")

    for id in ("p1", "gone"):
        answer = server.call("PUT", f"Patient/{id}", patient(id=id), {"If-None-Match": tag})
        assert answer.status == 201


def test_an_update_is_answered_with_the_part_that_was_asked_for(server: Server):
    """R-FMT-7."""
    sent = patient(id="p1", gender="male")

    answer = said(server.call("PUT", "Patient/p1?_elements=gender", sent))

    assert set(answer) == {"resourceType", "id", "meta", "gender"}
    assert answer["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert said(server.call("GET", "Patient/p1"))["name"] == sent["name"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("_summary=maybe", "http._summary"),
        ("_summary=count", "http._summary"),
        ("_elements=nmae", "http._elements"),
    ],
)
@pytest.mark.parametrize("path", ["Patient/p1", "Patient?identifier=urn:mrn|7"])
def test_a_part_that_there_is_not_is_refused_before_anything_is_written(
    server: Server, path: str, query: str, where: str
):
    """R-FMT-7."""
    separator = "&" if "?" in path else "?"

    answer = server.call("PUT", f"{path}{separator}{query}", patient(id="p1"))

    assert (problem(answer)[0], problem(answer)[2]) == (400, where)
    assert server.state() == {}


@pytest.mark.parametrize("wish", ["return=minimal", "return=representation"])
def test_a_conditional_update_says_which_resource_it_has_found(server: Server, wish: str):
    """R-HDR-4: neither the path nor a minimal answer tells."""
    stored(server, "p1", identifier=[{"system": "urn:mrn", "value": "7"}])

    answer = server.call(
        "PUT", "Patient?identifier=urn:mrn|7", with_identifier("7"), {"Prefer": wish}
    )

    assert (answer.status, answer.headers["Location"]) == (200, f"{BASE}/Patient/p1/_history/2")
    assert "Location" not in server.call("PUT", "Patient/p1", patient(id="p1")).headers


@pytest.mark.parametrize("headers", [{}, {"Prefer": "return=minimal"}])
def test_an_update_tells_the_url_of_the_version_that_it_made(server: Server, headers):
    """RFC 9110, 8.7: HAPI's client has the id of its outcome from nowhere else."""
    server.call("PUT", "Patient/p1", patient(id="p1"))

    updated = server.call("PUT", "Patient/p1", patient(id="p1"), headers)
    patch = [{"op": "add", "path": "/active", "value": True}]
    patched = server.call(
        "PATCH", "Patient/p1", patch, {"Content-Type": "application/json-patch+json", **headers}
    )

    assert updated.headers["Content-Location"] == f"{BASE}/Patient/p1/_history/2"
    assert patched.headers["Content-Location"] == f"{BASE}/Patient/p1/_history/3"


def test_an_outcome_is_not_said_to_be_the_version_that_was_made(server: Server):
    """RFC 9110, 8.7: Content-Location is about what the body holds."""
    stored(server)

    wish = {"Prefer": "return=OperationOutcome"}
    answer = server.call("PUT", "Patient/p1", patient(id="p1"), wish)

    assert (answer.status, "Content-Location" in answer.headers) == (200, False)


@pytest.mark.parametrize(
    ("method", "body", "headers"),
    [
        ("PUT", patient(id="p1"), {}),
        ("PUT", patient(), {}),
        ("PATCH", [], {"Content-Type": "application/json-patch+json"}),
        ("DELETE", None, {}),
    ],
)
def test_what_has_changed_since_a_date_is_not_overwritten(
    server: Server, method: str, body: Any, headers: dict[str, str]
):
    """RFC 9110, 13.1.4: without If-Match a server must evaluate If-Unmodified-Since."""
    stored(server, "p1", identifier=[{"system": "urn:mrn", "value": "7"}])
    record = server.call("GET", "Patient/p1").record
    assert record is not None
    path = QUERY if body == patient() else "Patient/p1"

    def status(milliseconds: int, **more: str) -> int:
        sent = {**headers, "If-Unmodified-Since": http_date(milliseconds), **more}
        answer = server.call(method, path, body, sent)
        if answer.status == 412:
            assert problem(answer) == (412, "conflict", "http.if-unmodified-since")
        return answer.status

    before = status(record.last_updated - 1000)
    matched = status(record.last_updated - 1000, **{"If-Match": 'W/"1"'})

    assert (before, matched) == (412, 204 if method == "DELETE" else 200)


def test_an_update_goes_through_where_nothing_has_changed_since_a_date(server: Server):
    """RFC 9110, 13.1.4: also where nothing is, and with a date that cannot be read."""
    stored(server)
    record = server.call("GET", "Patient/p1").record
    assert record is not None

    unchanged, broken, absent = (
        server.call("PUT", f"Patient/{id}", patient(id=id), {"If-Unmodified-Since": text}).status
        for id, text in (
            ("p1", http_date(record.last_updated)),
            ("p1", "yesterday"),
            ("p2", http_date(0)),
        )
    )

    assert (unchanged, broken, absent) == (200, 200, 201)
