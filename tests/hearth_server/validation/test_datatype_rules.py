"""What the standard says of data types, bundles and ids in words."""

from __future__ import annotations

import pytest

from tests.hearth_server.validation.judged import errors, observation, patient, validator

MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
UUID = "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            patient(meta={"tag": [{"system": "local", "code": "x"}]}),
            "Patient.meta.tag[0].system is 'local'; a code system is named by an absolute URI",
            id="relative-code-system",
        ),
        pytest.param(
            patient(identifier=[{"system": "mrn", "value": "1"}]),
            "Patient.identifier[0].system is 'mrn'; an identifier's system is an absolute URI",
            id="relative-identifier-system",
        ),
        pytest.param(
            patient(identifier=[{"system": "urn:ietf:rfc:3986", "value": "1"}]),
            "Patient.identifier[0].value is not an absolute URI, as the system urn:ietf:rfc:3986 "
            "demands",
            id="identifier-that-should-be-a-uri",
        ),
        pytest.param(
            patient(photo=[{"contentType": "image/png", "data": "YWJj", "size": 7}]),
            "Patient.photo[0].size is 7; the data has 3 bytes",
            id="attachment-size",
        ),
        pytest.param(
            patient(photo=[{"contentType": "image/png", "data": "YWJj", "hash": "YWJj"}]),
            "Patient.photo[0].hash is not the SHA-1 of the data",
            id="attachment-hash",
        ),
        pytest.param(
            patient(name=[{"id": "a", "family": "x"}, {"id": "a", "family": "y"}]),
            "Patient.name[1].id is 'a', as is that of another element",
            id="element-id-twice",
        ),
        pytest.param(
            patient(id="a", _id={"extension": [{"url": "http://e.org/x", "valueString": "y"}]}),
            "Patient._id is not an element of Patient; did you mean id?",
            id="extension-on-an-id",
        ),
        pytest.param(
            patient(extension=[{"url": "local", "valueString": "x"}]),
            "Patient.extension[0].url is 'local'; an extension is named by an absolute URL",
            id="relative-extension",
        ),
    ],
)
def test_a_value_against_the_words_of_the_standard_is_told(resource, expected):
    assert errors(resource) == [expected]


@pytest.mark.parametrize(
    "resource",
    [
        patient(maritalStatus={"coding": [{"system": MARITAL, "code": "M"}]}),
        patient(maritalStatus={"coding": [{"system": "http://e.org", "code": "anything"}]}),
        patient(identifier=[{"system": "urn:ietf:rfc:3986", "value": UUID}]),
        patient(
            photo=[
                {
                    "contentType": "image/png",
                    "data": "YWJj",
                    "size": 3,
                    "hash": "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                }
            ]
        ),
        patient(extension=[{"url": "http://e.org", "extension": [{"url": "a", "valueCode": "b"}]}]),
    ],
)
def test_a_value_as_the_standard_wants_it_passes(resource):
    assert errors(resource) == []


def test_a_code_that_its_system_lacks_is_a_warning_where_the_binding_is_not_required():
    """One code misspelt at its source must not cost a patient's whole record."""
    married = patient(maritalStatus={"coding": [{"system": MARITAL, "code": "zzz"}]})

    found = validator("full").validate(married)
    warned = [each.text for each in found if each.severity == "warning"]

    assert warned == [f"Patient.maritalStatus.coding[0].code is 'zzz'; {MARITAL} has no such code"]
    assert errors(married) == []


def _bundle(*entries, kind="collection", **elements):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **elements}


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        pytest.param(
            _bundle({"fullUrl": "Patient/1", "resource": patient(id="1")}),
            "Bundle.entry[0].fullUrl is 'Patient/1'; it must be an absolute URL, urn:uuid:… or "
            "urn:oid:…",
            id="relative-url",
        ),
        pytest.param(
            _bundle({"fullUrl": "http://e.org/Patient/2", "resource": patient(id="1")}),
            "Bundle.entry[0].fullUrl is 'http://e.org/Patient/2' and the resource is Patient/1",
            id="another-id",
        ),
        pytest.param(
            _bundle({"fullUrl": "http://e.org/Patient/2", "resource": patient()}),
            "Bundle.entry[0].resource.id is missing; the fullUrl ends in one",
            id="no-id",
        ),
        pytest.param(
            _bundle({"resource": patient(id="1")}),
            "Bundle.entry[0].fullUrl is missing; in a collection it is the identity of the "
            "resource",
            id="no-url",
        ),
        pytest.param(
            _bundle(
                {"fullUrl": UUID, "search": {"mode": "match"}, "resource": patient()},
                kind="searchset",
            ),
            "Bundle.entry[0].resource.id is missing in a search result",
            id="search-result-without-id",
        ),
        pytest.param(
            _bundle(
                {"fullUrl": UUID, "search": {"mode": "outcome"}, "resource": patient(id="1")},
                kind="searchset",
            ),
            "Bundle.entry[0].resource is a Patient; an outcome is an OperationOutcome",
            id="outcome-that-is-none",
        ),
        pytest.param(
            _bundle(
                kind="searchset",
                entry=[{"fullUrl": UUID, "resource": patient(id="1")}],
                link=[
                    {"relation": "self", "url": "http://e.org"},
                    {"relation": "self", "url": "http://e.org"},
                ],
            ),
            "Bundle.link[1].relation is 'self' twice",
            id="link-twice",
        ),
        pytest.param(
            _bundle(
                {"fullUrl": UUID, "resource": patient()},
                {"fullUrl": UUID, "resource": patient()},
            ),
            "Bundle.entry[1].fullUrl is that of another entry (bdl-7)",
            id="url-twice",
        ),
    ],
)
def test_an_entry_against_the_rules_of_bundles_is_told(bundle, expected):
    """R-BDL-1 to R-BDL-4."""
    assert errors(bundle) == [expected]


PRACTITIONER = {"resourceType": "Practitioner", "id": "1", "text": patient()["text"]}


@pytest.mark.parametrize(
    ("full_url", "reference"),
    [
        (UUID, UUID),
        ("http://e.org/fhir/Practitioner/1", "http://e.org/fhir/Practitioner/1"),
        ("http://e.org/other", "http://e.org/other"),
    ],
)  # fmt: skip
def test_a_reference_to_an_entry_has_the_entrys_type(full_url, reference):
    """R-REF-1."""
    bundle = _bundle(
        {
            "fullUrl": "http://e.org/fhir/Observation/1",
            "resource": observation(id="1", subject={"reference": reference}),
        },
        {"fullUrl": full_url, "resource": PRACTITIONER},
    )

    assert errors(bundle) == [
        "Bundle.entry[0].resource.subject.reference points at a Practitioner; allowed: Device, "
        "Group, Location, Patient"
    ]
