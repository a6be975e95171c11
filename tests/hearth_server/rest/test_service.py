"""What every answer has: request ids, CORS, formats."""

from __future__ import annotations

import pytest
from hearth_server.access.principal import Principal
from hearth_server.rest import service
from hearth_server.rest.request import Request

from tests.hearth_server.interactions.patients import patient, stored
from tests.hearth_server.serving import SETTINGS, Server, problem, said


@pytest.fixture
def server() -> Server:
    return Server()


def test_an_own_request_id_is_answered_beside_the_clients(server: Server):
    """R-GEN-5."""
    request = Request(
        "GET",
        ("metadata",),
        headers={"x-request-id": "the client's, which is no id"},
        request_id="own-1",
    )

    response, _ = service.answer(server.services, request)

    assert response.headers["X-Request-Id"] == "own-1"
    assert response.headers["X-Correlation-Id"] == "the client's, which is no id"
    assert "X-Intermediary" not in response.headers


def test_the_clients_request_id_is_answered_alone(server: Server):
    """R-GEN-5."""
    request = Request("GET", ("metadata",), headers={"x-request-id": "abc"}, request_id="abc")

    response, _ = service.answer(server.services, request)

    assert response.headers["X-Request-Id"] == "abc"
    assert "X-Correlation-Id" not in response.headers


@pytest.mark.parametrize("path", ["", "Patient", "Patient/1", "Foo/bar", "metadata"])
def test_options_answers_a_preflight_without_a_token(server: Server, path: str):
    """R-GEN-7: CORS."""
    server.groups = ()

    answer = server.call("OPTIONS", path)

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    assert "If-Match" in answer.headers["Access-Control-Allow-Headers"]


def test_answers_and_errors_are_open_to_other_origins(server: Server):
    """R-GEN-7: CORS."""
    for answer in (server.call("GET", "metadata"), server.call("GET", "Patient/none")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "Patient/p1"),
        ("HEAD", "Patient/p1"),
        ("GET", "Patient/p1/_history/1"),
        ("GET", "Patient?_id=p1"),
        ("GET", "_history"),
        ("GET", "Patient/none"),
        ("GET", "Foo"),
    ],
)
def test_no_cache_keeps_an_answer(server: Server, method: str, path: str):
    """R-READ-1: RFC 9111 lets a browser show again for days what has a Last-Modified alone."""
    stored(server)

    assert server.call(method, path).headers["Cache-Control"] == "no-store"


def test_an_unchanged_version_is_not_kept_either(server: Server):
    stored(server)

    unchanged = server.call("GET", "Patient/p1", headers={"If-None-Match": 'W/"1"'})

    assert (unchanged.status, unchanged.headers["Cache-Control"]) == (304, "no-store")


def test_the_capability_statement_may_be_kept_and_is_asked_for_again(server: Server):
    """R-CAP-1: it is large, the same for everyone, and known by its ETag."""
    first = server.call("GET", "metadata")
    again = server.call("GET", "metadata", headers={"If-None-Match": first.headers["ETag"]})

    kept = [(each.status, each.headers["Cache-Control"]) for each in (first, again)]
    assert kept == [(200, "no-cache"), (304, "no-cache")]


def test_an_answer_has_the_type_that_the_client_asked_for(server: Server):
    """R-FMT-3."""
    stored(server)

    answer = server.call("GET", "Patient/p1", headers={"Accept": "application/json"})

    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"


def test_nothing_is_written_for_a_client_that_could_not_read_the_answer(server: Server):
    """R-FMT-2."""
    answer = server.call("POST", "Patient", patient(), {"Accept": "application/fhir+xml"})

    assert problem(answer) == (406, "not-supported", "http.accept")
    assert server.state() == {}


def test_a_conditional_update_needs_a_search_engine():
    """R-CUPD-1."""
    from dataclasses import replace

    server = Server(settings=replace(SETTINGS, search_engine="none"))

    answer = server.call("PUT", "Patient?identifier=urn:mrn|7", patient())

    assert problem(answer) == (400, "not-supported", None)


def test_the_interaction_is_told_for_the_log(server: Server):
    request = Request("GET", ("Patient", "1"), principal=Principal("s", ("practitioner",)))

    assert service.answer(server.services, request)[1] == "read"


def test_an_operation_outcome_has_the_media_type_of_fhir(server: Server):
    """R-GEN-3."""
    answer = server.call("GET", "Nothing")

    assert answer.headers["Content-Type"] == "application/fhir+json;charset=utf-8"
    assert said(answer)["resourceType"] == "OperationOutcome"


def test_a_search_is_asked_by_get_and_by_post_and_their_parameters_add_up(server: Server):
    """R-SRCH-1."""
    stored(server, "p1", gender="male")
    stored(server, "p2", gender="female")
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    by_get = server.call("GET", "Patient?family=Chalmers&gender=male")
    by_post = server.call("POST", "Patient/_search?family=Chalmers", b"gender=male", form)
    wrong = server.call("GET", "Patient?nonsense=1")

    for answer in (by_get, by_post):
        found = [entry["resource"]["id"] for entry in said(answer)["entry"]]
        assert (answer.status, said(answer)["type"], found) == (200, "searchset", ["p1"])
    assert problem(wrong)[0] == 400


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_form_says_the_format_of_the_answer(server: Server):
    """R-FMT-2, R-SRCH-1: what shapes the answer may stand in the form, too."""
    xml = server.call("POST", "Patient/_search", b"_format=application/fhir%2Bxml", FORM)
    plain = server.call("POST", "Patient/_search", b"_format=application/json&_pretty=true", FORM)
    twice = server.call("POST", "Patient/_search?_format=json", b"_format=json", FORM)

    assert problem(xml) == (406, "not-supported", "http._format")
    assert plain.headers["Content-Type"] == "application/json;charset=utf-8"
    assert b"\n" in plain.body
    assert problem(twice) == (400, "invalid", "http._format")


@pytest.mark.parametrize("path", ["_search", "Patient/_search", "Patient/p1/Observation/_search"])
@pytest.mark.parametrize("form", [b"_id=%ff", b"&".join([b"_id=a"] * 300)])
def test_a_form_that_cannot_be_read_is_refused(server: Server, path: str, form: bytes):
    """R-SRCH-1."""
    assert problem(server.call("POST", path, form, FORM)) == (400, "structure", None)


def test_a_form_in_another_format_is_refused(server: Server):
    """R-SRCH-1."""
    answer = server.call("POST", "Patient/_search", b"{}", {"Content-Type": "application/json"})

    assert problem(answer) == (415, "not-supported", "http.content-type")
