"""Extraction: the entries of a resource for all parameters of its type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hearth_server.search import moments
from hearth_server.search.decimals import sortable
from hearth_server.search.entries import Entries
from hearth_server.search.extract import extract
from hearth_server.search.units import BASE_UNITS

UCUM = "http://unitsofmeasure.org"


def test_an_observation_is_indexed_in_one_walk():
    entries = extract(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]},
            "subject": {"reference": "Patient/1"},
            "effectiveDateTime": "2021-05-17",
            "valueQuantity": {"value": Decimal("1.50"), "system": UCUM, "code": "m", "unit": "m"},
        }
    )

    number = sortable(Decimal("1.5"))
    day = moments.span("2021-05-17")
    assert day is not None
    assert _shown(entries) == {
        ("Observation.status:token", "final", "http://hl7.org/fhir/observation-status", 0),
        ("Observation.code:token", "8302-2", "http://loinc.org", 0),
        ("Observation.subject:reference", "Patient", "1", "", 0),
        ("Observation.effective[x]:date", *day, 0),
        ("Observation.valueQuantity:quantity", number, number, UCUM, "m", "m", 0),
        ("Observation.valueQuantity:quantity:base-units", number, number, BASE_UNITS, "m1", "", 0),
    }


def test_parts_of_one_element_have_one_ordinal():
    """S-CMP-1."""
    entries = extract(
        {
            "resourceType": "Observation",
            "component": [
                {"code": {"coding": [{"code": "a"}]}, "valueQuantity": {"value": 1}},
                {"code": {"coding": [{"code": "b"}]}, "valueQuantity": {"value": 2}},
            ],
        }
    )

    assert [each.ordinal for each in entries.terms] == [1, 2]
    assert [each.ordinal for each in entries.amounts] == [1, 2]


def test_a_contact_is_indexed_under_its_system_too():
    entries = extract(
        {
            "resourceType": "Patient",
            "telecom": [
                {"system": "phone", "value": "+1 (555) 123"},
                {"system": "email", "value": "Ada@Example.org"},
            ],
        }
    )

    found = {(each.field.path, each.key) for each in entries.terms}
    assert found == {
        ("telecom", "+1555123"),
        ("telecom", "ada@example.org"),
        ("telecom.?system=phone", "+1555123"),
        ("telecom.?system=email", "ada@example.org"),
        ("deceasedBoolean|deceasedDateTime", "false"),
    }


def test_what_has_only_extensions_has_no_values():
    """S-MIS-1."""
    extension = [{"url": "http://example.org/x", "valueBoolean": True}]

    entries = extract(
        {
            "resourceType": "Patient",
            "_birthDate": {"extension": extension},
            "name": [{"extension": extension}],
            "maritalStatus": {"extension": extension},
            "address": [{"line": [None, "Main St"], "_line": [{"extension": extension}, None]}],
        }
    )

    assert entries.moments == []
    assert {each.field.path for each in entries.terms} == {
        "address", "deceasedBoolean|deceasedDateTime",
    }  # fmt: skip


def test_a_long_text_is_cut_and_kept_for_contains():
    text = "word " * 100

    entries = extract({"resourceType": "Patient", "name": [{"text": text}]})

    term = next(each for each in entries.terms if each.field.path == "name")
    assert len(term.key) == 217
    assert entries.long_texts == {term.key: ("word " * 100).strip()}


def test_references_say_what_they_point_at():
    """S-REF-1, S-REF-5, S-REF-7."""
    found = [
        extract({"resourceType": "Observation", "subject": {"reference": text}}).links[0]
        for text in (
            "Patient/1",
            "Patient/1/_history/2",
            "http://other.example.org/Patient/1",
            "http://other.example.org/Patient/1/_history/2",
            "urn:uuid:1",
            "#contained",
        )
    ]

    assert [(each.type, each.id, each.version) for each in found] == [
        ("Patient", "1", ""),
        ("Patient", "1", "2"),
        ("", "http://other.example.org/Patient/1", ""),
        ("", "http://other.example.org/Patient/1", "2"),
        ("", "urn:uuid:1", ""),
        ("", "#contained", ""),
    ]


def _shown(entries: Entries) -> set[tuple[Any, ...]]:
    found = (*entries.terms, *entries.links, *entries.moments, *entries.amounts)
    return {(each.field.name, *each[1:]) for each in found}
