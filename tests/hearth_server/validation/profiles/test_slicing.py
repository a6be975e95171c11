"""Slices: which value belongs to which, by every kind of discriminator."""

from __future__ import annotations

import pytest

from tests.hearth_server.validation.judged import observation, patient
from tests.hearth_server.validation.profiles.guide import BASE, OWN, errors, profile, validator


def _sliced(kind, path, *, rules="open", ordered=False):
    return {
        "id": "Patient.identifier",
        "slicing": {
            "discriminator": [{"type": kind, "path": path}],
            "rules": rules,
            "ordered": ordered,
        },
    }


ONE = {"system": "http://example.org/one", "value": "1"}
TWO = {"system": "http://example.org/two", "value": "2"}
OTHER = {"system": "http://example.org/other", "value": "3"}
SLICES = (
    {"id": "Patient.identifier:one", "min": 1, "max": "1"},
    {"id": "Patient.identifier:one.system", "fixedUri": "http://example.org/one"},
    {"id": "Patient.identifier:one.value", "min": 1},
    {"id": "Patient.identifier:two", "min": 0, "max": "1"},
    {"id": "Patient.identifier:two.system", "fixedUri": "http://example.org/two"},
)


@pytest.mark.parametrize(
    ("slicing", "identifiers", "expected"),
    [
        pytest.param({}, [ONE], [], id="right"),
        pytest.param({}, [OTHER, ONE, TWO], [], id="open"),
        pytest.param(
            {},
            [TWO],
            ["Patient.identifier has 0 of the slice one; Profile own needs 1"],
            id="missing",
        ),
        pytest.param(
            {},
            [ONE, ONE],
            ["Patient.identifier has 2 of the slice one; Profile own allows 1"],
            id="too-many",
        ),
        pytest.param(
            {},
            [{"system": "http://example.org/one"}],
            ["Patient.identifier[0].value is missing; Profile own needs 1"],
            id="asks-more-of-the-slice",
        ),
        pytest.param(
            {"rules": "closed"},
            [ONE, OTHER],
            ["Patient.identifier[1] is in no slice of Profile own, which allows no others"],
            id="closed",
        ),
        pytest.param({"rules": "openAtEnd"}, [ONE, TWO, OTHER], [], id="others-at-the-end"),
        pytest.param(
            {"rules": "openAtEnd"},
            [OTHER, ONE],
            ["Patient.identifier[1] is in the slice one; other values come after"],
            id="others-not-at-the-end",
        ),
        pytest.param({"ordered": True}, [ONE, TWO], [], id="in-order"),
        pytest.param(
            {"ordered": True},
            [TWO, ONE],
            ["Patient.identifier[1] is in the slice one, which comes earlier"],
            id="out-of-order",
        ),
    ],
)
def test_values_are_told_apart_by_a_fixed_value(tmp_path, slicing, identifiers, expected):
    own = profile("Patient", _sliced("value", "system", **slicing), *SLICES)

    assert errors(validator(tmp_path, own), patient(identifier=identifiers)) == expected


def test_values_are_told_apart_by_a_pattern(tmp_path):
    own = profile(
        "Patient",
        _sliced("pattern", "$this"),
        {
            "id": "Patient.identifier:one",
            "min": 1,
            "patternIdentifier": {"system": "http://example.org/one"},
        },
    )
    judge = validator(tmp_path, own)

    assert errors(judge, patient(identifier=[ONE, OTHER])) == []
    assert errors(judge, patient(identifier=[OTHER])) == [
        "Patient.identifier has 0 of the slice one; Profile own needs 1"
    ]


