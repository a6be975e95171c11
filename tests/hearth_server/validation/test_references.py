"""References: their form, their targets, and what is contained or stands in other entries."""

from __future__ import annotations

import pytest

from tests.hearth_server.validation.judged import errors, observation, patient

MEDICATION = {"resourceType": "Medication", "id": "m"}


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/1",
        "Patient/1/_history/2",
        "Group/a.b-c",
        "http://example.org/fhir/Patient/1",
        "https://example.org/Device/1/_history/3",
        "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "urn:oid:1.2.3",
        "http://example.org/other",
        "Patient?identifier=http://example.org|1",
    ],
)
def test_a_reference_of_a_right_form_and_type_passes(reference):
    assert errors(observation(subject={"reference": reference})) == []


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        (
            "Practitioner/1",
            "points at a Practitioner; allowed: Device, Group, Location, Patient",
        ),
        (
            "http://example.org/fhir/Practitioner/1",
            "points at a Practitioner; allowed: Device, Group, Location, Patient",
        ),
        (
            "Practitioner?name=x",
            "points at a Practitioner; allowed: Device, Group, Location, Patient",
        ),
        ("Patients/1", "is 'Patients/1'; Patients is not a resource type"),
        ("patient 1", "is 'patient 1'; it must be Type/id, a URL, urn:uuid:… or #id"),
        ("Patient/", "is 'Patient/'; it must be Type/id, a URL, urn:uuid:… or #id"),
        ("Patient/a_b", "is 'Patient/a_b'; it must be Type/id, a URL, urn:uuid:… or #id"),
        ("#p", "is '#p'; nothing contained has that id"),
    ],
)
def test_a_reference_that_is_wrong_is_told(reference, text):
    assert errors(observation(subject={"reference": reference})) == [
        f"Observation.subject.reference {text}"
    ]


def test_a_named_type_is_a_target_and_agrees_with_the_reference():
    wrong_target = {"type": "Practitioner", "identifier": {"value": "1"}}
    disagreeing = {"type": "Group", "reference": "Patient/1"}

    assert errors(observation(subject={"type": "Patient", "reference": "Patient/1"})) == []
    assert errors(observation(subject=wrong_target)) == [
        "Observation.subject.type points at a Practitioner; allowed: Device, Group, Location, "
        "Patient"
    ]
    assert errors(observation(subject=disagreeing)) == [
        "Observation.subject.type is Group, but the reference points at a Patient"
    ]


def _request(**elements):
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "medicationReference": {"reference": "#m"},
        "contained": [MEDICATION],
        **elements,
    }


def test_a_contained_resource_is_found_by_its_id_and_has_its_type():
    """R-REF-3."""
    wrong = {"resourceType": "Patient", "id": "m"}

    assert errors(_request()) == []
    assert errors(_request(contained=[wrong])) == [
        "MedicationRequest.medication.reference points at a Patient; allowed: Medication"
    ]


@pytest.mark.parametrize(
    ("contained", "expected"),
    [
        pytest.param(
            [MEDICATION, {"resourceType": "Patient", "id": "lost"}],
            "MedicationRequest.contained[1] is contained and nothing in the resource refers to "
            "it (dom-3)",
            id="lost",
        ),
        pytest.param(
            [MEDICATION, MEDICATION], "MedicationRequest.contained[1].id is 'm' twice", id="twice"
        ),
        pytest.param(
            [{**MEDICATION, "meta": {"versionId": "1"}}],
            "MedicationRequest.contained[0].meta.versionId is not for a contained resource (dom-4)",
            id="version",
        ),
        pytest.param(
            [{**MEDICATION, "meta": {"security": [{"code": "R"}]}}],
            "MedicationRequest.contained[0].meta.security is not for a contained resource (dom-5)",
            id="security",
        ),
        pytest.param(
            [{**MEDICATION, "contained": [{"resourceType": "Patient", "id": "x"}]}],
            "MedicationRequest.contained[0].contained stands in a contained resource, which may "
            "contain none (dom-2)",
            id="nested",
        ),
    ],
)
def test_a_contained_resource_has_no_life_of_its_own(contained, expected):
    """R-REF-3: dom-2 to dom-5."""
    assert errors(_request(contained=contained)) == [expected]


def test_a_contained_resource_may_refer_to_what_contains_it():
    outcome = {
        "resourceType": "Provenance",
        "id": "p",
        "target": [{"reference": "#"}],
        "recorded": "2024-01-01T00:00:00Z",
        "agent": [{"who": {"reference": "Patient/1"}}],
    }

    assert errors(patient(contained=[outcome])) == []


def test_a_contained_resource_is_judged_too():
    contained = [{**MEDICATION, "status": "Active"}]

    assert errors(_request(contained=contained)) == [
        "MedicationRequest.contained[0].status is 'Active'; the value set Medication Status Codes "
        "writes it 'active'"
    ]
