"""Delete: R-DEL.

https://hl7.org/fhir/R4/http.html#delete
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.hearth_server.interactions.bundles import ask, post, statuses, transact
from tests.hearth_server.interactions.patients import stored, with_identifier
from tests.hearth_server.serving import SETTINGS, Server, problem, said


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


QUERY = "Patient?identifier=urn:mrn|7"


def several(server: Server, count: int) -> None:
    for number in range(count):
        server.call("PUT", f"Patient/m{number}", with_identifier("7", id=f"m{number}"))


@pytest.mark.parametrize("count", [0, 1])
def test_a_conditional_delete_takes_the_one_match_or_none(server: Server, count: int):
    """R-CDEL-1."""
    several(server, count)
    stored(server, "other")

    answer = server.call("DELETE", QUERY)

    assert answer.status == 204
    assert server.call("GET", "Patient/m0").status == (410 if count else 404)
    assert server.call("GET", "Patient/other").status == 200


def test_a_conditional_delete_of_several_is_refused(server: Server):
    """R-CDEL-1."""
    several(server, 2)
    before = server.state()

    answer = server.call("DELETE", QUERY)

    assert problem(answer) == (412, "multiple-matches", None)
    assert server.state() == before


def test_a_stage_may_let_a_conditional_delete_take_several():
    """R-CDEL-1."""
    server = Server(settings=replace(SETTINGS, conditional_delete="multiple"))
    several(server, 5)

    answer = server.call("DELETE", QUERY, headers={"Prefer": "return=OperationOutcome"})

    assert said(answer)["issue"][0]["details"]["text"] == "5 deleted"
    assert {server.call("GET", f"Patient/m{n}").status for n in range(5)} == {410}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_conditional_delete_honours_if_match_whatever_it_finds(count: int):
    """R-HDR-2, R-CDEL-1."""
    server = Server(settings=replace(SETTINGS, conditional_delete="multiple"))
    for number in range(count):
        server.call("PUT", f"Patient/p{number}", with_identifier("7", id=f"p{number}"))
    before = server.state()

    other = server.call("DELETE", QUERY, headers={"If-Match": 'W/"2"'})

    assert problem(other) == (412, "conflict", "http.if-match")
    assert server.state() == before
    current = server.call("DELETE", QUERY, headers={"If-Match": 'W/"1"'})
    assert current.status == (204 if count else 412)


@pytest.mark.parametrize("path", ["Patient", "Patient?nonsense=1", "Patient?_format=json"])
def test_a_conditional_delete_needs_a_condition_that_is_understood(server: Server, path: str):
    """R-CDEL-1: to ignore a parameter would widen the delete."""
    stored(server)
    before = server.state()

    answer = server.call("DELETE", path)

    assert (answer.status, server.state()) == (400, before)


def test_a_transaction_deletes_by_condition(server: Server):
    """R-TX-2, R-CDEL-1."""
    several(server, 1)

    answer = transact(server, post(with_identifier("7")), ask("DELETE", QUERY))

    assert statuses(answer) == ["201", "204"]
    assert server.call("GET", "Patient/m0").status == 410
