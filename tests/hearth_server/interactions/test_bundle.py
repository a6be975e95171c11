"""Batch and transaction: R-BT, R-TX.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.hearth_server.interactions.bundles import ask, bundle, ids, post, put, statuses, transact
from tests.hearth_server.interactions.patients import patient, stored, with_identifier
from tests.hearth_server.serving import BASE, Server, problem, said

AT = "Bundle.entry[1]"
OBSERVATION = {"resourceType": "Observation", "status": "final"}


def test_an_answer_has_an_entry_for_each_of_the_requests_in_their_order(server: Server):
    """R-BT-2, R-TX-2, R-TX-1."""
    stored(server, "gone")
    stored(server, "changed")

    answer = transact(
        server,
        ask("GET", "Patient/changed"),
        put(patient("After", id="changed")),
        post(patient("New")),
        ask("DELETE", "Patient/gone"),
    )

    read, update, create, delete = said(answer)["entry"]
    assert said(answer)["type"] == "transaction-response"
    assert statuses(answer) == ["200", "200", "201", "204"]
    assert read["resource"]["name"] == [{"family": "After"}]
    assert read["fullUrl"] == f"{BASE}/Patient/changed"
    assert update["response"] == {
        "status": "200 OK",
        "etag": 'W/"2"',
        "lastModified": update["response"]["lastModified"],
    }
    place = create["response"]["location"]
    id = place.split("/")[1]
    assert place == f"Patient/{id}/_history/1"
    assert delete["response"]["etag"] == 'W/"2"'
    assert server.call("GET", f"Patient/{id}").status == 200
    assert server.call("GET", "Patient/gone").status == 410


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_a_bundle_without_entries_is_fine(server: Server, kind: str):
    """R-TX-1."""
    answer = server.call("POST", "", bundle(kind))

    assert said(answer) == {"resourceType": "Bundle", "type": f"{kind}-response"}


def test_one_wrong_entry_undoes_a_transaction(server: Server):
    """R-TX-1, R-TX-9: the status is that entry's own, the place names it."""
    stored(server)
    before = server.state()

    answer = transact(
        server,
        post(patient()),
        put(patient(id="p1"), ifMatch='W/"7"'),
        ask("DELETE", "Patient/p1"),
    )

    assert problem(answer) == (400, "duplicate", AT)
    assert server.state() == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize(
    "resource", [{}, [], "x", 7, {"a": 1}, {"reference": "urn:uuid:1"}, patient(id="p1")]
)
def test_an_entry_without_a_body_has_no_resource(server: Server, method: str, resource: Any):
    """R-BDL-2, R-TX-9."""
    stored(server)
    before = server.state()

    answer = transact(server, post(patient()), {**ask(method, "Patient/p1"), "resource": resource})

    assert problem(answer) == (400, "structure", f"{AT}.resource")
    assert server.state() == before


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("kind", ["batch", "transaction"])
@pytest.mark.parametrize("resource", [{}, [], "x", 7, {"reference": "urn:uuid:1"}])
def test_junk_in_place_of_a_resource_is_refused(
    server: Server, kind: str, method: str, resource: Any
):
    """R-BDL-2, R-TX-9."""
    entry = {"resource": resource, "request": {"method": method, "url": "Patient?_id=x"}}

    answer = server.call("POST", "", bundle(kind, entry))

    refused = said(answer)["entry"][0]["response"]["outcome"] if kind == "batch" else said(answer)
    assert refused["issue"][0]["code"] == "structure"
    assert answer.status == (200 if kind == "batch" else 400)
    assert server.state() == {}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (put(patient(id="p1"), ifMatch='W/"7"'), (412, "conflict", f"{AT}.request.ifMatch")),
        (put(patient(id="p1"), ifMatch="?!"), (400, "value", f"{AT}.request.ifMatch")),
        (ask("GET", "Patient/none"), (404, "not-found", AT)),
        (ask("GET", "Foo/1"), (404, "not-supported", AT)),
        (ask("GET", "Patient/p1?nonsense=1"), (400, "not-supported", f"{AT}.request.url")),
        (ask("GET", "https://elsewhere.org/Patient/1"), (400, "invalid", f"{AT}.request.url")),
        (ask("OPTIONS", "Patient"), (400, "value", f"{AT}.request.method")),
        (ask("DELETE", "Patient"), (400, "invalid", f"{AT}.request.url")),
        ({"request": {"method": "GET"}}, (400, "required", f"{AT}.request.url")),
        ({"request": {"url": "Patient"}}, (400, "required", f"{AT}.request.method")),
        ({"resource": patient()}, (400, "required", f"{AT}.request")),
        (ask("POST", "Patient"), (400, "required", f"{AT}.resource")),
        (
            {"resource": OBSERVATION, "request": {"method": "POST", "url": "Patient"}},
            (400, "invalid", f"{AT}.resource.resourceType"),
        ),
        (
            {"resource": patient(), "request": {"method": "PUT", "url": "Patient/p9"}},
            (400, "invalid", f"{AT}.resource.id"),
        ),
        (
            {"resource": {}, "request": {"method": "POST", "url": "Patient"}},
            (400, "structure", f"{AT}.resource.resourceType"),
        ),
        (
            {**post(patient()), "response": {"status": "200"}},
            (400, "structure", f"{AT}.response"),
        ),
        (
            {"resource": patient(), "request": {"method": "POST", "url": "Patient", "if": "x"}},
            (400, "structure", f"{AT}.request.if"),
        ),
        (7, (400, "structure", AT)),
        (
            post({"resourceType": "Bundle"}) | {"request": {"method": "POST", "url": ""}},
            (400, "not-supported", f"{AT}.request.url"),
        ),
        (post(patient(), ifNoneExist=""), (400, "invalid", f"{AT}.request.ifNoneExist")),
        (post(patient(), ifNoneExist=7), (400, "structure", f"{AT}.request.ifNoneExist")),
        (
            ask("GET", "Patient/p1", ifModifiedSince="x"),
            (400, "value", f"{AT}.request.ifModifiedSince"),
        ),
        (
            {"resource": patient(id="p1"), "request": {"method": "PUT", "url": "Patient/p1?if=x"}},
            (400, "not-supported", f"{AT}.request.url"),
        ),
        (
            {"resource": patient(), "request": {"method": "POST", "url": "Patient?if=x"}},
            (400, "not-supported", f"{AT}.request.url"),
        ),
        (ask("DELETE", "Patient/p1?_id=p2"), (400, "not-supported", f"{AT}.request.url")),
        (ask("DELETE", "Patient?family=%E4"), (400, "value", f"{AT}.request.url")),
        (ask("GET", "Patient?family=%E4"), (400, "value", f"{AT}.request.url")),
        ({**post(patient()), "fullUrl": 7}, (400, "structure", f"{AT}.fullUrl")),
        ({**post(patient()), "fullUrl": "urn:uuid:0"}, (400, "duplicate", f"{AT}.fullUrl")),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_with_the_place_in_it(
    server: Server, entry: Any, expected: tuple[int, str, str]
):
    """R-BT-1, R-BDL-2, R-TX-8, R-TX-9: the whole transaction is refused."""
    stored(server)
    before = server.state()

    answer = transact(server, {**post(patient()), "fullUrl": "urn:uuid:0"}, entry)

    assert problem(answer) == expected
    assert server.state() == before


