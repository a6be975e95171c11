"""What US Core 3.1.1 and 6.1.0 ask a server to search by, over data of our own in its shapes.

Of each type there are four resources: one that every search looks for, one of the same patient that
none does, and their likes of another patient. `searches.json` says what the two differ in.
https://hl7.org/fhir/us/core/STU6.1/CapabilityStatement-us-core-server.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.hearth_server.search.guides import guides_in, install
from tests.hearth_server.serving import Server, said

TYPES: dict[str, Any] = json.loads(Path(__file__).with_name("searches.json").read_text())
MATCH, OTHER, STRANGER, UNLIKE = "match", "other", "stranger", "unlike"

_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
_ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
ADDED = (
    ("CareTeam", "role", "token", "CareTeam.participant.role"),
    ("Condition", "asserted-date", "date", f"Condition.extension.where(url='{_ASSERTED}').value"),
    ("Encounter", "discharge-disposition", "token",
     "Encounter.hospitalization.dischargeDisposition"),
    ("Goal", "description", "token", "Goal.description"),
    ("Patient", "race", "token", f"Patient.extension.where(url='{_RACE}').extension.value.code"),
)  # fmt: skip
"""The parameters that US Core adds to R4's, defined in our own words."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("guides")
    with guides_in(folder):
        assert install(folder, *(_definition(*each) for each in ADDED)) == []
        server = Server()
        for type in TYPES:
            for resource in _resources(type):
                _put(server, resource)
        yield server


def _definition(base: str, code: str, type: str, expression: str) -> dict[str, Any]:
    url = f"http://example.org/SearchParameter/{base}-{code}"
    return {"url": url, "code": code, "base": [base], "type": type, "expression": expression}


def _resources(type: str) -> Iterator[dict[str, Any]]:
    """Yield the four of a type, and a Provenance of the one that is looked for."""
    shape = TYPES[type]
    for id, like, patient in (
        (MATCH, "match", "match"),
        (OTHER, "other", "match"),
        (STRANGER, "match", "other"),
        (UNLIKE, "other", "other"),
    ):
        if shape["patient"] is None and id in (STRANGER, UNLIKE):
            continue  # nothing tells them apart
        resource = {"resourceType": type, "id": id, **shape[like]}
        if shape["patient"] is not None:
            resource[shape["patient"]] = {"reference": f"Patient/{patient}"}
        if id in (STRANGER, UNLIKE):
            resource.pop("identifier", None)
        yield resource
    yield {
        "resourceType": "Provenance",
        "id": f"of-{type}",
        "target": [{"reference": f"{type}/{MATCH}"}],
        "recorded": "2021-03-01T10:00:00Z",
        "agent": [{"who": {"reference": "Practitioner/match"}}],
    }


def _put(server: Server, resource: dict[str, Any]) -> None:
    type, id = resource["resourceType"], resource["id"]
    answer = server.call("PUT", f"{type}/{id}", resource)
    assert answer.status == 201, answer.body


def _searches() -> Iterator[Any]:
    for type, shape in TYPES.items():
        for version, listed in shape["searches"].items():
            for names in listed:
                yield pytest.param(type, names.split("+"), id=f"{version}-{type}-{names}")


def _value(type: str, name: str) -> str:
    if name == "patient":
        return "Patient/match"
    return MATCH if name == "_id" else str(TYPES[type]["values"][name])


def _forms(type: str, name: str) -> list[str]:
    """Return the ways in which a client may write a value that finds the same."""
    value = _value(type, name)
    if name == "patient":
        return [value, "match", "match,nobody"]
    if value == "2021-03-01":
        exactly = "2021-03-01T10:00:00+01:00"
        return [value, f"ge{value}", "gt2021-02-28", f"{value},2001", *_if(type, name, exactly)]
    if "|" in value:
        return [value, value.partition("|")[2], f"{value},nothing"]
    return [value, f"{value},nothing"]


def _if(type: str, name: str, exactly: str) -> list[str]:
    """Return the moment where an element says it to the second."""
    return [exactly] if name in ("recorded-date", "authoredon") else []


def _found(server: Server, type: str, asked: list[tuple[str, str]]) -> list[str]:
    """Return what a search finds, the same by GET and by POST."""
    query = urlencode(asked)
    form = {"content-type": "application/x-www-form-urlencoded"}
    got = server.call("GET", f"{type}?{query}")
    posted = server.call("POST", f"{type}/_search", query.encode(), form)
    assert got.status == posted.status == 200, got.body
    one, two = said(got), said(posted)
    assert one.get("entry", []) == two.get("entry", [])
    assert one["total"] == two["total"] == len(one.get("entry", []))
    return sorted(each["resource"]["id"] for each in one.get("entry", []))


