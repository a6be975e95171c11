"""JSON Patch as RFC 6902 has it, with limits."""

from __future__ import annotations

import contextlib
import copy
from decimal import Decimal
from typing import Any

import pytest
from hearth_server.errors import InvalidRequest, RequestError, TooLarge, Unprocessable
from hearth_server.fhir.patch import json_patch
from hearth_server.fhir.patch.copies import without_empty
from hypothesis import given
from hypothesis import strategies as st

DOCUMENT: dict[str, Any] = {"a": [1, {"b": "c"}], "": 0, "d": {"e": Decimal("1.50")}, "x/y~": True}


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ({"op": "add", "path": "/a/-", "value": 2}, {"a": [1, {"b": "c"}, 2]}),
        ({"op": "add", "path": "/a/2", "value": 2}, {"a": [1, {"b": "c"}, 2]}),
        ({"op": "add", "path": "/d/e", "value": None}, {"d": {"e": None}}),
        ({"op": "remove", "path": "/a/0"}, {"a": [{"b": "c"}]}),
        ({"op": "replace", "path": "/", "value": 5}, {"": 5}),
        ({"op": "replace", "path": "/x~1y~0", "value": 5}, {"x/y~": 5}),
        (
            {"op": "move", "from": "/d", "path": "/a/0"},
            {"a": [{"e": Decimal("1.50")}, 1, {"b": "c"}], "d": ...},
        ),
        ({"op": "move", "from": "/d", "path": "/d"}, {}),
        ({"op": "copy", "from": "/a/1/b", "path": "/z"}, {"z": "c"}),
        ({"op": "test", "path": "/d/e", "value": Decimal("1.5")}, {}),
        ({"op": "test", "path": "/a/0", "value": Decimal("1.0")}, {}),
        ({"op": "test", "path": "/a", "value": [1, {"b": "c"}], "comment": 1}, {}),
    ],
)  # fmt: skip
def test_an_operation_does_what_the_rfc_says(operation: dict[str, Any], result: Any) -> None:
    before = copy.deepcopy(DOCUMENT)

    after = json_patch.apply([operation], DOCUMENT)

    expected = {name: value for name, value in (DOCUMENT | result).items() if value is not ...}
    assert after == expected
    assert before == DOCUMENT


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        ({"op": "add", "path": "/a/3", "value": 1}, "the array has 2 items"),
        ({"op": "add", "path": "/a/01", "value": 1}, "'01' is no index of an array"),
        ({"op": "add", "path": "/q/b", "value": 1}, "there is no 'q'"),
        ({"op": "add", "path": "/a/0/b", "value": 1}, "is neither object nor array"),
        ({"op": "remove", "path": "/q"}, "there is no 'q'"),
        ({"op": "remove", "path": ""}, "the whole resource cannot be taken away"),
        ({"op": "remove", "path": "/a/-"}, "'-' is no index of an array"),
        ({"op": "replace", "path": "/a/2", "value": 1}, "the array has 2 items"),
        ({"op": "move", "from": "/q", "path": "/z"}, "there is no 'q'"),
        ({"op": "test", "path": "/a/0", "value": True}, "the value is another one"),
        ({"op": "test", "path": "/d", "value": {}}, "the value is another one"),
    ],
)
def test_an_operation_that_does_not_fit_is_refused(operation: dict[str, Any], problem: str) -> None:
    with pytest.raises(Unprocessable, match=r"^Operation 0 ") as caught:
        json_patch.apply([operation], DOCUMENT)

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "patch",
    [
        {},
        [1],
        [{"path": "/a"}],
        [{"op": "mend", "path": "/a"}],
        [{"op": ["add"], "path": "/a"}],
        [{"op": "add", "path": "/a"}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "add", "path": "/~2", "value": 1}],
        [{"op": "add", "value": 1}],
        [{"op": "move", "path": "/a"}],
        [{"op": "move", "from": "/a", "path": "/a/0"}],
        [{"op": "remove", "path": "/a"}] * 1001,
    ],
)
def test_what_is_no_json_patch_is_refused(patch: Any) -> None:
    with pytest.raises(InvalidRequest):
        json_patch.apply(patch, DOCUMENT)


def test_copies_of_copies_end_before_the_memory_does() -> None:
    doubling = [{"op": "copy", "from": "/a", "path": "/a/-"}] * 100

    with pytest.raises(TooLarge):
        json_patch.apply(doubling, DOCUMENT)


def test_nesting_without_end_is_refused() -> None:
    deeper = {"op": "move", "from": "/a", "path": "/b/c"}
    wrap = {"op": "add", "path": "/b", "value": {}}
    back = {"op": "move", "from": "/b", "path": "/a"}

    with pytest.raises(Unprocessable, match="too deep"):
        json_patch.apply([wrap, deeper, back] * 300, DOCUMENT)


def test_what_a_removal_leaves_empty_can_be_taken_out_for_fhir() -> None:
    left = {"name": [], "x": {"y": [{}]}, "given": [None, "a"], "_given": [None], "z": 0}

    assert without_empty(left) == {"given": [None, "a"], "z": 0}


_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
_pointers = st.lists(
    st.sampled_from(["", "a", "b", "~0", "~1", "0", "1", "-", "00"]), max_size=3
).map(lambda steps: "".join(f"/{step}" for step in steps))
_operations = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
        "path": _pointers,
    },
    optional={"from": _pointers, "value": _values},
)


@given(_values, st.lists(_operations, max_size=4))
def test_any_patch_is_done_or_refused_and_the_input_stays(
    document: Any, patch: list[dict[str, Any]]
) -> None:
    before = copy.deepcopy(document)

    with contextlib.suppress(RequestError):
        json_patch.apply(patch, document)

    assert document == before


@given(_values, st.text("ab/~", max_size=2))
def test_what_is_added_and_removed_again_leaves_the_document_as_it_was(
    value: Any, name: str
) -> None:
    pointer = "/new" + name.replace("~", "~0").replace("/", "~1")
    steps = [
        {"op": "add", "path": pointer, "value": value},
        {"op": "test", "path": pointer, "value": value},
        {"op": "remove", "path": pointer},
    ]

    assert json_patch.apply(steps, DOCUMENT) == DOCUMENT
