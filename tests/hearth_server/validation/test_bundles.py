"""Rules for bundles, and what references mean between their entries: R-BDL.

https://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.hearth_server.validation.judged import errors, observation, patient

ONE = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9"
TWO = "urn:uuid:15efabf0-4be2-4561-91ce-51548425acb9"
POST = {"method": "POST", "url": "Patient"}
DIV = patient()["text"]
COMPOSITION = {
    "resourceType": "Composition",
    "status": "final",
    "type": {"text": "x"},
    "date": "2024",
    "author": [{"reference": TWO}],
    "title": "x",
    "text": DIV,
}
HEADER = {
    "resourceType": "MessageHeader",
    "eventUri": "http://example.org/event",
    "source": {"endpoint": "http://example.org"},
    "text": DIV,
}
NAMED = {"system": "http://example.org", "value": "1"}
IDENTIFIED = {"identifier": NAMED, "timestamp": "2024-02-29T12:00:00Z"}


def bundle(type: str, *entries: Any, **members: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type, **members, "entry": list(entries)}


def entry(resource: Any, url: str = ONE, **members: Any) -> dict[str, Any]:
    return {"fullUrl": url, "resource": resource, **members}


def document(*entries: Any, **members: Any) -> dict[str, Any]:
    return bundle("document", *entries, **{**IDENTIFIED, **members})


@pytest.mark.parametrize(
    "whole",
    [
        bundle("collection", entry(patient())),
        bundle("searchset", entry(patient(id="a"), search={"mode": "match"}), total=1),
        bundle("transaction", {"resource": patient(), "request": POST}),
        bundle("batch-response", {"response": {"status": "201"}}),
        document(entry(COMPOSITION), entry(patient(), TWO)),
        bundle("message", entry(HEADER)),
        bundle(
            "collection",
            entry(patient(id="a", meta={"versionId": "1"})),
            entry(patient(id="a", meta={"versionId": "2"})),
        ),
    ],
)
def test_a_bundle_that_keeps_the_rules_passes(whole):
    assert errors(whole) == []


@pytest.mark.parametrize(
    ("whole", "place", "rule"),
    [
        (bundle("collection", entry(patient()), total=1), "Bundle.total", "bdl-1"),
        (
            bundle("collection", entry(patient(), search={"mode": "include"})),
            "Bundle.entry[0].search",
            "bdl-2",
        ),
        (bundle("collection", entry(patient(), request=POST)), "Bundle.entry[0].request", "bdl-3"),
        (bundle("batch", entry(patient())), "Bundle.entry[0].request", "bdl-3"),
        (
            bundle("collection", entry(patient(), response={"status": "200"})),
            "Bundle.entry[0].response",
            "bdl-4",
        ),
        (bundle("collection", {"fullUrl": ONE}), "Bundle.entry[0]", "bdl-5"),
        (
            bundle("collection", entry(patient()), entry(patient())),
            "Bundle.entry[1].fullUrl",
            "bdl-7",
        ),
        (
            bundle("collection", entry(patient(), "http://example.org/Patient/1/_history/1")),
            "Bundle.entry[0].fullUrl",
            "bdl-8",
        ),
        (
            document(entry(COMPOSITION), entry(patient(), TWO), identifier={"value": "1"}),
            "Bundle.identifier",
            "bdl-9",
        ),
        (
            bundle("document", entry(COMPOSITION), entry(patient(), TWO), identifier=NAMED),
            "Bundle.timestamp",
            "bdl-10",
        ),
        (document(entry(patient())), "Bundle.entry[0]", "bdl-11"),
        (bundle("message", entry(patient())), "Bundle.entry[0]", "bdl-12"),
    ],
)
def test_a_broken_rule_is_named_at_its_place(whole, place, rule):
    """R-BDL-3: what entries hold, what a document begins with, and a message."""
    (said,) = errors(whole)

    assert said.startswith(f"{place} ")
    assert said.endswith(f"({rule})")


@pytest.mark.parametrize(
    ("reference", "type"),
    [
        pytest.param(ONE, "Patient", id="urn"),
        pytest.param("http://example.org/Patient/1", "Patient", id="url"),
        pytest.param("Patient/1", "Patient", id="relative"),
    ],
)
def test_a_reference_is_judged_by_the_entry_that_it_means(reference, type):
    """The encounter of an observation cannot be a patient, whatever its URL hides."""
    urls = {"urn": ONE}.get(reference[:3], "http://example.org/Patient/1")
    whole = bundle(
        "collection",
        entry(patient(id="1"), urls),
        entry(
            {**observation(), "id": "2", "encounter": {"reference": reference}},
            "http://example.org/Observation/2",
        ),
    )

    assert errors(whole) == [
        f"Bundle.entry[1].resource.encounter.reference points at a {type}; allowed: Encounter"
    ]


def test_a_urn_that_no_entry_has_may_be_anything():
    whole = bundle("collection", entry({**observation(), "encounter": {"reference": TWO}}))

    assert errors(whole) == []


def test_what_the_composition_of_a_document_refers_to_is_in_the_document():
    assert errors(document(entry(COMPOSITION))) == [
        f"Bundle.entry[0].resource.author[0].reference is '{TWO}', which is not in the document"
    ]


def test_a_link_that_there_is_one_of_stands_once():
    link = {"relation": "self", "url": "http://example.org"}

    assert errors(bundle("collection", entry(patient()), link=[link, link])) == [
        "Bundle.link[1].relation is 'self' twice"
    ]
