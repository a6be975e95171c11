"""Resources for the benchmarks of validation: as large and as varied as real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
LOINC = "http://loinc.org"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
PERIOD = {"start": "2014-03-01T09:15:00+01:00", "end": "2014-03-01T09:45:00+01:00"}


def observation(number: int = 0) -> dict[str, Any]:
    """Return a laboratory result of about 0.8 KB."""
    return {
        "resourceType": "Observation",
        "id": f"observation-{number}",
        "meta": {"versionId": "1", "lastUpdated": "2024-05-01T10:20:30.123+02:00"},
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                        "display": "Laboratory",
                    }
                ]
            }
        ],
        "code": _concept(LOINC, "2093-3", "Total Cholesterol"),
        "subject": {"reference": "Patient/patient-0"},
        "encounter": {"reference": "Encounter/encounter-0"},
        "effectiveDateTime": "2014-03-01T09:15:00+01:00",
        "issued": "2014-03-01T09:15:00.123+01:00",
        "valueQuantity": {
            "value": 186.25,
            "unit": "mg/dL",
            "system": "http://unitsofmeasure.org",
            "code": "mg/dL",
        },
        "referenceRange": [{"high": {"value": 200, "unit": "mg/dL"}, "text": "desirable"}],
        "text": {"status": "generated", "div": DIV.format("Total Cholesterol 186.25 mg/dL")},
    }


def patient() -> dict[str, Any]:
    """Return a person of about 3.5 KB, with names, addresses and a narrative."""
    types = "http://terminology.hl7.org/CodeSystem/v2-0203"
    address = {
        "use": "home",
        "line": ["1 Long Street", "Second floor"],
        "city": "Springfield",
        "state": "Massachusetts",
        "postalCode": "02108",
        "country": "US",
        "period": {"start": "2001-01-01", "end": "2009-12-31"},
    }
    rows = "".join(f"<tr><td>row {number}</td><td>value</td></tr>" for number in range(20))
    return {
        "resourceType": "Patient",
        "id": "patient-0",
        "meta": {"versionId": "3", "lastUpdated": "2024-05-01T10:20:30.123+02:00"},
        "text": {"status": "generated", "div": DIV.format(f"<table>{rows}</table>")},
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName",
                "valueString": "Rossi",
            },
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
                "valueAddress": {"city": "Boston", "state": "Massachusetts", "country": "US"},
            },
        ],
        "identifier": [
            {
                "type": _concept(types, code, code),
                "system": f"http://example.org/{code}",
                "value": f"{code}-123456",
            }
            for code in ("MR", "SS", "DL", "PPN")
        ],
        "active": True,
        "name": [
            {
                "use": use,
                "family": "Rossi",
                "given": ["Maria", "Anna"],
                "prefix": ["Ms."],
                "period": {"start": "1980-05-01"},
            }
            for use in ("official", "usual", "maiden")
        ],
        "telecom": [
            {"system": "phone", "value": f"555-010-{number}", "use": use}
            for number, use in enumerate(("home", "work", "mobile"))
        ],
        "gender": "female",
        "birthDate": "1980-05-01",
        "deceasedBoolean": False,
        "address": [address, address],
        "maritalStatus": _concept(
            "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "M", "Married"
        ),
        "multipleBirthInteger": 2,
        "contact": [
            {
                "relationship": [{"text": "sister"}],
                "name": {"family": "Rossi", "given": ["Carla"]},
                "telecom": [{"system": "phone", "value": "555-0199"}],
                "period": {"start": "2012"},
            }
        ],
        "communication": [{"language": _concept("urn:ietf:bcp:47", "en-US", "English")}],
        "generalPractitioner": [{"reference": "Practitioner/1", "display": "Dr. Alpha"}],
        "managingOrganization": {"reference": "Organization/1"},
    }


def bundle() -> dict[str, Any]:
    """Return a collection of 100 entries, one of them the patient."""
    kinds = (observation, observation, _condition, _encounter, _prescription)
    resources = [patient(), *(kinds[number % len(kinds)](number) for number in range(99))]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"http://example.org/{each['resourceType']}/{each['id']}", "resource": each}
            for each in resources
        ],
    }


def us_core_patient() -> dict[str, Any]:
    """Return the person with US Core's own extensions in place of the others."""
    races = "urn:oid:2.16.840.1.113883.6.238"
    return {
        **patient(),
        "extension": [
            _omb("race", {"system": races, "code": "2106-3", "display": "White"}),
            _omb("ethnicity", {"system": races, "code": "2186-5", "display": "Not Hispanic"}),
            {"url": f"{US_CORE}birthsex", "valueCode": "F"},
        ],
    }


def _omb(name: str, coding: Mapping[str, str]) -> dict[str, Any]:
    return {
        "url": US_CORE + name,
        "extension": [
            {"url": "ombCategory", "valueCoding": coding},
            {"url": "text", "valueString": coding["display"]},
        ],
    }


def _concept(system: str, code: str, display: str) -> Mapping[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _condition(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": f"condition-{number}",
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]},
        "code": _concept("http://snomed.info/sct", "38341003", "Hypertension"),
        "subject": {"reference": "Patient/patient-0"},
        "encounter": {"reference": "Encounter/encounter-0"},
        "onsetDateTime": "2014-03-01T09:15:00+01:00",
        "recordedDate": "2014-03-01T09:15:00+01:00",
        "text": {"status": "generated", "div": DIV.format("Hypertension")},
    }


def _encounter(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": f"encounter-{number}",
        "status": "finished",
        "class": {"system": ACT, "code": "AMB"},
        "type": [_concept("http://snomed.info/sct", "185349003", "Check up")],
        "subject": {"reference": "Patient/patient-0", "display": "Maria Rossi"},
        "participant": [{"individual": {"reference": "Practitioner/1"}, "period": PERIOD}],
        "period": PERIOD,
        "serviceProvider": {"reference": "Organization/1", "display": "General Hospital"},
        "text": {"status": "generated", "div": DIV.format("Check up")},
    }


def _prescription(number: int) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": f"prescription-{number}",
        "status": "stopped",
        "intent": "order",
        "medicationCodeableConcept": _concept(
            "http://www.nlm.nih.gov/research/umls/rxnorm", "314076", "lisinopril 10 MG"
        ),
        "subject": {"reference": "Patient/patient-0"},
        "authoredOn": "2014-03-01T09:15:00+01:00",
        "requester": {"reference": "Practitioner/1"},
        "dosageInstruction": [
            {
                "sequence": 1,
                "timing": {"repeat": {"frequency": 1, "period": 1.0, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1.0}}],
            }
        ],
        "text": {"status": "generated", "div": DIV.format("lisinopril 10 MG")},
    }