def test_a_failed_entry_of_a_batch_fails_alone(server: Server):
    """R-BT-3."""
    answer = server.call(
        "POST",
        "",
        bundle(
            "batch",
            post(patient()),
            post(OBSERVATION) | {"request": {"method": "POST", "url": "Patient"}},
            ask("GET", "Patient/none"),
            put(patient(id="p1")),
            ask("GET", "Patient/p1"),
        ),
    )

    assert statuses(answer) == ["201", "400", "404", "201", "200"]
    assert said(answer)["type"] == "batch-response"
    failed = said(answer)["entry"][1]
    line, column = failed["response"]["outcome"]["issue"][0].pop("extension")
    assert (line["valueInteger"], column["valueInteger"] > 1) == (1, True)
    assert failed == {
        "response": {
            "status": "400 Bad Request",
            "outcome": {
                "resourceType": "OperationOutcome",
                "issue": [
                    {
                        "severity": "error",
                        "code": "invalid",
                        "details": {"text": "resourceType is not Patient, which the URL names"},
                        "expression": ["Bundle.entry[1].resource.resourceType"],
                    }
                ],
            },
        }
    }


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_entries_are_judged_by_what_their_caller_may_do(server: Server, kind: str):
    """R-GEN-7."""
    server.groups = ("auditor",)

    answer = server.call("POST", "", bundle(kind, ask("GET", "Patient/p1")))

    assert problem(answer) == (403, "forbidden", None)


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([put(patient(id="p1")), put(patient(id="p1"))], id="PUT and PUT"),
        pytest.param([put(patient(id="p1")), ask("DELETE", "Patient/p1")], id="PUT and DELETE"),
        pytest.param(
            [
                post(with_identifier("7"), ifNoneExist="identifier=urn:mrn|7"),
                put(patient(id="p1")),
            ],
            id="a match of ifNoneExist and PUT",
        ),
        pytest.param(
            [post(with_identifier("8"), ifNoneExist="identifier=urn:mrn|8")] * 2,
            id="the same ifNoneExist twice",
        ),
        pytest.param(
            [
                put(with_identifier("7", id="p1"))
                | {"request": {"method": "PUT", "url": "Patient?identifier=urn:mrn|7"}},
                put(patient(id="p1")),
            ],
            id="a conditional PUT and PUT",
        ),
    ],
)
def test_the_same_resource_twice_is_refused(server: Server, entries: list[Any]):
    """R-TX-3."""
    server.call("PUT", "Patient/p1", with_identifier("7", id="p1"))
    before = server.state()

    answer = transact(server, *entries)

    assert problem(answer)[:2] == (400, "duplicate")
    assert server.state() == before


