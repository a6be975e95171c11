"""Conditions are judged on what is stored now, and with the rights that a search asks for.

https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hearth_server.access.roles import parse_roles
from hearth_server.errors import Unavailable
from hearth_server.interactions import conditions
from hearth_server.search.indexed import IndexedSearch
from hearth_server.store.protocol import Key, Record

from tests.hearth_server.interactions.bundles import ask, post, transact
from tests.hearth_server.interactions.patients import patient, stored, with_identifier
from tests.hearth_server.serving import BASE, SETTINGS, Server, engine, problem, said

OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/p1"},
}
OF_PATIENTS = parse_roles(
    b'{"practitioner": [{"types": ["Patient"], "interactions": ["read", "search-type", "create",'
    b' "update", "patch", "delete", "transaction"]}]}'
)


class Deaf(IndexedSearch):
    """A search whose index takes nothing in, though a commit never hears of it."""

    def index(self, records: Sequence[Record]) -> None:
        raise Unavailable("The index is busy")

    def announce(self, records: Sequence[Record]) -> None:
        pass


class Forgetful(IndexedSearch):
    """A search whose index says that it took something in, and did not."""

    def index(self, records: Sequence[Record]) -> None:
        pass


@pytest.fixture
def late() -> Server:
    """A server whose index knows the first version of p1, which is active, and not the second."""
    server = Server(settings=replace(SETTINGS, search_consistency="eventual"))
    stored(server, active=True)
    newest = server.store.latest(Key(server.tenant, "Patient", "p1"))
    assert newest is not None
    server.search.index([newest])
    stored(server, active=False)
    return server


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("DELETE", None, 204),
        ("PATCH", [{"op": "add", "path": "/gender", "value": "male"}], 404),
        ("PUT", patient(active=True), 201),
    ],
)
def test_a_resource_that_no_longer_meets_the_condition_is_left_alone(
    late: Server, method: str, body: Any, status: int
):
    """R-CDEL-1, R-CPATCH-1, R-CUPD-1: the index is late, the condition is judged on what is."""
    headers = {"Content-Type": "application/json-patch+json"} if method == "PATCH" else {}

    answer = late.call(method, "Patient?active=true", body, headers)

    assert answer.status == status
    assert said(late.call("GET", "Patient/p1"))["meta"]["versionId"] == "2"


def test_a_conditional_delete_of_several_leaves_what_no_longer_meets_it(late: Server):
    """R-CDEL-1."""
    late.settings = replace(late.settings, conditional_delete="multiple")

    assert late.call("DELETE", "Patient?active=true").status == 204
    assert late.call("GET", "Patient/p1").status == 200


def test_a_conditional_create_finds_nothing_in_what_no_longer_meets_it(late: Server):
    """R-CCREATE-1."""
    answer = late.call("POST", "Patient", patient(active=True), {"If-None-Exist": "active=true"})

    assert answer.status == 201


def test_a_condition_is_not_judged_by_an_index_that_stays_behind(late: Server):
    """R-CDEL-1: rather no answer than a wrong one."""
    late.search = Forgetful(engine())

    assert late.call("DELETE", "Patient?active=true").status == 503
    assert late.call("GET", "Patient/p1").status == 200


def test_a_claim_stands_while_the_index_takes_nothing_in():
    """R-CCREATE-1: no duplicate, though the index cannot tell of the first."""
    server = Server(search=Deaf(engine()))
    condition = {"If-None-Exist": "identifier=urn:mrn|1"}

    answers = [server.call("POST", "Patient", with_identifier("1"), condition) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 503]
    assert len(server.state()) == 1


def test_a_condition_written_in_two_ways_makes_one_claim():
    """R-CCREATE-1."""
    ways = [
        "a=1&identifier=urn:mrn|1",
        "identifier=urn%3Amrn%7C1&a=1",
        "identifier=urn:mrn%7c1&a=1",
    ]

    assert len({conditions.claim_of("t", "Patient", way) for way in ways}) == 1


@pytest.mark.parametrize(
    "condition",
    ["_has:Observation:patient:status=final", "general-practitioner:Practitioner.name=x"],
)
def test_a_condition_on_other_resources_needs_the_right_to_search_them(condition: str):
    """R-GEN-7: If-None-Exist would tell what the caller may not search."""
    server = Server()
    stored(server)
    server.call("PUT", "Observation/o1", OBSERVATION)
    server.roles = OF_PATIENTS
    before = server.state()

    answers = [
        server.call("POST", "Patient", patient(), {"If-None-Exist": condition}),
        server.call("PUT", f"Patient?{condition}", patient()),
        server.call("DELETE", f"Patient?{condition}"),
        transact(server, post(patient(), ifNoneExist=condition)),
        transact(server, ask("DELETE", f"Patient?{condition}")),
    ]

    assert [problem(answer)[:2] for answer in answers] == [(403, "forbidden")] * len(answers)
    assert server.state() == before


@pytest.mark.parametrize("reference", ["Patient/p1", f"{BASE}/Patient/p1"])
def test_a_reference_to_this_server_is_found_in_either_form(server: Server, reference: str):
    """R-CCREATE-1, S-REF-1."""
    stored(server)
    server.call("PUT", "Observation/o1", OBSERVATION)

    answer = server.call(
        "POST", "Observation", OBSERVATION, {"If-None-Exist": f"subject={reference}"}
    )

    assert (answer.status, said(answer)["id"]) == (200, "o1")


def test_a_condition_may_name_a_value_set_that_is_stored(server: Server):
    """R-CCREATE-1, S-TOK-6: values are read as a search reads them."""
    value_set = {
        "resourceType": "ValueSet",
        "id": "v1",
        "url": "urn:v",
        "status": "active",
        "compose": {"include": [{"system": "urn:c", "concept": [{"code": "a"}]}]},
    }
    server.call("PUT", "ValueSet/v1", value_set)
    coded = {**OBSERVATION, "code": {"coding": [{"system": "urn:c", "code": "a"}]}}
    server.call("PUT", "Observation/o1", coded)

    answer = server.call("POST", "Observation", coded, {"If-None-Exist": "code:in=urn:v"})

    assert (answer.status, said(answer)["id"]) == (200, "o1")
