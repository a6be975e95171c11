"""UCUM: which units measure the same, and how they convert."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hearth_server.fhir import ucum
from hearth_server.fhir.ucum import units
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("kg", "g", "1000"),
        ("mg/dL", "g/L", "0.01"),
        ("mmol/L", "mol/m3", "1"),
        ("10*3/uL", "10*9/L", "1"),
        ("mm[Hg]", "Pa", "133.322"),
        ("[lb_av]", "kg", "0.45359237"),
        ("[in_i]", "cm", "2.54"),
        ("wk", "d", "7"),
        ("{beats}/min", "/min", "1"),
        ("mL/min/{1.73_m2}", "mL/min", "1"),
        ("kg.m/s2", "N", "1"),
        ("(m.s)/(g)", "m.s/g", "1"),
        ("cm2", "m2", "0.0001"),
        ("m-1", "/m", "1"),
        ("%", "1", "0.01"),
        ("m[iU]/mL", "[IU]/L", "1"),
        ("MiBy", "By", "1048576"),
        ("cal", "J", "4.184"),
    ],
)
def test_units_of_one_dimension_convert(one: str, other: str, factor: str) -> None:
    left, right = ucum.unit(one), ucum.unit(other)
    assert left is not None
    assert right is not None

    ratio = (left.factor / right.factor).quantize(Decimal("1e-15"))

    assert left.dimension == right.dimension
    assert ratio == Decimal(factor)


def test_temperatures_convert_by_their_scales() -> None:
    fahrenheit, celsius = ucum.unit("[degF]"), ucum.unit("Cel")
    assert fahrenheit is not None
    assert celsius is not None

    body = fahrenheit.to_base(Decimal("98.6"))

    assert round(body, 20) == celsius.to_base(Decimal(37))


@pytest.mark.parametrize(
    ("one", "other"), [("g", "m"), ("mol", "1"), ("[iU]", "U"), ("m", "m2"), ("C", "Cel")]
)
def test_units_of_different_dimensions_do_not(one: str, other: str) -> None:
    left, right = ucum.unit(one), ucum.unit(other)
    assert left is not None
    assert right is not None

    assert left.dimension != right.dimension


@pytest.mark.parametrize(
    "code",
    ["", "x", "[s]", "m//s", "(m", "m)", "((((", "m99", "é", "kkg", "1" * 101, "mg dL", "-", "/0"],
)
def test_what_is_no_unit_is_not_known(code: str) -> None:
    assert ucum.unit(code) is None


def test_every_unit_of_the_table_is_defined_by_others_of_it() -> None:
    table = json.loads((Path(units.__file__).parent / "units.json").read_text())

    unknown = [code for kind in ("metric", "other") for code in table[kind] if not ucum.unit(code)]

    assert unknown == []


@given(st.text("mgLs/.()[]{}10*-+dcu", max_size=12))
def test_any_text_is_a_unit_or_not_known(code: str) -> None:
    found = ucum.unit(code)

    assert found is None or found.factor > 0
