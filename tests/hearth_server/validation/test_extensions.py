"""Extensions that the standard defines: their values, and where they may stand."""

from __future__ import annotations

import pytest

from tests.hearth_server.validation.judged import errors, observation, patient

CORE = "http://hl7.org/fhir/StructureDefinition/"
BIRTH_PLACE = {"url": CORE + "patient-birthPlace", "valueAddress": {"city": "x"}}
MOTHERS_FAMILY = {"url": CORE + "humanname-mothers-family", "valueString": "x"}
ABSENT = {"url": CORE + "data-absent-reason", "valueCode": "unknown"}
CITIZENSHIP = CORE + "patient-citizenship"


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(patient(extension=[BIRTH_PLACE]), id="on-its-type"),
        pytest.param(
            patient(name=[{"family": "x", "_family": {"extension": [MOTHERS_FAMILY]}}]),
            id="beside-a-primitive",
        ),
        pytest.param(
            patient(contact=[{"name": {"_family": {"extension": [MOTHERS_FAMILY]}}}]),
            id="deeper-down",
        ),
        pytest.param(
            observation(
                valueCodeableConcept={
                    "coding": [{"extension": [{"url": CORE + "ordinalValue", "valueDecimal": 1}]}]
                }
            ),
            id="inside-a-data-type",
        ),
        pytest.param(
            patient(_birthDate={"extension": [ABSENT]}),
            id="anywhere",
        ),
        pytest.param(
            patient(
                extension=[
                    {
                        "url": CITIZENSHIP,
                        "extension": [{"url": "code", "valueCodeableConcept": {"text": "x"}}],
                    }
                ]
            ),
            id="with-parts",
        ),
        pytest.param(
            patient(extension=[{"url": "http://example.org/unknown", "valueString": "x"}]),
            id="unknown",
        ),
    ],
)  # fmt: skip
def test_an_extension_that_fits_its_definition_passes(resource):
    assert errors(resource) == []


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            patient(extension=[{"url": CORE + "patient-birthPlace", "valueString": "x"}]),
            "Patient.extension[0].value is a string; Birth Place allows Address",
            id="wrong-type",
        ),
        pytest.param(
            observation(extension=[BIRTH_PLACE]),
            f"Observation.extension[0] has the extension {CORE}patient-birthPlace, which is for "
            "Patient",
            id="on-another-type",
        ),
        pytest.param(
            patient(name=[{"family": "x", "extension": [MOTHERS_FAMILY]}]),
            f"Patient.name[0].extension[0] has the extension {CORE}humanname-mothers-family, "
            "which is for HumanName.family",
            id="on-another-element",
        ),
        pytest.param(
            patient(
                extension=[
                    {
                        "url": CITIZENSHIP,
                        "extension": [{"url": "since", "valueDate": "2020"}],
                    }
                ]
            ),
            "Patient.extension[0].extension[0].url is 'since'; citizenship has code, period",
            id="unknown-part",
        ),
        pytest.param(
            patient(
                extension=[
                    {
                        "url": CITIZENSHIP,
                        "extension": [{"url": "code", "valueCode": "x"}],
                    }
                ]
            ),
            "Patient.extension[0].extension[0].value is a code; citizenship allows CodeableConcept",
            id="wrong-part",
        ),
        pytest.param(
            patient(modifierExtension=[BIRTH_PLACE]),
            f"Patient.modifierExtension[0].url is '{CORE}patient-birthPlace', which does not "
            "change what it stands in",
            id="as-a-modifier",
        ),
    ],
)
def test_an_extension_against_its_definition_is_told(resource, expected):
    assert errors(resource) == [expected]
