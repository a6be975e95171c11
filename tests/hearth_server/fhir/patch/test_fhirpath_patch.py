"""FHIRPath Patch: what each operation does, and what it refuses (R-PATCH-3)."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hearth_server.errors import InvalidRequest, RequestError, Unprocessable
from hearth_server.fhir import json
from hearth_server.fhir.patch import fhirpath_patch
from hypothesis import given
from hypothesis import strategies as st

from tests.hearth_server.fhir.patch.patches import operation, patch

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "A", "given": ["x", "y"]}, {"family": "B"}],
    "gender": "male",
    "birthDate": "1970-01-01",
    "deceasedBoolean": False,
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Org"}],
    "managingOrganization": {"reference": "#o"},
}


@pytest.mark.parametrize(
    ("step", "changed"),
    [
        pytest.param(
            operation("replace", path="Patient.gender", value={"valueCode": "female"}),
            {"gender": "female"},
            id="replace",
        ),
        pytest.param(
            operation("replace", path="Patient.gender", value={"valueString": "other"}),
            {"gender": "other"},
            id="a-string-for-a-code",
        ),
        pytest.param(
            operation(
                "replace",
                path="Patient.gender",
                value={"_valueCode": {"extension": [{"url": "u", "valueCode": "c"}]}},
            ),
            {"gender": None, "_gender": {"extension": [{"url": "u", "valueCode": "c"}]}},
            id="an-extension-without-value",
        ),
        pytest.param(
            operation("replace", path="Patient.deceased", value={"valueDateTime": "2020"}),
            {"deceasedBoolean": None, "deceasedDateTime": "2020"},
            id="another-type-of-a-choice",
        ),
        pytest.param(
            operation("replace", path="Patient.name[0].given[1]", value={"valueString": "z"}),
            {"name": [{"family": "A", "given": ["x", "z"]}, {"family": "B"}]},
            id="one-of-a-list",
        ),
        pytest.param(
            operation("delete", path="Patient.name.where(family = 'B')"),
            {"name": [{"family": "A", "given": ["x", "y"]}]},
            id="delete-by-condition",
        ),
        pytest.param(operation("delete", path="Patient.maritalStatus"), {}, id="delete-nothing"),
        pytest.param(
            operation("delete", path="Patient.name[1].family"),
            {"name": [{"family": "A", "given": ["x", "y"]}]},
            id="delete-what-becomes-empty-above",
        ),
        pytest.param(
            operation(
                "add", path="Patient", name="multipleBirth[x]", value={"valueInteger": 2}
            ),
            {"multipleBirthInteger": 2},
            id="add-a-choice",
        ),
        pytest.param(
            operation(
                "add",
                path="Patient.name[0].given[1]",
                name="extension",
                value={"valueExtension": {"url": "u", "valueString": "s"}},
            ),
            {
                "name": [
                    {
                        "family": "A",
                        "given": ["x", "y"],
                        "_given": [None, {"extension": [{"url": "u", "valueString": "s"}]}],
                    },
                    {"family": "B"},
                ]
            },
            id="add-an-extension-to-a-primitive",
        ),
        pytest.param(
            operation("insert", path="Patient.photo", index=0,
                      value={"valueAttachment": {"url": "u"}}),
            {"photo": [{"url": "u"}]},
            id="insert-into-an-absent-list",
        ),
        pytest.param(
            operation("insert", path="Patient.name[0].given", index=2, value={"valueString": "z"}),
            {"name": [{"family": "A", "given": ["x", "y", "z"]}, {"family": "B"}]},
            id="insert-at-the-end",
        ),
        pytest.param(
            operation("move", path="Patient.name", source=1, destination=0),
            {"name": [{"family": "B"}, {"family": "A", "given": ["x", "y"]}]},
            id="move",
        ),
        pytest.param(
            operation(
                "add",
                path="Patient",
                name="contact",
                value=[
                    {"name": "relationship", "valueCodeableConcept": {"text": "1"}},
                    {"name": "relationship", "valueCodeableConcept": {"text": "2"}},
                    {"name": "gender", "valueCode": "male"},
                ],
            ),
            {"contact": [{"relationship": [{"text": "1"}, {"text": "2"}], "gender": "male"}]},
            id="an-element-without-a-type-name",
        ),
        pytest.param(
            operation("replace", path="Patient.managingOrganization.resolve().name",
                      value={"valueString": "New"}),
            {"contained": [{"resourceType": "Organization", "id": "o", "name": "New"}]},
            id="into-a-contained-resource",
        ),
        pytest.param(
            operation("add", path="Patient", name="contained",
                      value={"resource": {"resourceType": "Basic", "id": "b"}}),
            {"contained": [PATIENT["contained"][0], {"resourceType": "Basic", "id": "b"}]},
            id="a-whole-resource",
        ),
    ],
)  # fmt: skip
def test_an_operation_changes_what_it_names_and_nothing_else(
    step: dict[str, Any], changed: dict[str, Any]
) -> None:
    before = copy.deepcopy(PATIENT)

    after = fhirpath_patch.apply(patch(step), PATIENT)

    merged = before | changed
    assert after == {name: value for name, value in merged.items() if value is not None}
    assert before == PATIENT


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        pytest.param(
            operation("replace", path="Patient.maritalStatus", value={"valueString": "x"}),
            "the path finds 0 elements where one is wanted",
            id="replace-nothing",
        ),
        pytest.param(
            operation("delete", path="Patient.name"),
            "the path finds 2 elements, and one at most is deleted",
            id="delete-several",
        ),
        pytest.param(
            operation("delete", path="Patient"),
            "the resource itself is neither deleted nor replaced",
            id="delete-the-resource",
        ),
        pytest.param(
            operation("add", path="Patient", name="gender", value={"valueCode": "male"}),
            "'gender' is there already, and can be there only once",
            id="add-a-second-gender",
        ),
        pytest.param(
            operation("add", path="Patient", name="deceased", value={"valueDateTime": "2020"}),
            "'deceased' is there already, and can be there only once",
            id="add-another-type-of-a-choice",
        ),
        pytest.param(
            operation("add", path="Patient", name="colour", value={"valueCode": "red"}),
            "Patient has no element 'colour'.",
            id="unknown-element",
        ),
        pytest.param(
            operation("insert", path="Patient.name", index=3, value={"valueHumanName": {}}),
            "the index 3 is outside a list of 2",
            id="insert-behind-the-end",
        ),
        pytest.param(
            operation("insert", path="Patient.gender", index=0, value={"valueCode": "male"}),
            "'gender' is no list",
            id="insert-into-no-list",
        ),
        pytest.param(
            operation("insert", path="Patient.name.first()", index=0, value={"valueHumanName": {}}),
            "the path does not end in the name of a list",
            id="insert-by-a-function",
        ),
        pytest.param(
            operation("move", path="Patient.name", source=2, destination=0),
            "the index 2 is outside a list of 2",
            id="move-from-nowhere",
        ),
        pytest.param(
            operation("replace", path="Patient.birthDate", value={"valueInteger": 3}),
            "'valueInteger' does not go where date is wanted",
            id="wrong-json-type",
        ),
        pytest.param(
            operation("replace", path="Patient.name[0]", value={"valueAddress": {}}),
            "'valueAddress' does not go where HumanName is wanted",
            id="wrong-type",
        ),
        pytest.param(
            operation("replace", path="Patient.deceased", value={"valueString": "x"}),
            "'valueString' does not go where boolean, dateTime is wanted",
            id="not-a-type-of-the-choice",
        ),
        pytest.param(
            operation("replace", path="Patient.name.count()", value={"valueInteger": 3}),
            "the path finds values that are no part of the resource",
            id="not-an-element",
        ),
    ],
)
def test_a_patch_that_does_not_fit_is_refused_and_says_why(
    step: dict[str, Any], problem: str
) -> None:
    with pytest.raises(Unprocessable) as caught:
        fhirpath_patch.apply(patch(step), PATIENT)

    assert problem in str(caught.value)
    assert caught.value.issues[0].expression == "Parameters.parameter[0]"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param([], id="not-an-object"),
        pytest.param({"resourceType": "Patient"}, id="not-parameters"),
        pytest.param({"resourceType": "Parameters", "parameter": {}}, id="no-list"),
        pytest.param(patch({"name": "other"}), id="not-an-operation"),
        pytest.param(patch({"name": "operation"}), id="no-type"),
        pytest.param(patch(operation("mend", path="Patient")), id="unknown-type"),
        pytest.param(patch(operation("delete")), id="no-path"),
        pytest.param(patch(operation("delete", path="Patient", index=1)), id="part-too-many"),
        pytest.param(patch(operation("delete", path="Patient", extra="x")), id="unknown-part"),
        pytest.param(patch(operation("move", path="Patient.name", source="1", destination=0)),
                     id="text-for-an-integer"),
        pytest.param(patch(operation("delete", path="Patient.name[")), id="syntax"),
        pytest.param(patch(operation("delete", path="Patient.colour")), id="unknown-element"),
        pytest.param(patch(operation("delete", path="Patient.mend()")), id="unknown-function"),
    ],
)  # fmt: skip
def test_what_is_no_patch_is_refused_as_the_callers_fault(wrong: Any) -> None:
    with pytest.raises(InvalidRequest):
        fhirpath_patch.apply(wrong, PATIENT)


def test_a_decimal_keeps_its_digits() -> None:
    resource = json.parse(b'{"resourceType":"Observation","valueQuantity":{"value":1.50}}')
    step = operation("replace", path="Observation.value.unit", value={"valueString": "g"})
    add = operation("add", path="Observation.value", name="unit", value={"valueString": "mg"})

    after = fhirpath_patch.apply(patch(add, step), resource)

    assert json.encode(after) == (
        b'{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"g"}}'
    )


def test_paths_are_bounded_in_their_work() -> None:
    many = PATIENT | {"name": [{"family": str(number)} for number in range(600)]}
    path = "Patient.name.where(%resource.name.where(family = 'x').exists())"

    with pytest.raises(InvalidRequest, match="too many steps"):
        fhirpath_patch.apply(patch(operation("delete", path=path)), many)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["name", "part", "valueString", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(["add", "insert", "delete", "replace", "move"]),
    st.sampled_from(
        ["Patient", "Patient.name", "Patient.name[0].given", "Patient.name[0].given[0]",
         "Patient.deceased", "Patient.birthDate", "Patient.contained[0].name", "id", "x"]
    ),
    st.dictionaries(
        st.sampled_from(["name", "value", "index", "source", "destination"]),
        st.one_of(
            _json.map(lambda value: {"valueString": value}),
            st.integers(-1, 2),
            st.sampled_from(["given", "extension", "name", "family"]),
            st.just({"valueHumanName": {"family": "N"}}),
        ),
    ),
)  # fmt: skip
def test_any_patch_is_done_or_refused_and_the_input_stays(
    kind: str, path: str, parts: dict[str, Any]
) -> None:
    before = copy.deepcopy(PATIENT)

    with contextlib.suppress(RequestError):
        fhirpath_patch.apply(patch(operation(kind, path=path, **parts)), PATIENT)

    assert before == PATIENT