def test_a_pattern_higher_up_tells_values_apart_deeper_down(tmp_path):
    own = profile(
        "Observation",
        {
            "id": "Observation.category",
            "slicing": {
                "discriminator": [
                    {"type": "value", "path": "coding.code"},
                    {"type": "value", "path": "coding.system"},
                ],
                "rules": "open",
            },
        },
        {
            "id": "Observation.category:lab",
            "min": 1,
            "patternCodeableConcept": {"coding": [{"system": "http://example.org", "code": "lab"}]},
        },
    )
    judge = validator(tmp_path, own)
    lab = {"coding": [{"system": "http://example.org", "code": "lab"}]}

    assert errors(judge, observation(category=[lab])) == []
    assert len(errors(judge, observation(category=[{"coding": [{"code": "lab"}]}]))) == 1


def test_values_are_told_apart_by_what_exists(tmp_path):
    own = profile(
        "Patient",
        _sliced("exists", "value"),
        {"id": "Patient.identifier:valued", "max": "1"},
        {"id": "Patient.identifier:valued.value", "min": 1},
        {"id": "Patient.identifier:valueless", "max": "0"},
        {"id": "Patient.identifier:valueless.value", "max": "0"},
    )
    judge = validator(tmp_path, own)

    assert errors(judge, patient(identifier=[ONE])) == []
    assert errors(judge, patient(identifier=[ONE, TWO])) == [
        "Patient.identifier has 2 of the slice valued; Profile own allows 1"
    ]
    assert errors(judge, patient(identifier=[{"system": "http://example.org"}])) == [
        "Patient.identifier has 1 of the slice valueless; Profile own allows 0"
    ]


def test_a_choice_is_told_apart_by_its_type(tmp_path):
    own = profile(
        "Observation",
        {"id": "Observation.value[x]:valueQuantity", "max": "1", "type": [{"code": "Quantity"}]},
        {"id": "Observation.value[x]:valueQuantity.unit", "min": 1},
    )
    judge = validator(tmp_path, own)

    assert errors(judge, observation(valueString="x")) == []
    assert errors(judge, observation(valueQuantity={"value": 1, "unit": "x"})) == []
    assert errors(judge, observation(valueQuantity={"value": 1})) == [
        "Observation.value.unit is missing; Profile own needs 1"
    ]


def test_references_are_told_apart_by_what_they_point_at(tmp_path):
    own = profile(
        "Observation",
        {
            "id": "Observation.performer",
            "slicing": {
                "discriminator": [{"type": "type", "path": "resolve()"}],
                "rules": "open",
            },
        },
        {
            "id": "Observation.performer:organization",
            "max": "1",
            "type": [{"code": "Reference", "targetProfile": [BASE + "Organization"]}],
        },
    )
    judge = validator(tmp_path, own)
    organizations = [{"reference": "Organization/1"}, {"reference": "Organization/2"}]

    assert (
        errors(judge, observation(performer=[*organizations[:1], {"reference": "Patient/1"}])) == []
    )
    assert errors(judge, observation(performer=organizations)) == [
        "Observation.performer has 2 of the slice organization; Profile own allows 1"
    ]


def test_entries_are_told_apart_by_the_profile_of_their_resource(tmp_path):
    dated = profile("Patient", {"id": "Patient.birthDate", "min": 1}, name="dated")
    own = profile(
        "Bundle",
        {
            "id": "Bundle.entry",
            "slicing": {
                "discriminator": [{"type": "profile", "path": "resource"}],
                "rules": "open",
            },
        },
        {"id": "Bundle.entry:dated", "min": 1},
        {
            "id": "Bundle.entry:dated.resource",
            "min": 1,
            "type": [{"code": "Patient", "profile": [OWN + "dated"]}],
        },
    )
    judge = validator(tmp_path, dated, own)

    def bundle(resource):
        entry = {"fullUrl": "http://example.org/Patient/1", "resource": {**resource, "id": "1"}}
        return {"resourceType": "Bundle", "type": "collection", "entry": [entry]}

    assert errors(judge, bundle(patient(birthDate="1970"))) == []
    assert errors(judge, bundle(patient())) == [
        "Bundle.entry has 0 of the slice dated; Profile own needs 1"
    ]