def test_answers_repeat_what_was_written_only_when_asked(server: Server):
    """R-BT-2, R-HDR-5."""
    silent = transact(server, post(patient()))
    full = transact(server, post(patient()), headers={"Prefer": "return=representation"})
    outcome = transact(server, post(patient()), headers={"Prefer": "return=OperationOutcome"})

    assert "resource" not in said(silent)["entry"][0]
    assert said(full)["entry"][0]["resource"]["name"] == [{"family": "Chalmers"}]
    assert said(full)["entry"][0]["fullUrl"] == f"{BASE}/Patient/{ids(full)[0]}"
    assert said(outcome)["entry"][0]["response"]["outcome"]["resourceType"] == "OperationOutcome"


def test_an_answer_that_would_not_fit_leaves_the_resources_out(server: Server):
    """What was written must be told; it can be read afterwards."""
    large = patient(text={"status": "generated", "div": "x" * 2_600_000})

    answer = transact(server, post(large), post(large), headers={"Prefer": "return=representation"})

    assert statuses(answer) == ["201", "201"]
    assert ["resource" in entry for entry in said(answer)["entry"]] == [False, False]


def test_reads_that_do_not_fit_into_the_answer_say_so(server: Server):
    large = patient(text={"status": "generated", "div": "x" * 3_000_000})
    for id in ("a", "b"):
        server.call("PUT", f"Patient/{id}", {**large, "id": id})

    answer = transact(server, ask("GET", "Patient/a"), ask("GET", "Patient/b"))

    assert statuses(answer) == ["200", "400"]
    outcome = said(answer)["entry"][1]["response"]["outcome"]
    assert outcome["issue"][0]["code"] == "too-costly"


