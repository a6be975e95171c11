"""The table of search parameters: every one of R4's is there, as paths or with a reason."""

from __future__ import annotations

import pytest
from hearth_server.fhir.definitions import release, resource_types
from hearth_server.search import definitions, parameters
from hearth_server.search.definitions import COMMON
from hearth_server.search.lowering import CannotLower, Lowering
from hearth_server.search.paths import NOT_FALSE, Path

REFUSED = {
    ("Bundle", "composition"),
    ("Bundle", "message"),
    ("InsurancePlan", "phonetic"),
    ("Organization", "phonetic"),
    ("Patient", "phonetic"),
    ("Person", "phonetic"),
    ("Practitioner", "phonetic"),
    ("RelatedPerson", "phonetic"),
    ("Resource", "_query"),
}


def test_all_but_a_few_parameters_are_served():
    refused = {
        (type, name)
        for type in (*resource_types(), COMMON)
        for name, each in definitions.definitions(type).items()
        if each.refused
    }

    assert refused == REFUSED


def test_every_type_has_the_common_parameters():
    for type in resource_types():
        assert {"_id", "_lastUpdated", "_tag", "_profile", "_text"} <= set(parameters.names(type))


@pytest.mark.parametrize(
    ("type", "expression", "kind", "paths"),
    [
        ("Patient", "Patient.birthDate", "date", (Path(("birthDate",), "date"),)),
        (
            "Patient", "Patient.telecom.where(system='phone')", "token",
            (Path(("telecom", "?system=phone"), "ContactPoint", many=True),),
        ),
        (
            "Observation", "(Observation.value as CodeableConcept).text", "string",
            (Path(("valueCodeableConcept", "text"), "string"),),
        ),
        (
            "Observation", "Observation.subject.where(resolve() is Patient)", "reference",
            (Path(("subject",), "Reference", only=("Patient",)),),
        ),
        (
            "Patient", "Patient.deceased.exists() and Patient.deceased != false", "token",
            (Path(("deceasedBoolean|deceasedDateTime",), NOT_FALSE),),
        ),
        (
            "Procedure", "AllergyIntolerance.code | Procedure.code", "token",
            (Path(("code",), "CodeableConcept"),),
        ),
        (
            "Patient", "Patient.extension('http://example.org/x').value.as(string)", "string",
            (Path(("extension", "?url=http://example.org/x", "valueString"), "string", many=True),),
        ),
    ],
)  # fmt: skip
def test_an_expression_comes_down_to_paths(
    type: str, expression: str, kind: str, paths: tuple[Path, ...]
):
    assert Lowering(release(), type).values(expression, kind) == paths


def test_all_types_of_an_open_choice_are_one_field():
    """So that an index of one field has the order of `Observation.effective`."""
    paths = Lowering(release(), "Observation").values("Observation.effective", "date")

    assert {path.text for path in paths} == {"effective[x]"}
    assert {path.type for path in paths} == {"dateTime", "Period", "Timing", "instant"}


@pytest.mark.parametrize(
    ("expression", "kind", "reason"),
    [
        ("Patient.name.given.upper()", "string", "paths cannot say"),
        ("Patient.nonsense", "string", "it finds nothing in Patient"),
        ("Patient.birthDate", "quantity", "a quantity parameter cannot look at date"),
        ("Patient.name.where(", "string", "its expression cannot be read"),
        ("Observation.code", "token", "it finds nothing in Patient"),
    ],
)
def test_what_paths_cannot_say_is_refused_with_a_reason(expression: str, kind: str, reason: str):
    with pytest.raises(CannotLower, match=reason):
        Lowering(release(), "Patient").values(expression, kind)


def test_the_patient_of_an_observation_shares_the_field_of_its_subject():
    patient, subject = parameters.find("Observation", "patient"), parameters.find(
        "Observation", "subject"
    )  # fmt: skip

    assert patient is not None
    assert subject is not None
    assert patient.fields == subject.fields
    assert (patient.only, subject.only) == (("Patient",), ())


def test_what_can_be_included_is_listed():
    assert "Observation:subject" in parameters.includes("Observation")
    assert "Observation:code" not in parameters.includes("Observation")
    assert "Observation:subject" in parameters.revincludes("Patient")
    assert "Observation:encounter" not in parameters.revincludes("Patient")


def test_a_parameter_is_described_for_its_type():
    found = {each.name: each for each in parameters.searchable("Patient")}

    assert found["birthdate"].type == "date"
    assert found["birthdate"].documentation == "The patient's date of birth"
    assert found["birthdate"].definition.endswith("/individual-birthdate")
    assert "phonetic" not in found
