"""Links between the entries of a transaction: R-TX-4 to R-TX-7, R-REF.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.hearth_server.interactions.bundles import (
    ask,
    bundle,
    ids,
    post,
    put,
    statuses,
    transact,
)
from tests.hearth_server.interactions.patients import patient, with_identifier
from tests.hearth_server.serving import Server, problem, said

PATIENT = "urn:uuid:775447e9-2cc5-4cc9-94de-d358d0efa661"
OBSERVATION = "urn:uuid:0a1b2c3d-2cc5-4cc9-94de-d358d0efa661"
OID = "urn:oid:1.2.3.4"
CHAINED = "PractitionerRole?organization.name=Good"


def observation(reference: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": reference},
        **more,
    }


def read(server: Server, id: str, type: str = "Observation") -> Any:
    return said(server.call("GET", f"{type}/{id}"))


@pytest.mark.parametrize(
    "full_url", [PATIENT, OID, "http://example.org/fhir/Patient/1", "https://x/y/Patient/1"]
)
def test_a_reference_to_an_entry_leads_to_where_the_entry_is_stored(server: Server, full_url: str):
    """R-TX-4, R-REF-1: also where the entry that is linked to comes later."""
    answer = transact(server, post(observation(full_url)), post(patient(), full_url))

    held, linked = ids(answer)
    assert read(server, held)["subject"]["reference"] == f"Patient/{linked}"


def test_references_in_a_circle_lead_to_each_other(server: Server):
    """R-TX-4."""
    first = {"resourceType": "Patient", "link": [{"other": {"reference": OBSERVATION}}]}
    second = {"resourceType": "Patient", "link": [{"other": {"reference": PATIENT}}]}

    one, two = ids(transact(server, post(first, PATIENT), post(second, OBSERVATION)))

    assert read(server, one, "Patient")["link"][0]["other"]["reference"] == f"Patient/{two}"
    assert read(server, two, "Patient")["link"][0]["other"]["reference"] == f"Patient/{one}"


def test_a_relative_reference_is_read_from_its_holders_full_url(server: Server):
    """R-REF-1."""
    answer = transact(
        server,
        post(patient(), "http://example.org/fhir/Patient/1"),
        post(observation("Patient/1"), "http://example.org/fhir/Observation/2"),
        post(observation("Patient/1"), OBSERVATION),
    )

    linked, holder, stranger = ids(answer)
    assert read(server, holder)["subject"]["reference"] == f"Patient/{linked}"
    assert read(server, stranger)["subject"]["reference"] == "Patient/1"


def test_a_versioned_reference_stays_versioned(server: Server):
    """R-REF-2, R-TX-5."""
    answer = transact(
        server,
        post(patient(), "http://example.org/fhir/Patient/1"),
        post(observation("http://example.org/fhir/Patient/1/_history/1")),
    )

    linked, holder = ids(answer)
    assert read(server, holder)["subject"]["reference"] == f"Patient/{linked}/_history/1"


def test_links_lead_to_what_a_put_writes(server: Server):
    """R-TX-6."""
    answer = transact(server, put(patient(id="mine"), PATIENT), post(observation(PATIENT)))

    assert read(server, ids(answer)[1])["subject"]["reference"] == "Patient/mine"


def test_links_lead_to_what_if_none_exist_found(server: Server):
    """R-TX-4."""
    server.call("PUT", "Patient/there", with_identifier("7", id="there"))

    answer = transact(
        server,
        post(with_identifier("7"), PATIENT, ifNoneExist="identifier=urn:mrn|7"),
        post(observation(PATIENT)),
    )

    assert statuses(answer) == ["200", "201"]
    assert read(server, ids(answer)[1])["subject"]["reference"] == "Patient/there"


def test_links_in_every_type_that_holds_links_are_rewritten_and_no_others(server: Server):
    """R-TX-5: uri, url, oid, uuid and narrative, also in extensions and contained resources.

    The system of an identifier is a name and no link: a relative one would not even be valid.
    """
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "identifier": [{"system": PATIENT, "value": PATIENT}],
        "text": {
            "status": "generated",
            "div": f"<div><a href=\"{PATIENT}\">a</a><img src='{PATIENT}'/>{PATIENT}</div>",
        },
        "contained": [{"resourceType": "Basic", "id": "b", "subject": {"reference": PATIENT}}],
        "extension": [
            {"url": "http://example.org/u", "valueUri": PATIENT},
            {"url": "http://example.org/l", "valueUrl": PATIENT},
            {"url": "http://example.org/i", "valueUuid": PATIENT},
            {"url": "http://example.org/c", "valueCanonical": PATIENT},
            {"url": "http://example.org/s", "valueString": PATIENT},
            {"url": "http://example.org/m", "valueMarkdown": PATIENT},
        ],
        "content": [{"attachment": {"url": PATIENT, "title": PATIENT}}],
    }

    linked, holder = ids(transact(server, post(patient(), PATIENT), post(document)))

    there = f"Patient/{linked}"
    stored = read(server, holder, "DocumentReference")
    assert stored["identifier"] == [{"system": PATIENT, "value": PATIENT}]
    assert stored["text"]["div"] == (
        f"<div><a href=\"{there}\">a</a><img src='{there}'/>{PATIENT}</div>"
    )
    assert stored["contained"][0]["subject"]["reference"] == there
    assert [list(each.values())[1] for each in stored["extension"]] == ([there] * 3 + [PATIENT] * 3)
    assert stored["content"] == [{"attachment": {"url": there, "title": PATIENT}}]


def test_definitions_keep_the_urls_that_name_them_and_their_codes(server: Server):
    """R-TX-5: entries with definitions often have their canonical URL as fullUrl."""
    set_url = "http://example.org/fhir/ValueSet/colours"
    system = "http://example.org/fhir/CodeSystem/colours"
    value_set = {
        "resourceType": "ValueSet",
        "id": "colours",
        "url": set_url,
        "status": "active",
        "extension": [{"url": set_url, "valueUri": set_url}],
        "compose": {"include": [{"system": system}]},
    }
    code_system = {
        "resourceType": "CodeSystem",
        "url": system,
        "status": "active",
        "content": "complete",
        "valueSet": set_url,
    }
    concept_map = {
        "resourceType": "ConceptMap",
        "status": "active",
        "group": [{"source": system, "target": system}],
    }
    code = {"coding": [{"system": system, "code": "red"}]}

    answer = transact(
        server,
        put(value_set, set_url),
        post(code_system, system),
        post(concept_map),
        post(observation("Patient/1", code=code)),
    )

    linked, system_id, map_id, holder = ids(answer)
    stored = read(server, linked, "ValueSet")
    assert (stored["url"], stored["compose"]) == (set_url, value_set["compose"])
    assert stored["extension"] == [{"url": set_url, "valueUri": "ValueSet/colours"}]
    assert read(server, system_id, "CodeSystem")["url"] == system
    assert read(server, map_id, "ConceptMap")["group"] == concept_map["group"]
    assert read(server, holder)["code"] == code


def test_a_profile_is_canonical_and_stays(server: Server):
    """R-TX-5."""
    answer = transact(
        server,
        post({"resourceType": "StructureDefinition"}, PATIENT),
        post(patient(meta={"profile": [PATIENT], "source": PATIENT})),
    )

    definition, holder = ids(answer)
    meta = read(server, holder, "Patient")["meta"]
    assert meta["profile"] == [PATIENT]
    assert meta["source"] == f"StructureDefinition/{definition}"


@pytest.mark.parametrize("kind", ["transaction", "batch"])
@pytest.mark.parametrize("reference", [OBSERVATION, "urn:oid:1.2.9"])
def test_a_reference_to_no_entry_is_refused(server: Server, kind: str, reference: str):
    performer = [{"reference": "Patient/2"}, {"reference": reference}]
    holder = observation("Patient/1", performer=performer)

    answer = server.call("POST", "", bundle(kind, post(patient(), PATIENT), post(holder)))

    place = "Bundle.entry[1].resource.performer[1].reference"
    if kind == "transaction":
        assert problem(answer) == (400, "not-found", place)
        assert server.state() == {}
    else:
        issue = said(answer)["entry"][1]["response"]["outcome"]["issue"][0]
        assert (statuses(answer), issue["expression"]) == (["201", "400"], [place])


def test_a_system_that_is_an_oid_is_no_link(server: Server):
    coded = observation("Patient/1", code={"coding": [{"system": "urn:oid:2.16", "code": "x"}]})

    assert statuses(transact(server, post(coded))) == ["201"]


def test_links_outside_the_bundle_stay(server: Server):
    """R-TX-4."""
    outside = ["http://elsewhere.org/Patient/1", "Patient/1", "#c", "http://x/Patient?name=a"]
    holders = [post(observation(each)) for each in outside]

    stored = [read(server, id)["subject"]["reference"] for id in ids(transact(server, *holders))]

    assert stored == outside


def test_a_conditional_reference_leads_to_what_it_finds(server: Server):
    """R-TX-7."""
    server.call("PUT", "Patient/there", with_identifier("7", id="there"))

    answer = transact(server, post(observation("Patient?identifier=urn:mrn|7")))

    assert read(server, ids(answer)[0])["subject"]["reference"] == "Patient/there"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient?identifier=urn:mrn|8", (412, "not-found")),
        ("Patient?identifier=urn:mrn|7", (412, "multiple-matches")),
        ("Patient?nonsense=7", (400, "not-supported")),
        ("Foo?identifier=7", (400, "invalid")),
    ],
)
def test_a_conditional_reference_without_exactly_one_match_is_refused(
    server: Server, reference: str, expected: tuple[int, str]
):
    """R-TX-7."""
    for id in ("a", "b"):
        server.call("PUT", f"Patient/{id}", with_identifier("7", id=id))
    before = server.state()

    answer = transact(server, post(patient()), post(observation(reference)))

    place = "Bundle.entry[1].resource.subject.reference"
    assert problem(answer) == (*expected, place)
    assert server.state() == before


def test_a_conditional_reference_outside_a_transaction_is_refused(server: Server):
    """R-TX-7."""
    server.call("PUT", "Patient/there", with_identifier("7", id="there"))
    entry = post(observation("Patient?identifier=urn:mrn|7"))

    answer = server.call("POST", "", bundle("batch", entry))

    assert statuses(answer) == ["400"]


def test_a_conditional_reference_finds_an_entry_of_the_same_bundle(server: Server):
    """R-TX-7."""
    answer = transact(
        server, post(observation("Patient?identifier=urn:mrn|7")), post(with_identifier("7"))
    )

    holder, linked = ids(answer)
    assert read(server, holder)["subject"]["reference"] == f"Patient/{linked}"


def test_a_conditional_reference_finds_what_the_bundle_makes_of_a_resource(server: Server):
    """R-TX-7: what is stored now counts only where no entry writes it."""
    server.call("PUT", "Patient/a", with_identifier("7", id="a"))
    server.call("PUT", "Patient/b", with_identifier("8", id="b"))

    answer = transact(
        server,
        put(with_identifier("8", id="a")),
        put(with_identifier("7", id="b")),
        post(observation("Patient?identifier=urn:mrn|7")),
    )

    holder = said(answer)["entry"][2]["response"]["location"].split("/")[1]
    assert read(server, holder)["subject"]["reference"] == "Patient/b"


def test_a_conditional_reference_does_not_find_what_the_bundle_deletes(server: Server):
    """R-TX-7."""
    server.call("PUT", "Patient/a", with_identifier("7", id="a"))

    answer = transact(
        server,
        ask("DELETE", "Patient/a"),
        post(observation("Patient?identifier=urn:mrn|7")),
    )

    assert problem(answer)[:2] == (412, "not-found")


def test_a_stored_match_and_one_in_the_bundle_are_several(server: Server):
    """R-TX-7."""
    server.call("PUT", "Patient/a", with_identifier("7", id="a"))

    answer = transact(
        server, post(with_identifier("7")), post(observation("Patient?identifier=urn:mrn|7"))
    )

    assert problem(answer)[:2] == (412, "multiple-matches")


def test_a_conditional_reference_follows_a_chain_inside_the_bundle(server: Server):
    """R-TX-7."""
    organization = {"resourceType": "Organization", "name": "Good Health"}
    practitioner = {
        "resourceType": "PractitionerRole",
        "organization": {"reference": "urn:uuid:0a1b2c3d-2cc5-4cc9-94de-d358d0efa669"},
    }

    answer = transact(
        server,
        post(observation("Patient/1", performer=[{"reference": CHAINED}])),
        post(practitioner),
        post(organization, "urn:uuid:0a1b2c3d-2cc5-4cc9-94de-d358d0efa669"),
    )

    holder, linked, _ = ids(answer)
    assert read(server, holder)["performer"] == [{"reference": f"PractitionerRole/{linked}"}]


def test_a_candidate_that_is_no_valid_resource_is_refused_as_such(server: Server):
    """R-TX-7."""
    broken = {"resourceType": "Patient", "identifier": 7, "name": "x"}

    answer = transact(server, post(broken), post(observation("Patient?identifier=urn:mrn|7")))

    assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("POST", "Observation", observation("Patient?identifier=urn:mrn|7"), {}),
        ("PUT", "Observation/o1", observation("Patient?identifier=urn:mrn|7", id="o1"), {}),
        ("PUT", "Observation?_id=o1", observation("Patient?identifier=urn:mrn|7", id="o1"), {}),
        (
            "PATCH",
            "Observation/o1",
            [{"op": "replace", "path": "/subject/reference", "value": "Patient?name=x"}],
            {"Content-Type": "application/json-patch+json"},
        ),
    ],
)
def test_a_conditional_reference_in_a_resource_that_comes_alone_is_refused(
    server: Server, method: str, path: str, body: Any, headers: dict[str, str]
):
    """R-TX-7: as in a batch; stored as it is, it would lead nowhere."""
    server.call("PUT", "Observation/o1", observation("Patient/1", id="o1"))
    before = server.state()

    answer = server.call(method, path, body, headers)

    assert problem(answer) == (400, "invalid", "Observation.subject.reference")
    assert server.state() == before


def test_a_stored_bundle_may_hold_conditional_references(server: Server):
    """R-BT-1: a Bundle that is sent to /Bundle is only stored."""
    held = bundle("transaction", post(observation("Patient?identifier=urn:mrn|7")))

    assert server.call("POST", "Bundle", held).status == 201


def test_a_question_mark_makes_no_reference_conditional(server: Server):
    reference = "https://elsewhere.example.org/find?Patient?identifier=7"
    made = observation(reference, note=[{"text": "Patient?identifier=7"}])

    answer = server.call("POST", "Observation", made)

    assert (answer.status, said(answer)["subject"]["reference"]) == (201, reference)


@pytest.mark.parametrize("reference", ["urn:oid:1.2.9", "Patient?name=x"])
def test_an_element_that_is_only_called_reference_is_none(server: Server, reference: str):
    """R-TX-5, R-TX-7: DetectedIssue.reference is the URI of some literature."""
    issue = {"resourceType": "DetectedIssue", "status": "final", "reference": reference}

    (id,) = ids(transact(server, post(issue)))

    assert read(server, id, "DetectedIssue")["reference"] == reference
    assert server.call("POST", "DetectedIssue", issue).status == 201
