"""$meta, $meta-add, $meta-delete, $validate and $expunge: R-OP.

https://hl7.org/fhir/R4/operations.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hearth_server.access.roles import parse_roles
from hearth_server.errors import Issue, Unavailable
from hearth_server.rest.response import Response
from hearth_server.store.protocol import Erasure, Key, Record

from tests.hearth_server.interactions.patients import patient, stored
from tests.hearth_server.serving import SETTINGS, Server, problem, said

EXPUNGING = parse_roles(
    b'{"practitioner":[{"interactions":["$expunge","update","read","vread","history-instance"],'
    b'"types":["Patient"]}]}'
)
TAG_A = {"system": "urn:t", "code": "a"}
TAG_B = {"system": "urn:t", "code": "b"}
LABEL = {"system": "urn:s", "code": "R"}


def given(meta: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": meta}]}


def validating(parameter: Any) -> dict[str, Any]:
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": patient()}, parameter],
    }


def returned(answer: Response) -> Any:
    assert answer.status == 200, answer.body
    (only,) = said(answer)["parameter"]
    assert only["name"] == "return"
    return only["valueMeta"]


def test_meta_is_answered_by_itself(server: Server):
    """R-OP-1, R-OP-3."""
    first = stored(server, meta={"tag": [TAG_A]})
    stored(server)

    now = returned(server.call("GET", "Patient/p1/$meta"))
    then = returned(server.call("GET", "Patient/p1/_history/1/$meta"))

    assert (now["versionId"], now["tag"]) == ("2", [TAG_A])
    assert then == first["meta"]


@pytest.mark.parametrize("body", [None, {"resourceType": "Parameters"}])
def test_meta_is_asked_for_by_post_too(server: Server, body: Any):
    """R-OP-1."""
    resource = stored(server, meta={"tag": [TAG_A]})

    assert returned(server.call("POST", "Patient/p1/$meta", body)) == resource["meta"]


def test_meta_takes_no_parameters(server: Server):
    """R-OP-1."""
    stored(server)

    assert problem(server.call("POST", "Patient/p1/$meta", given({"tag": [TAG_A]})))[0] == 400


def test_labels_are_added_once_each(server: Server):
    stored(server, meta={"tag": [TAG_A]})

    answer = server.call(
        "POST",
        "Patient/p1/$meta-add",
        given({"tag": [TAG_A, TAG_B], "security": [LABEL], "profile": ["urn:p"]}),
    )

    meta = returned(answer)
    assert meta["tag"] == [TAG_A, TAG_B]
    assert (meta["security"], meta["profile"]) == ([LABEL], ["urn:p"])
    assert said(server.call("GET", "Patient/p1"))["meta"] == meta


def test_labels_are_taken_off(server: Server):
    stored(server, meta={"tag": [TAG_A, TAG_B], "security": [LABEL], "profile": ["urn:p"]})

    meta = returned(
        server.call(
            "POST",
            "Patient/p1/$meta-delete",
            given({"tag": [TAG_A], "security": [LABEL], "profile": ["urn:p", "urn:q"]}),
        )
    )

    assert (meta["tag"], "security" in meta, "profile" in meta) == ([TAG_B], False, False)


def test_labels_that_are_there_already_make_no_version(server: Server):
    stored(server, meta={"tag": [TAG_A]})
    before = server.state()

    server.call("POST", "Patient/p1/$meta-add", given({"tag": [TAG_A]}))
    server.call("POST", "Patient/p1/$meta-delete", given({"tag": [TAG_B]}))

    assert server.state() == before


@pytest.mark.parametrize("operation", ["$meta-add", "$meta-delete"])
@pytest.mark.parametrize(
    "body",
    [
        patient(),
        {"resourceType": "Parameters"},
        given("x"),
        given({"versionId": "7"}),
        given({"tag": "a"}),
        given({"tag": ["a"]}),
        given({"profile": [{}]}),
        {"resourceType": "Parameters", "parameter": [{"name": "other", "valueMeta": {}}]},
        {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueString": "x"}]},
        {"resourceType": "Parameters", "parameter": [7]},
        {"resourceType": "Parameters", "parameter": given({})["parameter"] * 2},
    ],
)
def test_labels_that_are_none_are_refused(server: Server, operation: str, body: Any):
    stored(server)
    before = server.state()

    answer = server.call("POST", f"Patient/p1/{operation}", body)

    assert (problem(answer)[:2], server.state()) == ((400, "invalid"), before)


def test_state_is_not_changed_by_a_get(server: Server):
    """R-OP-2."""
    answer = server.call("GET", "Patient/p1/$meta-add")

    assert problem(answer) == (405, "not-supported", None)
    assert answer.headers["Allow"] == "OPTIONS, POST"


def test_an_unknown_operation_is_not_served(server: Server):
    """R-OP-3."""
    assert problem(server.call("POST", "Patient/$nothing")) == (404, "not-supported", None)


class Strict:
    """Finds one error in everybody who is not female."""

    profiles: tuple[str, ...] = ()

    def validate(self, resource: Any, *, profiles: Any = ()) -> list[Issue]:
        """Return the issues."""
        self.profiles = tuple(profiles)
        if resource.get("gender") == "female":
            return []
        return [
            Issue("error", "value", "Wrong", "Patient.gender"),
            Issue("warning", "invariant", "Odd", "Patient.name"),
        ]


def test_validate_tells_every_issue_and_stores_nothing(server: Server):
    """R-OP-3."""
    server.validator = Strict()

    answer = server.call("POST", "Patient/$validate", patient())

    assert answer.status == 200
    assert [issue["code"] for issue in said(answer)["issue"]] == ["value", "invariant"]
    assert server.state() == {}


def test_validate_says_of_a_valid_resource_that_it_is(server: Server):
    server.validator = Strict()

    answer = server.call("POST", "Patient/$validate", patient(gender="female"))

    assert [issue["severity"] for issue in said(answer)["issue"]] == ["information"]


@pytest.mark.parametrize("place", ["query", "parameters"])
def test_validate_is_asked_for_a_profile_in_two_ways(server: Server, place: str):
    """R-OP-1."""
    server.validator = strict = Strict()
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": patient()},
            {"name": "profile", "valueUri": "urn:p"},
            {"name": "mode", "valueCode": "create"},
        ],
    }

    answer = (
        server.call("POST", "Patient/$validate?profile=urn:p&mode=create", patient())
        if place == "query"
        else server.call("POST", "Patient/$validate", parameters)
    )

    assert (answer.status, strict.profiles) == (200, ("urn:p",))


def test_a_validation_of_a_delete_asks_whether_there_is_something(server: Server):
    stored(server)

    there = server.call("POST", "Patient/p1/$validate?mode=delete")
    nothing = server.call("POST", "Patient/p2/$validate?mode=delete")

    assert (there.status, nothing.status) == (200, 404)


@pytest.mark.parametrize("mode", ["create", "update", "delete"])
def test_a_write_that_the_caller_may_not_do_is_not_called_possible(mode: str):
    """R-OP-3: the answer is what the write would be told."""
    allowed = [each for each in ("$validate", "create", "update", "delete") if each != mode]
    role = {"interactions": allowed, "types": ["Patient"]}
    reading = parse_roles(json.dumps({"practitioner": [role]}).encode())
    server = Server(roles=reading)

    answer = server.call("POST", f"Patient/p1/$validate?mode={mode}", patient(id="p1"))

    assert problem(answer) == (403, "forbidden", None)


@pytest.mark.parametrize(
    ("path", "profiles"),
    [
        ("Patient/p1/$validate", ()),
        ("Patient/p1/$validate?profile=urn:p", ("urn:p",)),
        ("Patient/p1/$validate?mode=profile&profile=urn:p", ("urn:p",)),
    ],
)
def test_a_stored_resource_is_judged_where_none_is_sent(
    server: Server, path: str, profiles: tuple[str, ...]
):
    """R-OP-3: the mode `profile` judges what is stored."""
    stored(server)
    server.validator = strict = Strict()

    answer = server.call("POST", path)

    assert (answer.status, strict.profiles) == (200, profiles)
    assert [issue["code"] for issue in said(answer)["issue"]] == ["value", "invariant"]


def test_a_stored_resource_is_judged_by_get_too():
    """R-OP-2: all that is given is a primitive."""
    strict = Strict()
    server = Server(validator=strict)
    server.call("PUT", "Patient/p1", {"resourceType": "Patient", "id": "p1", "gender": "female"})

    answer = server.call("GET", "Patient/p1/$validate?mode=profile&profile=urn:p")

    assert (answer.status, said(answer)["issue"][0]["severity"]) == (200, "information")
    assert strict.profiles == ("urn:p",)
    assert problem(server.call("GET", "Patient/$validate"))[0] == 405


def test_a_stored_resource_that_is_not_there_cannot_be_judged(server: Server):
    assert server.call("POST", "Patient/p2/$validate").status == 404


def test_an_issue_tells_its_line_where_the_resource_stands_in_parameters(server: Server):
    server.validator = Strict()
    body = (
        b'{"resourceType": "Parameters", "parameter": [\n'
        b'{"name": "mode", "valueCode": "create"},\n'
        b'{"name": "resource", "resource": {\n'
        b'  "resourceType": "Patient",\n'
        b'  "gender": "male"}}]}'
    )

    answer = server.call("POST", "Patient/$validate", body)

    issue = said(answer)["issue"][0]
    assert [each["valueInteger"] for each in issue["extension"]] == [5, 13]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Patient/$validate", {"resourceType": "Observation"}),
        *(("Patient/$validate?mode=" + mode, patient()) for mode in ("update", "delete")),
        ("Patient/$validate?mode=profile&profile=urn:p", b""),
        ("Patient/p1/$validate?mode=profile", b""),
        ("Patient/p1/$validate?mode=profile&profile=urn:p", patient(id="p1")),
        ("Patient/p1/$validate?mode=update", b""),
        ("Patient/$validate?mode=guess", patient()),
        ("Patient/$validate", b""),
        *(
            ("Patient/$validate", validating({"name": name, member: value}))
            for name, member in (("mode", "valueCode"), ("profile", "valueUri"))
            for value in (["create"], {"a": 1}, 7, None, True)
        ),
        ("Patient/$validate?nonsense=1", patient()),
        ("Patient/p1/$validate", patient(id="p2")),
    ],
)
def test_a_question_that_is_none_is_refused(server: Server, path: str, body: Any):
    assert server.call("POST", path, body).status == 400


def test_expunge_needs_a_stage_that_allows_it_and_a_caller_who_may(server: Server):
    stored(server)
    before = server.state()

    answer = server.call("POST", "Patient/p1/$expunge")

    assert problem(answer) == (403, "forbidden", None)
    assert server.state() == before


@pytest.mark.parametrize("operation", ["$meta-add", "$meta-delete"])
def test_a_change_of_meta_honours_if_match(server: Server, operation: str):
    """R-HDR-2."""
    stored(server, meta={"tag": [TAG_A]})
    before = server.state()
    path, body = f"Patient/p1/{operation}", given({"tag": [TAG_B if "add" in operation else TAG_A]})

    refused = server.call("POST", path, body, {"If-Match": 'W/"7"', "Idempotency-Key": "k"})

    assert problem(refused) == (412, "conflict", "http.if-match")
    assert server.state() == before
    assert server.call("POST", path, body, {"If-Match": 'W/"1"'}).status == 200


def test_a_change_of_meta_that_is_none_honours_if_match_too(server: Server):
    """R-HDR-2."""
    stored(server, meta={"tag": [TAG_A]})

    answer = server.call(
        "POST", "Patient/p1/$meta-add", given({"tag": [TAG_A]}), {"If-Match": 'W/"7"'}
    )

    assert answer.status == 412


def test_expunge_leaves_nothing_to_read():
    server = Server(settings=replace(SETTINGS, expunge=True), roles=EXPUNGING)
    stored(server, "p1")
    stored(server, "p1")

    answer = server.call("POST", "Patient/p1/$expunge")

    assert said(answer)["parameter"] == [{"name": "count", "valueInteger": 3}]
    assert server.call("GET", "Patient/p1").status == 404
    assert server.call("GET", "Patient/p1/_history/1").status == 404
    assert server.call("GET", "Patient/p1/_history").status == 404
    assert server.search.matching(server.tenant, "Patient", "name=Chalmers") == []
    again = server.call("PUT", "Patient/p1", patient(id="p1"))
    assert (again.status, again.headers["ETag"]) == (201, 'W/"4"')


def test_who_expunged_what_is_kept_and_not_what_it_said():
    server = Server(settings=replace(SETTINGS, expunge=True), roles=EXPUNGING)
    stored(server)

    server.call("POST", "Patient/p1/$expunge")
    server.call("POST", "Patient/unknown/$expunge")

    (kept,) = server.store.erasures(server.tenant)
    assert kept == Erasure(Key(server.tenant, "Patient", "p1"), kept.at, "demo", "r-1")


def test_expunge_takes_out_of_the_index_what_it_knows_late():
    """Privacy: the index of a late stage knows the resource, and not yet that it is deleted."""
    settings = replace(SETTINGS, expunge=True, search_consistency="eventual")
    server = Server(settings=settings, roles=EXPUNGING)
    stored(server)
    newest = server.store.latest(Key(server.tenant, "Patient", "p1"))
    assert newest is not None
    server.search.index([newest])

    server.call("POST", "Patient/p1/$expunge")

    assert server.search.matching(server.tenant, "Patient", "name=Chalmers") == []


def test_expunge_removes_nothing_before_the_index_has_forgotten(monkeypatch: pytest.MonkeyPatch):
    settings = replace(SETTINGS, expunge=True, search_consistency="eventual")
    server = Server(settings=settings, roles=EXPUNGING)
    stored(server)

    def busy(*_: object) -> None:
        raise Unavailable("The index is busy")

    with monkeypatch.context() as patched:
        patched.setattr(server.search, "index", busy)
        refused = server.call("POST", "Patient/p1/$expunge")
    again = server.call("POST", "Patient/p1/$expunge")

    assert (refused.status, again.status) == (503, 200)
    assert said(again)["parameter"] == [{"name": "count", "valueInteger": 2}]


def test_what_is_written_anew_while_it_is_expunged_stays(monkeypatch: pytest.MonkeyPatch):
    """Its writer was told that it is stored, and the index has it."""
    server = Server(settings=replace(SETTINGS, expunge=True), roles=EXPUNGING)
    stored(server)
    index = server.search.index

    def written_anew(records: Sequence[Record]) -> None:
        index(records)
        stored(server)

    with monkeypatch.context() as patched:
        patched.setattr(server.search, "index", written_anew)
        answer = server.call("POST", "Patient/p1/$expunge")

    assert said(answer)["parameter"] == [{"name": "count", "valueInteger": 2}]
    assert server.call("GET", "Patient/p1").headers["ETag"] == 'W/"3"'
    assert server.call("GET", "Patient/p1/_history/1").status == 404


def test_expunge_is_switched_off_by_default():
    server = Server(roles=EXPUNGING)
    stored(server)

    assert problem(server.call("POST", "Patient/p1/$expunge")) == (400, "not-supported", None)
