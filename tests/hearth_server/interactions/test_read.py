"""Read, vread and conditional read: R-READ, R-VREAD, R-HDR, R-GEN-4, R-FMT-7.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

import pytest
from hearth_server.fhir.dates import http_date

from tests.hearth_server.interactions.patients import patient, stored
from tests.hearth_server.serving import Server, problem, said


def test_a_read_answers_the_newest_version_with_its_etag_and_time(server: Server):
    """R-READ-1, R-READ-2, R-HDR-1."""
    stored(server, family="First")
    newest = stored(server, family="Second")

    answer = server.call("GET", "Patient/p1")

    record = answer.record
    assert record is not None
    assert (answer.status, said(answer)) == (200, newest)
    assert (newest["id"], newest["meta"]["versionId"]) == ("p1", "2")
    assert answer.headers["ETag"] == 'W/"2"'
    assert answer.headers["Last-Modified"] == http_date(record.last_updated)
    assert answer.headers["Content-Type"] == "application/fhir+json;charset=utf-8"


def test_the_stored_bytes_go_out_as_they_are(server: Server):
    """R-JSON-4: a decimal keeps its digits."""
    sent = b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50}}'
    server.call("PUT", "Observation/o", sent)

    assert b'"value":1.50' in server.call("GET", "Observation/o").body


def test_what_never_existed_is_not_found(server: Server):
    """R-READ-1."""
    assert problem(server.call("GET", "Patient/p1")) == (404, "not-found", None)


def test_what_was_deleted_is_gone_with_the_tombstones_etag(server: Server):
    """R-READ-1, R-DEL-2."""
    stored(server)
    server.call("DELETE", "Patient/p1")

    answer = server.call("GET", "Patient/p1")

    assert problem(answer) == (410, "deleted", None)
    assert answer.headers["ETag"] == 'W/"2"'


def test_the_same_id_of_another_type_is_another_resource(server: Server):
    """R-ID-1."""
    stored(server)

    assert server.call("GET", "Practitioner/p1").status == 404


@pytest.mark.parametrize("path", ["Patient/p_1", "Patient/" + "a" * 65, "Patient/a b", "Patient/ä"])
def test_an_illegal_id_is_refused(server: Server, path: str):
    """R-ID-1."""
    assert problem(server.call("GET", path)) == (400, "value", "http.id")


def test_a_version_is_answered_as_it_was(server: Server):
    """R-VREAD-1."""
    first = stored(server, birthDate="1970-01-01")
    stored(server)

    answer = server.call("GET", "Patient/p1/_history/1")

    assert (answer.status, said(answer)) == (200, first)
    assert answer.headers["ETag"] == 'W/"1"'


@pytest.mark.parametrize("version", ["2", "0", "01", "-1", "x", "9" * 30, "1.0"])
def test_a_version_that_was_never_given_out_is_not_found(server: Server, version: str):
    """R-VREAD-1, R-ID-2."""
    stored(server)

    assert problem(server.call("GET", f"Patient/p1/_history/{version}")) == (404, "not-found", None)


def test_the_version_of_a_delete_is_gone(server: Server):
    """R-VREAD-1."""
    stored(server)
    server.call("DELETE", "Patient/p1")

    assert problem(server.call("GET", "Patient/p1/_history/2")) == (410, "deleted", None)
    assert server.call("GET", "Patient/p1/_history/1").status == 200


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', "1", "*", 'W/"7", W/"1"'])
def test_if_none_match_with_the_current_version_is_not_modified(server: Server, tag: str):
    """R-HDR-3."""
    stored(server)

    answer = server.call("GET", "Patient/p1", headers={"If-None-Match": tag})

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == 'W/"1"'


def test_if_none_match_with_another_version_answers_the_resource(server: Server):
    """R-HDR-3."""
    stored(server)

    answer = server.call("GET", "Patient/p1", headers={"If-None-Match": 'W/"2"'})

    assert (answer.status, said(answer)["id"]) == (200, "p1")


def test_if_modified_since_is_compared_to_the_second(server: Server):
    """R-HDR-3."""
    stored(server)
    record = server.call("GET", "Patient/p1").record
    assert record is not None

    same, earlier, broken = (
        server.call("GET", "Patient/p1", headers={"If-Modified-Since": text}).status
        for text in (
            http_date(record.last_updated),
            http_date(record.last_updated - 1000),
            "yesterday",
        )
    )

    assert (same, earlier, broken) == (304, 200, 200)


def test_an_if_none_match_that_is_no_list_of_etags_is_refused(server: Server):
    stored(server)

    answer = server.call("GET", "Patient/p1", headers={"If-None-Match": "W/'1'"})

    assert problem(answer) == (400, "value", "http.if-none-match")


def test_head_answers_as_get_does_without_a_body(server: Server):
    """R-GEN-4."""
    stored(server)

    got, head = (server.call(method, "Patient/p1") for method in ("GET", "HEAD"))

    assert (head.status, head.headers, head.body) == (200, got.headers, b"")
    assert server.call("HEAD", "Patient/p2").status == 404


def test_elements_are_picked_with_what_no_reader_may_miss(server: Server):
    """R-FMT-7: active is a modifier, and stays."""
    stored(server, birthDate="1970-01-01", active=True, gender="other")

    answer = said(server.call("GET", "Patient/p1?_elements=birthDate"))

    assert list(answer) == ["resourceType", "id", "meta", "birthDate", "active"]
    assert [tag["code"] for tag in answer["meta"]["tag"]] == ["SUBSETTED"]


@pytest.mark.parametrize(
    ("summary", "names"),
    [
        ("true", ["resourceType", "id", "meta", "name", "gender", "link"]),
        ("text", ["resourceType", "id", "meta", "text"]),
        ("data", ["resourceType", "id", "meta", "name", "contact", "gender", "link"]),
    ],
)
def test_a_summary_has_the_parts_that_the_standard_names(
    server: Server, summary: str, names: list[str]
):
    """R-FMT-7."""
    stored(
        server,
        text={"status": "generated", "div": "<div>x</div>"},
        contact=[{"name": {"family": "Kin"}}],
        gender="other",
        link=[{"other": {"reference": "Patient/p2"}, "type": "seealso"}],
    )

    answer = said(server.call("GET", f"Patient/p1?_summary={summary}"))

    assert sorted(answer) == sorted(names)


def test_a_whole_resource_is_answered_for_summary_false(server: Server):
    resource = stored(server, gender="other")

    assert said(server.call("GET", "Patient/p1?_summary=false")) == resource


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("_summary=maybe", "http._summary"),
        ("_summary=count", "http._summary"),
        ("_summary=true&_summary=data", "http._summary"),
        ("_summary=true&_elements=name", "http._elements"),
        ("_elements=nmae", "http._elements"),
        ("_pretty=yes", "http._pretty"),
        ("_since=2020", "http._since"),
        ("name=Chalmers", "http.name"),
    ],
)
def test_a_parameter_that_a_read_does_not_understand_is_refused(
    server: Server, query: str, where: str
):
    stored(server)

    status, _, place = problem(server.call("GET", f"Patient/p1?{query}"))

    assert (status, place) == (400, where)


def test_a_pretty_answer_says_the_same(server: Server):
    """R-FMT-7."""
    resource = stored(server)

    answer = server.call("GET", "Patient/p1?_pretty=true")

    assert said(answer) == resource
    assert answer.body.startswith(b'{\n  "resourceType": "Patient",\n')


def test_a_reader_may_only_read_what_their_group_may(server: Server):
    """R-GEN-7."""
    stored(server)
    server.call("PUT", "Observation/o", {"resourceType": "Observation", "id": "o"})
    server.groups = ("auditor",)

    assert server.call("GET", "Patient/p1").status == 200
    assert problem(server.call("GET", "Observation/o")) == (403, "forbidden", None)
    assert problem(server.call("PUT", "Patient/p1", patient(id="p1")))[0] == 403


def test_nobody_reads_without_a_name(server: Server):
    """R-GEN-7."""
    stored(server)
    server.groups = ()

    answer = server.call("GET", "Patient/p1")

    assert problem(answer) == (401, "login", None)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hearth"'