def test_conditions_of_an_entry_act_as_the_headers_do(server: Server):
    """R-TX-8."""
    resource = stored(server)
    time = resource["meta"]["lastUpdated"]
    server.call("PUT", "Patient/p2", with_identifier("7", id="p2"))

    answer = transact(
        server,
        put(patient(id="p1"), ifMatch='W/"1"'),
        post(with_identifier("7"), ifNoneExist="identifier=urn:mrn|7"),
        ask("GET", "Patient/p2", ifNoneMatch='W/"1"'),
        ask("GET", "Patient/p2", ifModifiedSince=time[:-1] + "+00:00"),
    )

    assert statuses(answer)[:3] == ["200", "200", "304"]
    assert said(answer)["entry"][1]["response"]["location"] == "Patient/p2/_history/1"


def test_if_none_match_of_an_update_holds_in_a_bundle(server: Server):
    """R-TX-8, R-HDR-2."""
    stored(server)

    answer = transact(server, put(patient(id="p1"), ifNoneMatch="*"))

    assert problem(answer) == (412, "conflict", "Bundle.entry[0].request.ifNoneMatch")


@pytest.mark.parametrize("query", ["_summary=true", "_elements=name"])
def test_an_entry_that_writes_does_not_answer_a_part(server: Server, query: str):
    """R-FMT-7."""
    entry = put(patient(id="p1"))
    entry["request"]["url"] += f"?{query}"

    answer = transact(server, entry)

    assert problem(answer) == (400, "not-supported", "Bundle.entry[0].request.url")
    assert server.state() == {}


def test_head_in_a_bundle_has_no_resource(server: Server):
    """R-GEN-4."""
    stored(server)

    answer = transact(server, ask("HEAD", "Patient/p1"))

    assert said(answer)["entry"] == [
        {
            "response": {
                "status": "200 OK",
                "etag": 'W/"1"',
                "lastModified": said(answer)["entry"][0]["response"]["lastModified"],
            }
        }
    ]


def test_a_url_may_start_with_a_base_of_this_server_or_a_slash(server: Server):
    server.other_base_urls = ("https://old.example.org/fhir",)
    stored(server)

    answer = transact(
        server,
        ask("GET", f"{BASE}/Patient/p1"),
        ask("GET", "https://old.example.org/fhir/Patient/p1"),
        ask("GET", "/Patient/p1"),
        ask("GET", f"{BASE}?_type=Patient"),
        ask("GET", f"{BASE}/?_type=Patient"),
    )

    assert statuses(answer) == ["200"] * 5


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"resourceType": "Patient"}, (400, "invalid", "resourceType")),
        ({"resourceType": "Bundle"}, (400, "required", "Bundle.type")),
        ({"resourceType": "Bundle", "type": "searchset"}, (400, "value", "Bundle.type")),
        ({"resourceType": "Bundle", "type": ["batch"]}, (400, "value", "Bundle.type")),
        (bundle("batch") | {"entry": {}}, (400, "structure", "Bundle.entry")),
        (bundle("batch") | {"entry": []}, (400, "structure", "Bundle.entry")),
        (bundle("batch") | {"entries": []}, (400, "structure", "Bundle.entries")),
    ],
)  # fmt: skip
def test_only_a_batch_or_transaction_is_served_at_the_base(
    server: Server, body: Any, expected: tuple[int, str, str]
):
    """R-BT-1."""
    assert problem(server.call("POST", "", body)) == expected


def test_a_history_is_done_again_with_the_ids_it_has(server: Server):
    """R-TX-10."""
    entry = post(patient(id="mine")) | {"response": {"status": "201"}}

    answer = server.call("POST", "", bundle("history", entry))

    assert statuses(answer) == ["201"]
    assert server.call("GET", "Patient/mine").status == 200


