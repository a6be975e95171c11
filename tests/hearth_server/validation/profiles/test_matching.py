"""Fixed values and patterns."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hearth_server.validation.profiles.matching import has_pattern, is_fixed


@pytest.mark.parametrize(
    ("value", "fixed", "expected"),
    [
        ("a", "a", True),
        ("a", "A", False),
        (True, True, True),
        (1, True, False),
        (Decimal("1.50"), Decimal("1.5"), True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1, 2], [1], False),
    ],
)
def test_a_fixed_value_is_all_there_is(value, fixed, expected):
    assert is_fixed(value, fixed) is expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("a", "a", True),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"b": 2}, {"a": 1}, False),
        ([{"a": 1}, {"b": 2, "c": 3}], [{"b": 2}], True),
        ([{"a": 1}], [{"a": 1}, {"b": 2}], False),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [2]}}, True),
        ("a", {"a": 1}, False),
        ({"a": 1}, [1], False),
        (None, "a", False),
    ],
)
def test_a_pattern_may_have_more_beside_it(value, pattern, expected):
    assert has_pattern(value, pattern) is expected
