"""Every write is validated, by the validator and at the level of the stage: R-CREATE-2, R-JSON.

https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from typing import Any

import pytest
from hearth_server.rest.response import Response
from hearth_server.validation.open import open_validator

from tests.hearth_server.fhir.patch.patches import operation, patch
from tests.hearth_server.interactions.bundles import bundle, post, put, statuses
from tests.hearth_server.interactions.patients import patient, stored
from tests.hearth_server.serving import Server, problem, said

WRONG = patient(id="p1", gender="foo", birthDate="1974-13-01")
PLACES = {"Patient.gender", "Patient.birthDate"}


@pytest.fixture
def server() -> Server:
    return Server(validator=open_validator("full"))


def errors(answer: Response) -> set[str]:
    """Return the places of the errors that an answer tells of."""
    return {
        issue["expression"][0] for issue in said(answer)["issue"] if issue["severity"] == "error"
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "Patient"),
        ("PUT", "Patient/p1"),
        ("PUT", "Patient?identifier=urn:mrn|7"),
    ],
)
def test_every_error_of_a_write_is_told_at_once(server: Server, method: str, path: str):
    """R-CREATE-2, R-UPD-1, R-CUPD-1."""
    answer = server.call(method, path, WRONG)

    assert (answer.status, errors(answer), server.state()) == (400, PLACES, {})


def test_an_error_tells_its_line_and_column(server: Server):
    """R-CREATE-2: of the body that was sent, where it is text."""
    body = b'{"resourceType": "Patient",\n "id": "p1",\n "gender": "foo"}'

    answer = server.call("POST", "Patient", body)

    issue = next(each for each in said(answer)["issue"] if each["severity"] == "error")
    found = {each["url"].rpartition("-")[2]: each["valueInteger"] for each in issue["extension"]}
    assert found == {"line": 3, "col": 12}


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_an_error_in_an_entry_tells_its_line(server: Server, kind: str):
    """R-BT-3, R-TX-9."""
    body = (
        b'{"resourceType": "Bundle", "type": "' + kind.encode() + b'", "entry": [\n'
        b'{"resource": {"resourceType": "Patient",\n'
        b'"gender": "foo"}, "request": {"method": "POST", "url": "Patient"}}]}'
    )

    answer = said(server.call("POST", "", body))

    told = answer if kind == "transaction" else answer["entry"][0]["response"]["outcome"]
    issue = next(each for each in told["issue"] if each["severity"] == "error")
    assert issue["extension"][0]["valueInteger"] == 3


def test_a_line_of_a_patch_is_not_taken_for_one_of_the_resource(server: Server):
    stored(server)
    change = patch(operation("add", path="Patient", name="gender", value={"valueCode": "foo"}))

    answer = server.call("PATCH", "Patient/p1", change, {"Content-Type": "application/fhir+json"})

    assert answer.status == 400
    assert [issue.get("extension") for issue in said(answer)["issue"]].count(None) == len(
        said(answer)["issue"]
    )


def test_what_only_a_profile_asks_for_is_a_rule_of_the_server():
    """R-CREATE-2: 422 where the standard itself is kept."""
    weight = "http://hl7.org/fhir/StructureDefinition/bodyweight"
    required = open_validator("full", required={"Observation": [weight]})
    server = Server(validator=required)
    plain = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}

    profile = server.call("POST", "Observation", plain)
    standard = server.call("POST", "Observation", {**plain, "status": "odd"})

    assert (profile.status, standard.status, server.state()) == (422, 400, {})
    assert "Observation.subject" in errors(profile)


def test_a_patch_must_leave_a_valid_resource(server: Server):
    """R-PATCH-2."""
    stored(server)
    before = server.state()
    change = [{"op": "add", "path": "/gender", "value": "foo"}]

    answer = server.call(
        "PATCH", "Patient/p1", change, {"Content-Type": "application/json-patch+json"}
    )

    assert (answer.status, errors(answer), server.state()) == (400, {"Patient.gender"}, before)


def test_an_invalid_entry_undoes_a_transaction_and_names_itself(server: Server):
    """R-TX-9."""
    answer = server.call("POST", "", bundle("transaction", post(patient()), put(WRONG)))

    assert errors(answer) == {
        "Bundle.entry[1].resource.gender",
        "Bundle.entry[1].resource.birthDate",
    }
    assert server.state() == {}


def test_an_invalid_entry_of_a_batch_fails_alone(server: Server):
    """R-BT-3."""
    answer = server.call("POST", "", bundle("batch", post(patient()), put(WRONG)))

    assert statuses(answer) == ["201", "400"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"resourceType": "Patient", "name": []}, id="an empty array"),
        pytest.param({"resourceType": "Patient", "contact": [{}]}, id="an empty object"),
        pytest.param({"resourceType": "Patient", "language": ""}, id="an empty string"),
        pytest.param({"resourceType": "Patient", "active": None}, id="null"),
        pytest.param({"resourceType": "Patient", "name": {"family": "x"}}, id="no array"),
        pytest.param({"resourceType": "Patient", "nmae": []}, id="an unknown element"),
        pytest.param({"resourceType": "Patient", "id": "a_b"}, id="an illegal id"),
        pytest.param({"resourceType": "Patient", "active": "true"}, id="a boolean as a string"),
    ],
)
def test_what_is_not_fhirs_json_is_refused(server: Server, body: Any):
    """R-JSON-1, R-JSON-2, R-JSON-3, R-JSON-4, R-ID-1."""
    answer = server.call("POST", "Patient", body)

    assert (answer.status, server.state()) == (400, {})
    assert said(answer)["issue"][0]["code"] in ("structure", "value", "invalid", "invariant")


def test_an_unknown_profile_is_no_reason_to_refuse(server: Server):
    """R-META-2."""
    answer = server.call("POST", "Patient", patient(meta={"profile": ["http://example.org/p"]}))

    assert answer.status == 201


def test_what_was_accepted_comes_back_as_it_was(server: Server):
    """R-META-4, R-JSON-1, R-JSON-4: order, digits and extensions of primitives are kept."""
    sent = (
        '{"id":"o","resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"mg"},'
        '"status":"final","code":{"text":"ä"},"_status":{"extension":'
        '[{"url":"http://example.org/x","valueDecimal":1E-22}]}}'
    ).encode()

    answer = server.call("PUT", "Observation/o", sent)
    body = server.call("GET", "Observation/o").body

    meta = (
        b',"meta":{"versionId":"1","lastUpdated":"'
        + said(answer)["meta"]["lastUpdated"].encode()
        + b'"}'
    )
    assert body.replace(meta, b"") == sent


def test_the_level_of_the_stage_decides_how_much_is_asked():
    """A code that the standard does not know passes at the level `structure` only."""
    wrong = patient(gender="foo")

    full = Server(validator=open_validator("full")).call("POST", "Patient", wrong)
    structure = Server(validator=open_validator("structure")).call("POST", "Patient", wrong)

    assert (full.status, structure.status) == (400, 201)
    assert problem(full)[0] == 400
