"""The entries of a bundle that do not write by themselves: R-BT-2, R-BT-3, R-TX-1, R-TX-9.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from typing import Any

import pytest
from hearth_server.access.roles import parse_roles

from tests.hearth_server.interactions.bundles import (
    ask,
    bundle,
    post,
    put,
    statuses,
    transact,
)
from tests.hearth_server.interactions.patients import patient, stored
from tests.hearth_server.serving import Server, problem, said

TAGGED = {
    "resourceType": "Parameters",
    "parameter": [{"name": "meta", "valueMeta": {"tag": [{"system": "urn:t", "code": "x"}]}}],
}


def sent(url: str, resource: Any) -> dict[str, Any]:
    return {"request": {"method": "POST", "url": url}, "resource": resource}


@pytest.mark.parametrize("path", ["$meta-add", "%24meta-add", "%24%6Deta%2Dadd"])
def test_an_operation_in_a_batch_is_performed_however_its_url_is_written(server: Server, path: str):
    """R-BT-2, R-BT-3: an entry is judged by what it asks, not by how its URL looks."""
    stored(server)

    answer = server.call("POST", "", bundle("batch", sent(f"Patient/p1/{path}", TAGGED)))

    assert statuses(answer) == ["200"]
    assert said(server.call("GET", "Patient/p1"))["meta"]["tag"] == [
        {"system": "urn:t", "code": "x"}
    ]


def test_a_search_by_post_in_a_batch_is_performed_however_its_url_is_written(server: Server):
    """R-BT-2, R-BT-3."""
    stored(server)
    form = {"resourceType": "Parameters"}

    answer = server.call("POST", "", bundle("batch", sent("Patient/%5Fsearch?_id=p1", form)))

    assert said(answer)["entry"][0]["resource"]["total"] == 1


@pytest.mark.parametrize("kind", ["batch", "transaction"])
@pytest.mark.parametrize(
    "form",
    [
        {"resourceType": "Parameters", "parameter": [{"name": "_id", "valueString": "p1"}]},
        {
            "resourceType": "Binary",
            "contentType": "application/x-www-form-urlencoded",
            "data": "X2lkPXAx",
        },
    ],
)
def test_a_search_in_a_bundle_never_drops_what_its_resource_asks(server: Server, kind, form):
    """S-REQ-1: a filter that is dropped would show more than was asked for."""
    stored(server)

    answer = server.call("POST", "", bundle(kind, sent("Patient/_search", form)))

    if kind == "transaction":
        assert problem(answer) == (400, "not-supported", "Bundle.entry[0].resource")
    else:
        issue = said(answer)["entry"][0]["response"]["outcome"]["issue"][0]
        assert (statuses(answer), issue["expression"]) == (["400"], ["Bundle.entry[0].resource"])


def test_a_bundle_in_a_batch_is_refused_as_an_entry(server: Server):
    """R-BT-2: what is not performed never says 200."""
    inner = bundle("batch", post(patient()))

    answer = server.call("POST", "", bundle("batch", sent("", inner), post(patient())))

    assert statuses(answer) == ["400", "201"]
    assert said(server.call("GET", "Patient"))["total"] == 1


def test_a_read_in_a_recorded_history_is_done_again_too(server: Server):
    """R-BT-2."""
    stored(server)
    recorded = {**ask("GET", "Patient/p1"), "response": {"status": "200 OK"}}

    answer = server.call("POST", "", bundle("history", recorded))

    assert said(answer)["entry"][0]["resource"]["id"] == "p1"


def test_a_read_of_what_the_transaction_deletes_fails_it_whole(server: Server):
    """R-TX-1, R-TX-9: an answer of 200 has no failed entry."""
    stored(server, "p1")
    before = server.state()

    answer = transact(server, ask("DELETE", "Patient/p1"), ask("GET", "Patient/p1"))

    assert problem(answer) == (410, "deleted", "Bundle.entry[1]")
    assert server.state() == before


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("Patient/p1", 200),
        ("Patient/p1/_history", 200),
        ("Patient/p1/_history/2", 200),
        ("Patient/p1/_history/3", 404),
        ("Patient/p1/$meta", 200),
        ("Patient/p1?nonsense=1", 400),
        ("Patient/p1?_elements=nonsense", 400),
        ("Patient/new", 200),
        ("Patient/new?_elements=nonsense", 400),
        ("Patient/new?_elements=name", 200),
        ("Patient/new/_history", 200),
        ("Patient/new/_history/1", 200),
        ("Patient/new/_history/2", 404),
    ],
)
def test_a_read_of_what_the_transaction_writes_is_judged_before_the_commit(
    server: Server, url: str, status: int
):
    """R-TX-1, R-TX-9."""
    stored(server, "p1")
    before = server.state()

    answer = transact(server, put(patient(id="p1")), put(patient(id="new")), ask("GET", url))

    assert answer.status == status
    if status == 200:
        assert statuses(answer) == ["200", "201", "200"]
    else:
        assert server.state() == before


def test_a_read_of_what_the_transaction_writes_asks_for_its_right(server: Server):
    """R-GEN-7, R-TX-9."""
    server.roles = parse_roles(
        b'{"practitioner": [{"interactions": ["transaction", "update"], "types": ["*"]}]}'
    )

    answer = transact(server, put(patient(id="p1")), ask("GET", "Patient/p1"))

    assert problem(answer) == (403, "forbidden", "Bundle.entry[1]")
    assert server.state() == {}
