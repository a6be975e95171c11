"""Evaluation on FHIR: types, choices, primitive extensions, places, and what the caller gives."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hearth_server.fhir import fhirpath, json
from hearth_server.fhir.definitions import release
from hearth_server.fhir.fhirpath import (
    Environment,
    FHIRPathEvaluationError,
    Item,
    Node,
    plain,
    shapes_of,
)

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "name": [
        {
            "family": "A",
            "given": ["x", None, "z"],
            "_given": [None, {"extension": [{"url": "u", "valueCode": "masked"}]}],
        }
    ],
    "_birthDate": {"extension": [{"url": "u", "valueDateTime": "1970"}]},
    "deceasedDateTime": "2020-01-01",
    "_deceasedDateTime": {"id": "d"},
    "contact": [{"name": {"text": "c"}}, {"gender": "male"}],
    "contained": [
        {"resourceType": "Organization", "id": "o", "name": "Org"},
        {"resourceType": "Basic", "id": "b", "subject": {"reference": "#o"}},
    ],
    "managingOrganization": {"reference": "#o"},
    "generalPractitioner": [{"reference": "Practitioner/1"}],
}
OBSERVATION: dict[str, Any] = json.parse(
    b'{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.50,"unit":"g",'
    b'"system":"http://unitsofmeasure.org","code":"g"},"component":[{"valueInteger":3},'
    b'{"valueString":"s"}]}'
)


def evaluated(expression: str, resource: dict[str, Any] = PATIENT, **environment: Any) -> list[Any]:
    found = fhirpath.compile(expression)(resource, Environment(**environment))
    return [_shown(item) for item in found]


def _shown(item: Item) -> Any:
    value = plain(item)
    return value.value if isinstance(value, Node) else value


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("Patient.name.given.count()", [3]),
        ("Patient.name.given.where(hasValue())", ["x", "z"]),
        ("Patient.name.given[1].extension('u').value", ["masked"]),
        ("Patient.name.given.getValue()", []),
        ("Patient.birthDate.exists()", [True]),
        ("Patient.birthDate.hasValue()", [False]),
        ("Patient.birthDate.extension.value is dateTime", [True]),
        ("Patient.deceased.id", ["d"]),
        ("Patient.deceased is dateTime", [True]),
        ("Patient.deceased is boolean", [False]),
        ("Patient.deceasedDateTime", []),
        ("Resource.id", ["p"]),
        ("DomainResource.contained.id", ["o", "b"]),
        ("Observation.id", []),
        ("contact.ofType(BackboneElement).count()", [2]),
        ("contact.first().type().name", ["BackboneElement"]),
        ("contained.ofType(Organization).name", ["Org"]),
        ("managingOrganization.resolve().name", ["Org"]),
        ("contained.where(id = 'b').subject.resolve().id", ["o"]),
        ("generalPractitioner.resolve()", []),
        ("children().where($this is Reference).count()", [2]),
        ("%resource.id | %context.id | %rootResource.id", ["p"]),
        ("contained.select(%resource.id)", ["p", "p"]),
        ("descendants().reference", ["#o", "Practitioner/1", "#o"]),
        ("name.given.exists() and name.period.empty()", [True]),
        ("%`vs-x` & %`ext-y`", [
            "http://hl7.org/fhir/ValueSet/xhttp://hl7.org/fhir/StructureDefinition/y"]),
        ("gender = 'male' or true", [True]),
        ("name.family.substring(0, 5)", ["A"]),
        ("deceased.toString().length()", [10]),
    ],
)  # fmt: skip
def test_a_patient_answers(expression: str, answer: list[Any]) -> None:
    assert evaluated(expression) == answer


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("Observation.value.value", [Decimal("1.50")]),
        ("Observation.value.value.toString()", ["1.50"]),
        ("Observation.value = 1500 'mg'", [True]),
        ("Observation.value > 1 'kg'", [False]),
        ("Observation.value > 1 'm'", []),
        ("(Observation.value as Quantity).unit", ["g"]),
        ("Observation.component.value.ofType(integer) + 1", [4]),
        ("(Observation.component.value as string)", ["s"]),
        ("Observation.component.value.as(string)", ["s"]),
        ("Observation.value.ofType(Range)", []),
    ],
)
def test_an_observation_answers(expression: str, answer: list[Any]) -> None:
    assert evaluated(expression, OBSERVATION) == answer


@pytest.mark.parametrize(
    ("expression", "locations"),
    [
        ("Patient.contact[1].gender", ["Patient.contact[1].gender"]),
        ("name.given", ["Patient.name[0].given[0]", "Patient.name[0].given[1]",
                        "Patient.name[0].given[2]"]),
        ("deceased", ["Patient.deceased"]),
        ("contained[1].subject.resolve()", ["Patient.contained[0]"]),
        ("Patient", ["Patient"]),
        ("birthDate.extension.value", ["Patient.birthDate.extension[0].value"]),
    ],
)  # fmt: skip
def test_a_node_knows_its_place(expression: str, locations: list[str]) -> None:
    found = fhirpath.compile(expression)(PATIENT)

    assert [item.location() for item in found if isinstance(item, Node)] == locations


def test_an_invariant_is_evaluated_at_an_element() -> None:
    shapes = shapes_of(release())
    resource = Node(PATIENT, shapes.of("Patient"))
    contact = Node(
        PATIENT["contact"][0], shapes.of("Patient.contact"), None, resource, "contact", 0
    )
    invariant = fhirpath.compile("name.exists() or telecom.exists()")
    outside = fhirpath.compile("name.empty() and %resource.id = 'p'")
    undecided = fhirpath.compile("gender.startsWith('m').not()")

    environment = Environment(resource=resource)
    assert invariant.truth(contact, environment) is True
    assert outside.truth(contact, environment) is False
    assert undecided.truth(contact, environment) is None
    assert contact.location() == "Patient.contact[0]"


def test_a_reference_is_resolved_by_the_callers_function() -> None:
    asked = []

    def resolve(reference: str, node: Node) -> dict[str, Any]:
        asked.append((reference, node.location()))
        return {"resourceType": "Practitioner", "id": "1", "active": True}

    answer = evaluated("generalPractitioner.resolve().active", resolve=resolve)

    assert answer == [True]
    assert asked == [("Practitioner/1", "Patient.generalPractitioner[0]")]


def test_terminology_and_profiles_are_the_callers_to_know() -> None:
    coding = {"resourceType": "Basic", "code": {"text": "x"}}

    answers = [
        evaluated(
            "code.memberOf('http://v')", coding, member_of=lambda node, url: url == "http://v"
        ),
        evaluated("code.memberOf('http://v')", coding, member_of=lambda node, url: None),
        evaluated("conformsTo('http://p')", coding, conforms_to=lambda node, url: True),
        evaluated("code.subsumes(code)", coding, subsumes=lambda left, right: True),
        evaluated("code.text.htmlChecks()", coding, html_checks=lambda text: text == "x"),
    ]

    assert answers == [[True], [], [True], [True], [True]]


@pytest.mark.parametrize(
    "expression",
    ["code.memberOf('http://v')", "conformsTo('http://p')", "code.subsumes(code)",
     "code.text.htmlChecks()", "%unknown"],
)  # fmt: skip
def test_what_the_caller_does_not_give_is_an_error_where_it_is_needed(expression: str) -> None:
    with pytest.raises(FHIRPathEvaluationError):
        evaluated(expression, {"resourceType": "Basic", "code": {"text": "x"}})


def test_variables_time_and_trace_come_from_the_environment() -> None:
    traced: list[tuple[str, Any]] = []

    answer = evaluated(
        "(%limit + 1).trace('t', $this + 1).toString() & now().toString() & today().toString()"
        " & timeOfDay().toString()",
        variables={"limit": 2},
        trace=lambda name, items: traced.append((name, items)),
        now=datetime(2026, 11, 22, 1, 2, 3, 4000, tzinfo=UTC),
    )

    assert answer == ["32026-11-22T01:02:03.004Z2026-11-2201:02:03.004"]
    assert traced == [("t", [4])]


@pytest.mark.parametrize(
    "expression",
    ["name.colour", "Encounter.id", "deceasedDateTime.exists()", "contact.as(BackboneElement)"],
)
def test_strictly_an_unknown_name_is_an_error(expression: str) -> None:
    with pytest.raises(FHIRPathEvaluationError):
        fhirpath.compile(expression, strict=True)(PATIENT)


@pytest.mark.parametrize(
    "expression",
    ["name.mend()", "name.where()", "name.first(1)", "id.ofType(1)", "id is Nothing", "@2015-13"],
)
def test_what_can_never_be_evaluated_does_not_compile(expression: str) -> None:
    with pytest.raises(fhirpath.FHIRPathError):
        fhirpath.compile(expression)


def test_evaluation_leaves_the_resource_as_it_is() -> None:
    before = json.encode(PATIENT)

    evaluated("descendants().where(resolve().exists()) | name.given.combine(contact.name)")

    assert json.encode(PATIENT) == before
