"""Differences between old and new inputs."""

from __future__ import annotations

from typing import Any

import pytest
from hearth_local.provider.changes import Change, changes, same
from hearth_local.provider.values import UNKNOWN, Archive, Secret
from hypothesis import given, settings
from hypothesis import strategies as st

plain = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), plain, max_size=4))
def test_equal_inputs_are_no_change(inputs: dict[str, Any]) -> None:
    """Whatever they hold."""
    assert changes(inputs, inputs, set()) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        pytest.param({"a": 1}, {"a": 2}, [("a", "update")], id="changed"),
        pytest.param({}, {"a": 1}, [("a", "add")], id="added"),
        pytest.param({"a": 1}, {}, [("a", "delete")], id="removed"),
        pytest.param({}, {"a": {"b": 1}}, [("a.b", "add")], id="an object added"),
        pytest.param({"a": [1, 2]}, {"a": [1]}, [("a[1]", "delete")], id="a shorter list"),
        pytest.param(
            {"a": {"x.y": 1}}, {"a": {"x.y": 2}}, [('a["x.y"]', "update")], id="a dotted key"
        ),
        pytest.param({"a": []}, {}, [], id="empty is missing"),
        pytest.param({"a": Secret("x")}, {"a": "x"}, [], id="secrecy is not a value"),
        pytest.param({"a": '{"x": 1}'}, {"a": '{"x":1}'}, [], id="the same JSON"),
        pytest.param({"a": "5"}, {"a": 5}, [], id="a number as text"),
        pytest.param({"a": 1}, {"a": UNKNOWN}, [("a", "update")], id="not known yet"),
        pytest.param({"a": True}, {"a": False}, [("a", "update")], id="a switch"),
        pytest.param({"__defaults": ["a"]}, {"__defaults": []}, [], id="our own marks"),
        pytest.param(
            {"a": Archive("path", "x", "1")}, {"a": Archive("path", "y", "1")}, [], id="moved code"
        ),
        pytest.param(
            {"a": Archive("path", "x", "1")},
            {"a": Archive("path", "x", "2")},
            [("a", "update")],
            id="changed code",
        ),
    ],
)
def test_a_difference_has_a_path_and_a_kind(
    old: dict[str, Any], new: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    """In Pulumi's own notation of property paths."""
    assert [(change.path, change.kind) for change in changes(old, new, set())] == found


def test_a_rule_names_an_input_or_a_path_inside_one() -> None:
    """Indexes do not count."""
    old = {"hashKey": "a", "rules": [{"id": "x", "days": 1}]}
    new = {"hashKey": "b", "rules": [{"id": "y", "days": 2}]}

    assert changes(old, new, {"hashKey", "rules.id"}) == [
        Change("hashKey", "update", replaces=True),
        Change("rules[0].id", "update", replaces=True),
        Change("rules[0].days", "update", replaces=False),
    ]


def test_same_is_what_no_change_is() -> None:
    """For one value."""
    assert same({"a": [1]}, {"a": [1], "b": []})
    assert not same({"a": [1]}, {"a": [2]})