def test_a_bundle_sent_again_under_its_key_gets_the_first_answer(server: Server):
    key = {"Idempotency-Key": "b"}
    body = bundle("transaction", post(patient()), ask("GET", "Patient/p1"))
    stored(server)
    first = server.call("POST", "", body, key)
    before = server.state()

    again = server.call("POST", "", body, key)

    assert said(again) == said(first)
    assert statuses(again) == ["201", "200"]
    assert server.state() == before


def test_a_batch_sent_again_under_its_key_gets_the_first_answer(server: Server):
    key = {"Idempotency-Key": "b"}
    body = bundle(
        "batch", post(patient()), post(OBSERVATION), put(patient() | {"id": "a"}, ifMatch='W/"9"')
    )
    first = server.call("POST", "", body, key)
    before = server.state()

    assert said(server.call("POST", "", body, key)) == said(first)
    assert (statuses(first), server.state()) == (["201", "201", "412"], before)


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_every_kind_of_reading_is_served_in_a_bundle(server: Server, kind: str):
    """R-BT-2, R-TX-2: reads see what the other entries have written."""
    stored(server, "p1")

    answer = server.call(
        "POST",
        "",
        bundle(
            kind,
            ask("GET", "Patient?identifier=urn:mrn|7"),
            ask("GET", "Patient/p1/_history?_count=1"),
            ask("GET", "Patient/p1/_history/1"),
            ask("GET", "Patient/p1/$meta"),
            put(with_identifier("7", id="p1")),
        ),
    )

    search, history, version, meta, _ = said(answer)["entry"]
    assert statuses(answer) == ["200"] * 5
    assert [each["resource"]["id"] for each in search["resource"]["entry"]] == ["p1"]
    assert history["resource"]["entry"][0]["response"]["etag"] == 'W/"2"'
    assert version["resource"]["meta"]["versionId"] == "1"
    assert meta["resource"]["parameter"][0]["valueMeta"]["versionId"] == "2"


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_a_wrong_search_in_a_bundle_is_an_error_of_its_entry(server: Server, kind: str):
    """R-BT-3, R-TX-9."""
    answer = server.call("POST", "", bundle(kind, post(patient()), ask("GET", "Patient?nmae=x")))

    if kind == "batch":
        assert statuses(answer) == ["201", "400"]
    else:
        assert problem(answer)[0] == 400
        assert server.state() == {}


def test_conditional_writes_are_served_in_a_batch(server: Server):
    """R-BT-2, R-CUPD-1, R-CDEL-1."""
    server.call("PUT", "Patient/p1", with_identifier("7", id="p1"))
    server.call("PUT", "Patient/p2", with_identifier("8", id="p2"))
    update = {
        "resource": with_identifier("7"),
        "request": {"method": "PUT", "url": "Patient?identifier=urn:mrn|7"},
    }

    answer = server.call(
        "POST", "", bundle("batch", update, ask("DELETE", "Patient?identifier=urn:mrn|8"))
    )

    assert statuses(answer) == ["200", "204"]
    assert said(answer)["entry"][0]["response"]["location"] == "Patient/p1/_history/2"
    assert server.call("GET", "Patient/p1").headers["ETag"] == 'W/"2"'
    assert server.call("GET", "Patient/p2").status == 410


def test_a_lost_race_plans_a_transaction_anew_from_what_was_sent(server: Server):
    """R-TX-4: the links of the lost plan leave no trace."""
    from hearth_server.store.protocol import StaleBase

    commit, lost = server.store.commit, []

    def lose_once(writes: Any, receipt: Any = None) -> Any:
        if not lost:
            lost.append(writes)
            raise StaleBase([])
        return commit(writes, receipt)

    server.store.commit = lose_once  # type: ignore[method-assign]
    observation = {**OBSERVATION, "subject": {"reference": "urn:uuid:1"}}

    answer = transact(server, post(patient(), "urn:uuid:1"), post(observation, "urn:uuid:2"))

    linked, holder = ids(answer)
    resource = said(server.call("GET", f"Observation/{holder}"))
    assert resource["subject"]["reference"] == f"Patient/{linked}"
    assert len(server.state()) == 2
