"""Names, counts, choices, arrays and what stands beside primitives."""

from __future__ import annotations

import pytest
from hearth_server.errors import Issue

from tests.hearth_server.validation.judged import errors, observation, patient, validator

ABSENT = {"extension": [{"url": "http://example.org/why", "valueCode": "unknown"}]}


def test_a_valid_resource_has_no_errors():
    assert errors(patient()) == []
    assert errors(observation(valueQuantity={"value": 60, "unit": "/min"})) == []


def test_an_issue_has_its_place_code_and_a_sentence():
    issues = validator("structure").validate(patient(name=[{"given": ["A", 1]}]))

    assert issues == [
        Issue(
            "error",
            "structure",
            "Patient.name[0].given[1] must be a string, not the number 1",
            "Patient.name[0].given[1]",
        )
    ]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            patient(foo=1), "Patient.foo is not an element of Patient", id="unknown-element"
        ),
        pytest.param(
            patient(birthdate="1970"),
            "Patient.birthdate is not an element of Patient; did you mean birthDate?",
            id="misspelt",
        ),
        pytest.param(
            patient(name=[{"familly": "x", "use": "usual"}]),
            "Patient.name[0].familly is not an element of HumanName; did you mean family?",
            id="misspelt-inside",
        ),
        pytest.param(
            observation(valueFoo=1),
            "Observation.valueFoo is not a type of Observation.value; allowed: Quantity, "
            "CodeableConcept, string, boolean, integer, Range, Ratio, SampledData, time, "
            "dateTime, Period",
            id="unknown-choice",
        ),
        pytest.param(
            observation(valueString="a", valueInteger=1),
            "Observation.value has two values, valueString and valueInteger; only one is allowed",
            id="two-choices",
        ),
        pytest.param(
            observation(_valueString=ABSENT, valueInteger=1),
            "Observation.value has two values, valueString and valueInteger; only one is allowed",
            id="two-choices-one-a-sibling",
        ),
        pytest.param(
            patient(name={"family": "x"}),
            "Patient.name must be an array, as it may repeat, not an object",
            id="not-an-array",
        ),
        pytest.param(
            patient(gender=["male"]),
            "Patient.gender must be a string, not an array",
            id="an-array",
        ),
        pytest.param(
            patient(maritalStatus="M"),
            "Patient.maritalStatus must be an object, not the string 'M'",
            id="not-an-object",
        ),
        pytest.param(
            patient(managingOrganization="Organization/1"),
            "Patient.managingOrganization must be an object, not the string 'Organization/1'",
            id="string-for-reference",
        ),
        pytest.param(
            patient(name=[]),
            "Patient.name is an empty array; leave the element out instead",
            id="empty-array",
        ),
        pytest.param(
            patient(name=[{}]),
            "Patient.name[0] is an empty object; leave the element out instead",
            id="empty-object",
        ),
        pytest.param(
            patient(name=[{"id": "a"}]),
            "Patient.name[0] has an id and nothing else; it needs a value or children",
            id="only-an-id",
        ),
        pytest.param(
            patient(birthDate=None),
            "Patient.birthDate must be a string, not null",
            id="null",
        ),
        pytest.param(
            patient(communication=[{"preferred": True}]),
            "Patient.communication[0].language is missing",
            id="missing-inside",
        ),
        pytest.param(
            {"resourceType": "Patient", "link": [{"other": {"display": "x"}}]},
            "Patient.link[0].type is missing",
            id="missing-primitive",
        ),
        pytest.param(
            {"resourceType": "Patient", "extension": [{"valueString": "a"}]},
            "Patient.extension[0].url is missing",
            id="extension-without-url",
        ),
        pytest.param(
            patient(extension=[{"url": "http://example.org/x"}]),
            "Patient.extension[0] has neither a value nor extensions (ext-1)",
            id="extension-with-nothing",
        ),
        pytest.param(
            patient(
                extension=[
                    {
                        "url": "http://example.org/x",
                        "valueString": "a",
                        "extension": [{"url": "b", "valueString": "c"}],
                    }
                ]
            ),
            "Patient.extension[0] has both a value and extensions (ext-1)",
            id="extension-with-both",
        ),
        pytest.param(
            patient(contact=[{"relationship": [None]}]),
            "Patient.contact[0].relationship[0] must be an object, not null",
            id="null-in-array-of-objects",
        ),
        pytest.param(
            {"resourceType": "Foo"}, "Resource.resourceType is 'Foo', no resource type", id="type"
        ),
        pytest.param({"id": "a"}, "Resource.resourceType is missing; it names the type", id="none"),
        pytest.param(
            {"resourceType": "DomainResource"},
            "Resource.resourceType is 'DomainResource', no resource type",
            id="abstract",
        ),
    ],
)
def test_a_wrong_shape_is_told(resource, expected):
    assert errors(resource, "structure") == [expected]


