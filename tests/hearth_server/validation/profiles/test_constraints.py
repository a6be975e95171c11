"""What a profile may ask of an element: count, type, value, code, rule."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hearth_server.validation.open import open_validator

from tests.hearth_server.validation.judged import observation, patient
from tests.hearth_server.validation.profiles.guide import (
    BASE,
    OWN,
    errors,
    guide,
    profile,
    validator,
)

MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"


@pytest.mark.parametrize(
    ("element", "right", "wrong", "expected"),
    [
        pytest.param(
            {"id": "Patient.birthDate", "min": 1},
            patient(birthDate="1970"),
            patient(),
            "Patient.birthDate is missing; Profile own needs 1",
            id="min",
        ),
        pytest.param(
            {"id": "Patient.name", "max": "1"},
            patient(name=[{"family": "A"}]),
            patient(name=[{"family": "A"}, {"family": "B"}]),
            "Patient.name is there 2 times; Profile own allows 1",
            id="max",
        ),
        pytest.param(
            {"id": "Patient.photo", "max": "0"},
            patient(),
            patient(photo=[{"title": "x"}]),
            "Patient.photo is not allowed by Profile own",
            id="forbidden",
        ),
        pytest.param(
            {"id": "Patient.name.family", "min": 1},
            patient(name=[{"family": "A"}]),
            patient(name=[{"family": "A"}, {"text": "B"}]),
            "Patient.name[1].family is missing; Profile own needs 1",
            id="min-inside",
        ),
        pytest.param(
            {"id": "Patient.deceased[x]", "type": [{"code": "boolean"}]},
            patient(deceasedBoolean=True),
            patient(deceasedDateTime="2020"),
            "Patient.deceased is a dateTime; Profile own allows boolean",
            id="type",
        ),
        pytest.param(
            {"id": "Patient.gender", "fixedCode": "female"},
            patient(gender="female"),
            patient(gender="male"),
            "Patient.gender is 'male'; Profile own fixes 'female'",
            id="fixed",
        ),
        pytest.param(
            {"id": "Patient.maritalStatus", "patternCodeableConcept": {"coding": [{"code": "M"}]}},
            patient(maritalStatus={"coding": [{"system": MARITAL, "code": "M"}], "text": "x"}),
            patient(maritalStatus={"coding": [{"system": MARITAL, "code": "S"}]}),
            'Patient.maritalStatus is an object; Profile own asks for {"coding":[{"code":"M"}]}',
            id="pattern",
        ),
        pytest.param(
            {
                "id": "Patient.maritalStatus",
                "binding": {
                    "strength": "required",
                    "valueSet": "http://hl7.org/fhir/ValueSet/marital-status",
                },
            },
            patient(maritalStatus={"coding": [{"system": MARITAL, "code": "M"}]}),
            patient(maritalStatus={"coding": [{"system": "http://example.org", "code": "M"}]}),
            "Patient.maritalStatus.coding[0].system has the system 'http://example.org'; the value "
            "set Marital Status Codes has codes of "
            "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus, "
            "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
            id="binding",
        ),
        pytest.param(
            {
                "id": "Patient.name",
                "constraint": [
                    {
                        "key": "own-1",
                        "severity": "error",
                        "human": "A family name is needed",
                        "expression": "family.exists()",
                    }
                ],
            },
            patient(name=[{"family": "A"}]),
            patient(name=[{"text": "A"}]),
            "Patient.name[0] breaks the rule own-1: A family name is needed",
            id="rule",
        ),
        pytest.param(
            {
                "id": "Patient.managingOrganization",
                "type": [{"code": "Reference", "targetProfile": [BASE + "Practitioner"]}],
            },
            patient(managingOrganization={"display": "x"}),
            patient(managingOrganization={"reference": "Organization/1"}),
            "Patient.managingOrganization.reference points at a Organization; Profile own allows "
            "Practitioner",
            id="target",
        ),
    ],
)
def test_what_a_profile_asks_of_an_element_is_judged(tmp_path, element, right, wrong, expected):
    judge = validator(tmp_path, profile("Patient", element))

    assert errors(judge, right) == []
    assert errors(judge, wrong) == [expected]


def test_an_element_may_be_absent_for_a_reason_that_stands_beside_it(tmp_path):
    judge = validator(tmp_path, profile("Patient", {"id": "Patient.birthDate", "min": 1}))
    reason = {"url": BASE + "data-absent-reason", "valueCode": "unknown"}

    assert errors(judge, patient(_birthDate={"extension": [reason]})) == []


def test_a_fixed_decimal_is_compared_by_its_value(tmp_path):
    element = {"id": "Observation.value[x]", "fixedQuantity": {"value": Decimal("1.50")}}
    judge = validator(tmp_path, profile("Observation", element))

    assert errors(judge, observation(valueQuantity={"value": Decimal("1.5")})) == []
    assert len(errors(judge, observation(valueQuantity={"value": Decimal("1.6")}))) == 1


def test_an_extension_that_a_profile_needs_is_judged_by_its_own_profile(tmp_path):
    extension = profile(
        "Extension",
        {"id": "Extension.url", "fixedUri": OWN + "size"},
        {"id": "Extension.value[x]", "min": 1, "type": [{"code": "integer"}]},
        name="size",
    )
    wanting = profile(
        "Patient",
        {
            "id": "Patient.extension:size",
            "min": 1,
            "max": "1",
            "type": [{"code": "Extension", "profile": [OWN + "size"]}],
        },
    )
    judge = validator(tmp_path, extension, wanting)

    assert errors(judge, patient(extension=[{"url": OWN + "size", "valueInteger": 1}])) == []
    assert errors(judge, patient()) == [
        "Patient.extension has 0 of the slice size; Profile own needs 1"
    ]
    assert errors(judge, patient(extension=[{"url": OWN + "size", "valueString": "1"}])) == [
        "Patient.extension[0].value is a string; Profile size allows integer"
    ]


def test_a_differential_starts_from_what_its_base_asks(tmp_path):
    base = profile("Patient", {"id": "Patient.birthDate", "min": 1}, name="base")
    own = profile("Patient", {"id": "Patient.gender", "min": 1}, base=OWN + "base")
    judge = validator(tmp_path, own, base)

    assert errors(judge, patient()) == [
        "Patient.birthDate is missing; Profile own needs 1",
        "Patient.gender is missing; Profile own needs 1",
    ]


def test_a_profile_that_is_not_known_is_a_warning_that_names_it(tmp_path):
    judge = validator(tmp_path)

    issues = judge.validate(patient(meta={"profile": ["http://example.org/unheard-of"]}))

    assert [(issue.severity, issue.expression, issue.text) for issue in issues] == [
        (
            "warning",
            "Patient.meta.profile[0]",
            "Patient.meta.profile[0] names the profile 'http://example.org/unheard-of', which is "
            "not known here; it was not judged by",
        )
    ]


def test_a_profile_for_another_type_is_an_error(tmp_path):
    judge = validator(tmp_path, profile("Observation"))

    assert errors(judge, patient()) == [
        f"Patient.meta.profile[0] names the profile '{OWN}own', which is for a Observation"
    ]


def test_the_url_of_the_type_itself_is_followed_by_every_resource(tmp_path):
    judge = validator(tmp_path)

    assert judge.validate(patient(meta={"profile": [BASE + "Patient", BASE + "Resource"]})) == []


def test_a_profile_may_be_required_of_a_type_or_asked_for_once(tmp_path):
    own = profile("Patient", {"id": "Patient.birthDate", "min": 1})
    told = ["Patient.birthDate is missing; Profile own needs 1"]
    required = validator(tmp_path, own, required={"Patient": [OWN + "own"]})
    plain = {"meta": {"source": "http://example.org"}, **patient()}

    assert errors(required, plain) == told
    at_full = open_validator(guides=[tmp_path], required={"Patient": [OWN + "own"]})
    assert errors(at_full, plain) == told
    assert errors(validator(tmp_path, own), plain) == []
    assert errors(validator(tmp_path, own), plain, profiles=[OWN + "own"]) == told


def test_a_version_of_a_profile_is_only_that_version(tmp_path):
    own = {**profile("Patient", {"id": "Patient.birthDate", "min": 1}), "version": "2.0"}
    judge = validator(tmp_path, own)

    assert errors(judge, {**patient(), "meta": {"profile": [OWN + "own|2.0"]}}) != []
    assert errors(judge, {**patient(), "meta": {"profile": [OWN + "own|1.0"]}}) == []


def test_a_rule_may_ask_whether_a_profile_is_followed(tmp_path):
    """`conformsTo()` of FHIRPath."""
    base = profile("Patient", {"id": "Patient.birthDate", "min": 1}, name="base")
    rule = {
        "key": "own-1",
        "severity": "error",
        "human": "Follows base",
        "expression": f"conformsTo('{OWN}base')",
    }
    judge = validator(tmp_path, base, profile("Patient", {"id": "Patient", "constraint": [rule]}))

    assert errors(judge, patient(birthDate="1970")) == []
    assert errors(judge, patient()) == ["Patient breaks the rule own-1: Follows base"]


def test_two_versions_of_a_profile_stand_beside_each_other(tmp_path):
    """R4: a canonical may end in |version."""
    folders = []
    for version, element in (("1.0.0", "birthDate"), ("2.0.0", "gender")):
        one = profile("Patient", {"id": f"Patient.{element}", "min": 1})
        (tmp_path / version).mkdir()
        folders.append(guide(tmp_path / version, {**one, "version": version}))
    judge = open_validator("profiles", guides=folders)

    def said(version: str) -> list[str]:
        return errors(judge, {**patient(), "meta": {"profile": [f"{OWN}own{version}"]}})

    assert said("|1.0.0") == ["Patient.birthDate is missing; Profile own needs 1"]
    assert said("|2.0.0") == said("") == ["Patient.gender is missing; Profile own needs 1"]
    assert said("|3.0.0") == []