@pytest.mark.parametrize(("type", "names"), list(_searches()))
def test_a_search_finds_what_it_asks_for_and_nothing_else(
    server: Server, type: str, names: list[str]
):
    if names == ["patient"]:
        expected = sorted([MATCH, OTHER])
    elif "patient" in names or names[0] in ("_id", "identifier"):
        expected = [MATCH]
    else:
        expected = sorted([MATCH, *([STRANGER] if TYPES[type]["patient"] else [])])

    for name in names:
        for form in _forms(type, name):
            asked = [(each, form if each == name else _value(type, each)) for each in names]
            assert _found(server, type, asked) == expected, asked


@pytest.mark.parametrize(
    ("type", "name"),
    [
        (type, name)
        for type, shape in TYPES.items()
        for name, value in shape["values"].items()
        if value == "2021-03-01"
    ],
)
def test_dates_are_compared_from_either_side_and_together(server: Server, type: str, name: str):
    """US Core wants gt, ge, lt and le, and a range by repeating the parameter."""
    patient = [("patient", "match")] if TYPES[type]["patient"] else []

    assert _found(server, type, [*patient, (name, "lt2020-01-01")]) == [OTHER]
    assert _found(server, type, [*patient, (name, "le2019-01-01")]) == [OTHER]
    assert _found(server, type, [*patient, (name, "gt2020-12-31")]) == [MATCH]
    between = [(name, "ge2021-01-01"), (name, "le2021-12-31")]
    assert _found(server, type, [*patient, *between]) == [MATCH]


@pytest.mark.parametrize("type", [type for type, shape in TYPES.items() if shape["patient"]])
def test_a_provenance_comes_with_what_it_is_of(server: Server, type: str):
    query = "patient=match&_revinclude=Provenance:target"

    entries = said(server.call("GET", f"{type}?{query}"))["entry"]

    included = [each for each in entries if each["search"]["mode"] == "include"]
    assert [each["resource"]["id"] for each in included] == [f"of-{type}"]
    assert len(entries) == 3


INCLUDED = [
    ("MedicationRequest", "medication", "medicationReference", "Medication"),
    ("MedicationDispense", "medication", "medicationReference", "Medication"),
    ("PractitionerRole", "endpoint", "endpoint", "Endpoint"),
    ("PractitionerRole", "practitioner", "practitioner", "Practitioner"),
    ("CareTeam", "participant", "participant", "RelatedPerson"),
    ("CareTeam", "participant", "participant", "PractitionerRole"),
    ("CareTeam", "participant", "participant", "Practitioner"),
    ("CareTeam", "participant", "participant", "Patient"),
]


@pytest.mark.parametrize(("type", "name", "element", "target"), INCLUDED)
def test_what_a_resource_points_at_comes_with_it(
    server: Server, type: str, name: str, element: str, target: str
):
    id = f"including-{target.lower()}"
    reference: Any = {"reference": f"{target}/{id}"}
    if element == "participant":
        reference = [{"member": reference}]
    elif element == "endpoint":
        reference = [reference]
    _put_anew(server, {"resourceType": target, "id": id})
    _put_anew(server, {"resourceType": type, "id": id, element: reference})

    answer = said(server.call("GET", f"{type}?_id={id}&_include={type}:{name}"))

    found = [(each["resource"]["resourceType"], each["search"]["mode"]) for each in answer["entry"]]
    assert found == [(type, "match"), (target, "include")]


def _put_anew(server: Server, resource: dict[str, Any]) -> None:
    answer = server.call("PUT", f"{resource['resourceType']}/{resource['id']}", resource)
    assert answer.status in (200, 201), answer.body


def test_all_medication_requests_come_by_their_intents_alone(server: Server):
    """G-12: a client asks for order and plan together to get the whole list."""
    asked = [("patient", "match"), ("intent", "order,plan")]

    assert _found(server, "MedicationRequest", asked) == [MATCH, OTHER]


def test_every_search_is_declared(server: Server):
    rest = said(server.call("GET", "metadata"))["rest"][0]
    declared = {each["type"]: each for each in rest["resource"]}

    for type, shape in TYPES.items():
        served = {each["name"] for each in declared[type]["searchParam"]}
        wanted = {name.partition(".")[0] for listed in shape["searches"].values()
                  for names in listed for name in names.split("+")}  # fmt: skip
        assert wanted <= served, type
        assert "Provenance:target" in declared[type]["searchRevInclude"]
