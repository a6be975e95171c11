"""`Idempotency-Key` on every POST that writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hearth_server.store.memory import MemoryStore
from hearth_server.store.protocol import Key

from tests.hearth_server.interactions.bundles import ask, bundle, post, put
from tests.hearth_server.interactions.patients import patient, stored, with_identifier
from tests.hearth_server.serving import Server, problem, said

KEY = {"Idempotency-Key": "load-1"}


def test_a_post_sent_again_gets_the_first_answer_and_makes_nothing(server: Server):
    first = server.call("POST", "Patient", patient(), KEY)
    before = server.state()

    again = server.call("POST", "Patient", patient(), KEY)

    assert (again.status, again.headers, again.body) == (first.status, first.headers, first.body)
    assert server.state() == before


def test_the_answer_is_the_first_one_though_the_resource_has_changed_since(server: Server):
    first = said(server.call("POST", "Patient", patient(), KEY))
    server.call("DELETE", f"Patient/{first['id']}")

    assert said(server.call("POST", "Patient", patient(), KEY)) == first


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("Patient", patient("Other"), {}),
        ("Observation", {"resourceType": "Observation"}, {}),
        ("Patient", patient(), {"If-None-Exist": "identifier=urn:mrn|7"}),
        ("Patient", patient(), {"Prefer": "return=minimal"}),
        ("Patient", patient(), {"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}),
        ("", {"resourceType": "Bundle", "type": "batch"}, {}),
    ],
)
def test_another_request_under_the_same_key_is_refused(
    server: Server, path: str, body: object, headers: dict[str, str]
):
    server.call("POST", "Patient", patient(), KEY)
    before = server.state()

    answer = server.call("POST", path, body, {**KEY, **headers})

    assert problem(answer) == (422, "business-rule", "http.idempotency-key")
    assert server.state() == before


def test_a_key_belongs_to_the_caller_who_sent_it(server: Server):
    first = said(server.call("POST", "Patient", patient(), KEY))
    server.subject = "somebody else"

    assert said(server.call("POST", "Patient", patient(), KEY))["id"] != first["id"]


def test_an_answer_is_kept_for_a_day():
    now = 1_900_000_000_000
    server = Server(store=MemoryStore(lambda: now))
    first = said(server.call("POST", "Patient", patient(), KEY))
    now += 365 * 24 * 3600 * 1000

    assert said(server.call("POST", "Patient", patient(), KEY))["id"] != first["id"]


def test_a_refused_request_leaves_its_key_free(server: Server):
    assert server.call("POST", "Patient", {"resourceType": "Observation"}, KEY).status == 400

    assert server.call("POST", "Patient", patient(), KEY).status == 201


def test_an_answer_that_wrote_nothing_is_kept_too(server: Server):
    condition = {**KEY, "If-None-Exist": "identifier=urn:mrn|7"}
    there = said(server.call("POST", "Patient", with_identifier("7")))
    first = server.call("POST", "Patient", with_identifier("7"), condition)
    server.call("DELETE", f"Patient/{there['id']}")

    again = server.call("POST", "Patient", with_identifier("7"), condition)

    assert (first.status, again.status, said(again)) == (200, 200, there)


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_a_bundles_answer_is_kept_with_what_it_shows(server: Server, kind: str):
    wish = {**KEY, "Prefer": "return=representation"}
    there = said(server.call("POST", "Patient", with_identifier("7")))
    sent = bundle(
        kind,
        put(patient(id="p1")),
        post(patient()),
        post(with_identifier("7"), ifNoneExist="identifier=urn:mrn|7"),
        ask("GET", f"Patient/{there['id']}"),
    )
    first = server.call("POST", "", sent, wish)
    stored(server, "p1", active=True)

    again = server.call("POST", "", sent, wish)

    assert (again.status, again.headers, again.body) == (first.status, first.headers, first.body)


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_what_has_been_expunged_is_in_no_kept_answer(server: Server, kind: str):
    """Privacy: a kept answer says nothing of what has been erased, and it never did."""
    wish = {**KEY, "Prefer": "return=representation"}
    server.call("POST", "Patient", with_identifier("7"))
    creates = [patient("Secretive", id="p1"), patient("Secretive")]
    sent = bundle(
        kind,
        put(creates[0]),
        post(creates[1]),
        post(with_identifier("7"), ifNoneExist="identifier=urn:mrn|7"),
    )
    first = said(server.call("POST", "", sent, wish))

    assert "Secretive" not in receipts(server)
    assert "urn:mrn" not in receipts(server)
    for each in first["entry"]:
        server.store.expunge(Key(server.tenant, "Patient", each["resource"]["id"]))
    again = said(server.call("POST", "", sent, wish))
    assert [each["response"] for each in again["entry"]] == [
        each["response"] for each in first["entry"]
    ]
    assert not any("resource" in each for each in again["entry"])


def test_a_found_resource_is_in_no_kept_answer(server: Server):
    """Privacy."""
    server.call("POST", "Patient", with_identifier("7"))

    server.call("POST", "Patient", patient(), {**KEY, "If-None-Exist": "identifier=urn:mrn|7"})

    assert "urn:mrn" not in receipts(server)


def receipts(server: Server) -> str:
    """Return all that the store keeps of answers, as text."""
    assert isinstance(server.store, MemoryStore)
    return repr(server.store._receipts)


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "a\nb"])
def test_a_key_that_is_no_key_is_refused(server: Server, key: str):
    answer = server.call("POST", "Patient", patient(), {"Idempotency-Key": key})

    assert problem(answer) == (400, "value", "http.idempotency-key")
    assert server.state() == {}


def test_the_same_post_many_times_at_once_makes_one_resource(server: Server):
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: server.call("POST", "Patient", patient(), KEY), range(24))
        )

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert len(server.state()) == 1
