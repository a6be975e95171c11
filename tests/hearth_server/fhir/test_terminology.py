"""Which codes a value set has, and what is known of those that no table lists."""

from __future__ import annotations

import pytest
from hearth_server.fhir.terminology import terminology, well_formed

VALUE_SET = "http://hl7.org/fhir/ValueSet/"


def test_a_value_set_has_the_codes_of_its_system():
    gender = terminology().value_set(VALUE_SET + "administrative-gender|4.0.1")

    assert gender.name == "AdministrativeGender"
    assert gender.codes == {"male", "female", "other", "unknown"}
    assert gender.has("http://hl7.org/fhir/administrative-gender", "male")
    assert not gender.has("http://hl7.org/fhir/administrative-gender", "Male")
    assert not gender.has("http://example.org/gender", "male")


def test_a_value_set_may_have_a_part_of_a_system():
    units = terminology().value_set(VALUE_SET + "units-of-time")

    assert units.systems == {"http://unitsofmeasure.org": {"s", "min", "h", "d", "wk", "mo", "a"}}


def test_a_value_set_may_be_what_stands_below_a_code():
    """v3-EncounterMode style: `is-a` filters follow the hierarchy, all levels of it."""
    classes = terminology().value_set("http://terminology.hl7.org/ValueSet/v3-ActEncounterCode")

    assert classes.has("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB")
    assert not classes.has("http://terminology.hl7.org/CodeSystem/v3-ActCode", "ACADR")


def test_codes_that_no_table_lists_are_judged_by_their_form():
    languages = terminology().value_set(VALUE_SET + "all-languages")

    assert languages.codes is None
    assert languages.has_code("de-CH")
    assert not languages.has_code("de CH")


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        ("http://loinc.org", "8867-4", True),
        ("http://loinc.org", "LA6576-8", True),
        ("http://loinc.org", "heart rate", False),
        ("http://snomed.info/sct", "38341003", True),
        ("http://snomed.info/sct", "hypertension", False),
        ("urn:ietf:bcp:13", "application/fhir+json; charset=utf-8", True),
        ("urn:ietf:bcp:13", "text", False),
        ("urn:iso:std:iso:4217", "EUR", True),
        ("urn:iso:std:iso:4217", "euro", False),
        ("http://example.org", "anything at all", True),
    ],
)
def test_a_system_without_a_table_has_a_form_for_its_codes(system, code, expected):
    assert well_formed(system, code) is expected


def test_an_unknown_value_set_is_none():
    assert terminology().value_set("http://example.org/ValueSet/x") is None