def test_a_needed_choice_names_what_it_may_be():
    assert errors({"resourceType": "MedicationRequest"}, "structure") == [
        "MedicationRequest.status is missing",
        "MedicationRequest.intent is missing",
        "MedicationRequest.subject is missing",
        "MedicationRequest.medication is missing; it is one of medicationCodeableConcept, "
        "medicationReference",
    ]


def test_all_errors_are_told_at_once():
    resource = patient(
        foo=1, gender=3, birthDate="1970-02-30", name=[{"given": [""]}], link=[{"type": "seealso"}]
    )

    assert errors(resource) == [
        "Patient.foo is not an element of Patient",
        "Patient.gender must be a string, not the number 3",
        "Patient.birthDate is '1970-02-30'; there is no such day",
        "Patient.name[0].given[0] is an empty string; leave the element out instead",
        "Patient.link[0].other is missing",
    ]


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(patient(_birthDate=ABSENT), id="no-value"),
        pytest.param(patient(birthDate="1970", _birthDate=ABSENT), id="beside-value"),
        pytest.param(patient(name=[{"given": ["A", None], "_given": [None, ABSENT]}]), id="padded"),
        pytest.param(patient(name=[{"_given": [ABSENT]}]), id="array-without-values"),
        pytest.param(
            patient(link=[{"other": {"display": "x"}, "_type": ABSENT}]), id="stands-for-required"
        ),
        pytest.param(patient(birthDate="1970", _birthDate={"id": "a"}), id="id-beside-value"),
        pytest.param(
            patient(name=[{"given": ["A", "B", "C"], "_given": [{"id": "a"}, None, ABSENT]}]),
            id="id-beside-one-of-several",
        ),
    ],
)
def test_an_extension_may_stand_beside_or_instead_of_a_primitive(resource):
    """R-JSON-3: `_name`, aligned and padded with null in arrays; beside a value, an id will do."""
    assert errors(resource, "structure") == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            {"given": ["A", None]},
            ["Patient.name[0].given[1] is null and has no extension"],
            id="null-alone",
        ),
        pytest.param(
            {"given": ["A", None], "_given": [ABSENT, None]},
            ["Patient.name[0].given[1] is null and has no extension"],
            id="both-null",
        ),
        pytest.param(
            {"given": ["A"], "_given": [None, ABSENT]},
            ["Patient.name[0].given has 1 values and 2 siblings; null pads the shorter"],
            id="unequal",
        ),
        pytest.param(
            {"_given": [None, ABSENT]},
            ["Patient.name[0].given[0] is null and has no value"],
            id="null-for-nothing",
        ),
        pytest.param(
            {"given": ["A"], "_given": ABSENT},
            ["Patient.name[0].given must be an array beside an array, not an object"],
            id="object-beside-array",
        ),
        pytest.param(
            {"family": "A", "_family": [ABSENT]},
            ["Patient.name[0].family must be an object, not an array"],
            id="array-beside-value",
        ),
        pytest.param(
            {"family": "A", "_family": {"foo": 1}},
            ["Patient.name[0].family.foo is not an element of Element"],
            id="unknown-in-sibling",
        ),
        pytest.param(
            {"family": "A", "_period": {"id": "x"}},
            ["Patient.name[0]._period is not an element of HumanName; did you mean period?"],
            id="sibling-of-no-primitive",
        ),
        pytest.param(
            {"family": "A", "_family": {}},
            ["Patient.name[0].family is an empty object; leave the element out instead"],
            id="empty-sibling",
        ),
        pytest.param(
            {"_family": {"id": "a"}},
            ["Patient.name[0].family has an id and nothing else; it needs a value or children"],
            id="id-for-nothing",
        ),
        pytest.param(
            {"given": ["A", None], "_given": [None, {"id": "a"}]},
            ["Patient.name[0].given[1] has an id and nothing else; it needs a value or children"],
            id="id-beside-null",
        ),
        pytest.param(
            {"family": "A", "_family": {"id": "a", "extension": [{"id": "b"}]}},
            [
                "Patient.name[0].family.extension[0].url is missing",
                "Patient.name[0].family.extension[0] has an id and nothing else;"
                " it needs a value or children",
                "Patient.name[0].family.extension[0] has neither a value nor extensions (ext-1)",
            ],
            id="id-alone-in-an-extension",
        ),
    ],
)
def test_a_sibling_that_does_not_fit_is_told(name, expected):
    assert errors(patient(name=[name]), "structure") == expected


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nonsense", "nonsense"),
        ("a b", "`a b`"),
        ("\x1b[31m", "`\\x1b[31m`"),
        ("x" * 100_000, f"`{'x' * 64}`"),
    ],
)
def test_an_unknown_name_is_repeated_short_and_harmless(name, told):
    (said,) = errors(patient(**{name: 1}))

    assert said.startswith(f"Patient.{told} is not an element of Patient")
