"""Requests that are right, for mutations to begin with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.hearth_server.fhir.patch.patches import operation, patch


@dataclass
class Sent:
    """A request as a client sends it."""

    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""


EXTENSION: dict[str, Any] = {"url": "http://example.org/x", "valueString": "x"}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"tag": [{"system": "urn:t", "code": "a"}], "profile": ["http://example.org/p"]},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
    "identifier": [{"system": "urn:mrn", "value": "7"}],
    "active": True,
    "name": [
        {
            "family": "Chalmers",
            "given": ["Peter", "James"],
            "_given": [None, {"id": "g", "extension": [EXTENSION]}],
        }
    ],
    "birthDate": "1974-12-25",
    "contact": [{"name": {"family": "du Marché"}}],
    "managingOrganization": {"reference": "Organization/1"},
}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2021-05-17T10:00:00Z",
    "valueQuantity": {"value": 72.50, "system": "http://unitsofmeasure.org", "code": "/min"},
}
TRANSACTION: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {
            "fullUrl": "urn:uuid:775447e9-2cc5-4cc9-94de-d358d0efa661",
            "resource": {**PATIENT, "managingOrganization": {"display": "x"}},
            "request": {"method": "PUT", "url": "Patient/p1", "ifMatch": 'W/"1"'},
        },
        {
            "fullUrl": "urn:uuid:775447e9-2cc5-4cc9-94de-d358d0efa662",
            "resource": {
                **OBSERVATION,
                "subject": {"reference": "urn:uuid:775447e9-2cc5-4cc9-94de-d358d0efa661"},
            },
            "request": {
                "method": "POST",
                "url": "Observation",
                "ifNoneExist": "code=http://loinc.org|8867-4",
            },
        },
        {"request": {"method": "GET", "url": "Patient?identifier=urn:mrn|7"}},
        {"request": {"method": "DELETE", "url": "Observation/o2"}},
    ],
}
FHIRPATH_PATCH = patch(
    operation("replace", path="Patient.birthDate", value={"valueDate": "1980-01-01"})
)
META: dict[str, Any] = {
    "resourceType": "Parameters",
    "parameter": [{"name": "meta", "valueMeta": {"tag": [{"code": "b"}]}}],
}
JSON_PATCH: list[Any] = [
    {"op": "replace", "path": "/birthDate", "value": "1980-01-01"},
    {"op": "test", "path": "/name/0/family", "value": "Chalmers"},
    {"op": "copy", "from": "/name/0", "path": "/name/-"},
]
FHIR = ("Content-Type", "application/fhir+json")


def _json(method: str, path: str, body: Any, *headers: tuple[str, str]) -> Sent:
    return Sent(method, path, [], [FHIR, *headers], json.dumps(body))


def _get(path: str, *query: tuple[str, str]) -> Sent:
    return Sent("GET", path, list(query), [("Accept", "application/fhir+json")])


TEMPLATES: tuple[Sent, ...] = (
    _get("metadata", ("mode", "full")),
    _get("Patient/p1", ("_summary", "true"), ("_pretty", "true")),
    _get("Patient/p1", ("_elements", "name,birthDate")),
    _get("Patient/p1/_history/1"),
    _get("Patient/p1/_history", ("_count", "2"), ("_since", "2020-01-01T00:00:00Z")),
    _get("Patient/_history", ("_count", "1"), ("_elements", "name")),
    _get("_history", ("_sort", "_lastUpdated")),
    _get("Patient", ("family", "Chal"), ("birthdate", "ge1970"), ("_sort", "-birthdate")),
    _get("Observation", ("patient", "Patient/p1"), ("code", "http://loinc.org|8867-4")),
    _get("Observation", ("value-quantity", "gt70||/min"), ("_include", "Observation:subject")),
    _get("Observation", ("subject.name", "Chalmers"), ("_total", "accurate")),
    _get("Patient", ("_has:Observation:patient:code", "8867-4"), ("_count", "5")),
    _get("Patient/p1/Observation", ("date", "2021-05")),
    _get("", ("_type", "Patient,Observation"), ("_lastUpdated", "gt2020")),
    Sent(
        "POST",
        "Patient/_search",
        [("_count", "2")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        "family=Chalmers&birthdate=1974",
    ),
    _json("POST", "Patient", PATIENT, ("If-None-Exist", "identifier=urn:mrn|7")),
    _json("POST", "Patient", PATIENT, ("Idempotency-Key", "k1"), ("Prefer", "return=minimal")),
    _json("POST", "Observation", OBSERVATION),
    _json("PUT", "Patient/p1", PATIENT, ("If-Match", 'W/"1"')),
    _json("PUT", "Patient/p1", PATIENT),
    Sent(
        "PUT",
        "Patient/p1",
        [("_summary", "data")],
        [FHIR, ("If-None-Match", "*")],
        json.dumps(PATIENT),
    ),
    _json("POST", "Patient", PATIENT, ("If-None-Exist", "Patient?identifier=urn:mrn|7")),
    _json("PUT", "Observation/o1", OBSERVATION),
    Sent("PUT", "Patient", [("identifier", "urn:mrn|7")], [FHIR], json.dumps(PATIENT)),
    Sent("DELETE", "Patient/p1"),
    Sent("DELETE", "Patient", [("identifier", "urn:mrn|7")]),
    Sent(
        "PATCH",
        "Patient/p1",
        [],
        [("Content-Type", "application/json-patch+json")],
        json.dumps(JSON_PATCH),
    ),
    _json("PATCH", "Patient/p1", FHIRPATH_PATCH),
    Sent("PATCH", "Patient", [("identifier", "urn:mrn|7")], [FHIR], json.dumps(FHIRPATH_PATCH)),
    _json("POST", "", TRANSACTION),
    _json("POST", "", {**TRANSACTION, "type": "batch"}, ("Idempotency-Key", "k2")),
    _json("POST", "Patient/$validate", PATIENT),
    _get("Patient/p1/$meta"),
    _get("Patient/p1/$validate", ("mode", "profile"), ("profile", "urn:p")),
    _json("POST", "Patient/p1/$meta", {"resourceType": "Parameters"}),
    _json("POST", "Patient/p1/$meta-add", META),
    _json("POST", "Patient/p1/$meta-delete", META),
)
