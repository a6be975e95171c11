"""Codes against the value sets that they are bound to."""

from __future__ import annotations

import pytest

from tests.hearth_server.validation.judged import errors, observation, patient

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def _condition(**status):
    return {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/1"},
        "clinicalStatus": status,
    }


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            patient(gender="foo"),
            "Patient.gender is 'foo'; allowed: female, male, other, unknown",
            id="code",
        ),
        pytest.param(
            patient(gender="Male"),
            "Patient.gender is 'Male'; the value set AdministrativeGender writes it 'male'",
            id="case",
        ),
        pytest.param(
            _condition(coding=[{"system": CLINICAL, "code": "ACTIVE"}]),
            "Condition.clinicalStatus.coding[0].code is 'ACTIVE'; the value set "
            "ConditionClinicalStatusCodes writes it 'active'",
            id="concept-case",
        ),
        pytest.param(
            patient(telecom=[{"system": "telex", "value": "1"}]),
            "Patient.telecom[0].system is 'telex'; allowed: email, fax, other, pager, phone, sms, "
            "url",
            id="inside-a-data-type",
        ),
        pytest.param(
            _condition(coding=[{"system": CLINICAL, "code": "on"}]),
            "Condition.clinicalStatus.coding[0].code is 'on'; allowed: active, inactive, "
            "recurrence, relapse, remission, resolved",
            id="concept-code",
        ),
        pytest.param(
            _condition(coding=[{"system": "http://example.org", "code": "active"}]),
            "Condition.clinicalStatus.coding[0].system has the system 'http://example.org'; the "
            f"value set ConditionClinicalStatusCodes has codes of {CLINICAL}",
            id="concept-system",
        ),
        pytest.param(
            _condition(coding=[{"code": "active"}]),
            "Condition.clinicalStatus.coding[0].system has no system; the value set "
            f"ConditionClinicalStatusCodes has codes of {CLINICAL}",
            id="no-system",
        ),
        pytest.param(
            _condition(text="active"),
            "Condition.clinicalStatus has no coding; a code of the value set "
            "ConditionClinicalStatusCodes is required",
            id="concept-text-only",
        ),
        pytest.param(
            patient(language="en US"),
            "Patient.language is 'en US'; it must be a code of the value set AllLanguages "
            "(http://hl7.org/fhir/ValueSet/all-languages)",
            id="form-only",
        ),
    ],
)
def test_a_code_outside_its_value_set_is_told(resource, expected):
    assert errors(resource) == [expected]


def test_one_coding_of_several_is_enough():
    codings = [
        {"system": "http://example.org", "code": "x"},
        {"system": CLINICAL, "code": "active"},
    ]

    assert errors(_condition(coding=codings)) == []


def test_a_binding_that_is_not_required_allows_other_codes():
    status = {"coding": [{"system": "http://example.org", "code": "x"}]}

    assert errors(patient(maritalStatus=status)) == []


def test_codes_are_not_judged_at_the_level_of_structure():
    assert errors(observation(status="foo"), "structure") == []
