"""Delete: R-DEL.

https://hl7.org/fhir/R4/http.html#delete
"""

from __future__ import annotations

from tests.hearth_server.interactions.patients import stored
from tests.hearth_server.serving import Server, problem, said


def test_a_delete_answers_nothing_but_the_tombstones_etag(server: Server):
    """R-DEL-1."""
    stored(server)

    answer = server.call("DELETE", "Patient/p1")

    assert (answer.status, answer.body, answer.headers["ETag"]) == (204, b"", 'W/"2"')


def test_a_delete_tells_how_it_went_when_asked(server: Server):
    """R-DEL-1, R-HDR-5."""
    stored(server)

    answer = server.call("DELETE", "Patient/p1", headers={"Prefer": "return=OperationOutcome"})

    assert (answer.status, said(answer)["resourceType"]) == (200, "OperationOutcome")


def test_a_second_delete_succeeds_and_makes_no_version(server: Server):
    """R-DEL-1."""
    stored(server)
    server.call("DELETE", "Patient/p1")
    before = server.state()

    answer = server.call("DELETE", "Patient/p1")

    assert (answer.status, answer.headers["ETag"], server.state()) == (204, 'W/"2"', before)


def test_a_delete_of_what_never_existed_succeeds(server: Server):
    """R-DEL-1."""
    answer = server.call("DELETE", "Patient/p1")

    assert (answer.status, "ETag" in answer.headers, server.state()) == (204, False, {})


def test_a_delete_with_another_if_match_changes_nothing(server: Server):
    """R-HDR-2."""
    stored(server)
    before = server.state()

    answer = server.call("DELETE", "Patient/p1", headers={"If-Match": 'W/"7"'})

    assert problem(answer) == (412, "conflict", "http.if-match")
    assert server.state() == before
