"""Property paths, as `ignoreChanges` and `replaceOnChanges` write them."""

from __future__ import annotations

from typing import Any

import pytest
from hearth_local.engine.paths import covers, keep_ignored, parse
from hypothesis import given
from hypothesis import strategies as st

_NAMES = st.text(st.characters(exclude_characters='.[]"*\\', exclude_categories=["Cs"]), min_size=1)
_STEPS = st.lists(_NAMES | st.integers(0, 99), min_size=1)


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('tags["a.b"]', ("tags", "a.b")),
        ('["a\\"b"]', ('a"b',)),
        ("rules[*].x", ("rules", "*", "x")),
        ("*", ("*",)),
    ],
)
def test_a_path_is_read_as_its_steps(path: str, steps: tuple[str | int, ...]) -> None:
    assert parse(path) == steps


@given(_STEPS)
def test_steps_that_are_written_as_a_path_are_read_again(steps: list[str | int]) -> None:
    path = "".join(f"[{each}]" if isinstance(each, int) else f'["{each}"]' for each in steps)

    assert parse(path) == tuple(steps)


@pytest.mark.parametrize("path", ["a[", "a[x]", "a]", ".", "[]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not a property path"):
        parse(path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a", "a", True),
        ("a", "a.b", True),
        ("a.b", "a", True),
        ("a.b", "a.c", False),
        ("*", "anything[0]", True),
        ("a[*].b", "a[3].b", True),
        ("a[*].b", "a[3].c", False),
    ],
)
def test_a_pattern_covers_what_lies_at_in_or_around_it(
    pattern: str, path: str, expected: bool
) -> None:
    assert covers(pattern, path) is expected


@pytest.mark.parametrize(
    ("olds", "news", "path", "expected"),
    [
        pytest.param({"a": 1}, {"a": 2, "b": 2}, "a", {"a": 1, "b": 2}, id="changed"),
        pytest.param({}, {"a": 2}, "a", {}, id="added"),
        pytest.param({"a": 1}, {}, "a", {"a": 1}, id="removed"),
        pytest.param(
            {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, "a.b", {"a": {"b": 1, "c": 3}}, id="in"
        ),
        pytest.param({"a": [1, 2]}, {"a": [8, 9]}, "a[1]", {"a": [8, 2]}, id="position"),
        pytest.param({"a": [1]}, {"a": [8, 9]}, "a[*]", {"a": [1, 9]}, id="all-positions"),
        pytest.param({"a": 1, "b": 1}, {"a": 2, "c": 2}, "*", {"a": 1, "b": 1}, id="everything"),
        pytest.param({"a": 1}, {"a": {"b": 2}}, "a.b", {"a": {"b": 2}}, id="another-kind"),
    ],
)
def test_an_ignored_path_keeps_its_old_value(
    olds: dict[str, Any], news: dict[str, Any], path: str, expected: dict[str, Any]
) -> None:
    assert keep_ignored(olds, news, [path]) == expected
