"""Checks of inputs, whatever another language sends."""

from __future__ import annotations

from typing import Any

import pytest
from hearth_aws import InputError
from hearth_aws.inputs import whole
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(min_value=-(2**53), max_value=2**53), st.booleans())
def test_a_whole_number_is_one_also_as_a_float(number: int, as_float: bool) -> None:
    found = whole("days", float(number) if as_float else number, minimum=-(2**53))

    assert (found, type(found)) == (number, int)


@given(
    st.one_of(
        st.booleans(),
        st.none(),
        st.text(),
        st.lists(st.integers()),
        st.floats().filter(lambda number: not number.is_integer()),
    )
)
def test_anything_else_is_an_error_that_names_the_input(value: Any) -> None:
    with pytest.raises(InputError) as error:
        whole("days", value, minimum=0)

    assert error.value.input == "days"
    assert error.value.problem.endswith("allowed: a whole number, 0 or more")
