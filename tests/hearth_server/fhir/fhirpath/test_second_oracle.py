"""Our answers compared with those of `fhirpathpy` on random expressions.

What it is known to answer otherwise is left out, each with the reason; where it raises an error
that is none by the specification, nothing can be compared.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from fhirpathpy import evaluate
from fhirpathpy.models import models
from hearth_server.fhir import fhirpath
from hearth_server.fhir.fhirpath import FHIRPathError, Item, Node

from tests.hearth_server.fhir.fhirpath.expressions import PATIENT, Expressions

COUNT = 150

_OVER_ITEMS = r"(where|all|select|repeat|exists)\("
DISAGREEMENTS = {
    rf"{_OVER_ITEMS}.*\.(combine|exclude|intersect|subsetOf)\(": (
        "fhirpathpy leaves $this at the last item behind a function that runs over items, and a "
        "later function's argument starts from there."
    ),
    rf"{_OVER_ITEMS}.*\|": "The same, for the right side of a union.",
    r" mod ": "fhirpathpy takes a negative remainder towards minus infinity, not towards 0.",
    r"@2015-02[^-].*\+10:00|\+10:00.*@2015-02[^-]": (
        "fhirpathpy has an answer where the day is known on one side only."
    ),
    r"\.not\(\)": "fhirpathpy makes false of not() on several items, which is an error.",
}
"""Patterns of expressions, and why they are not compared."""


@pytest.mark.parametrize("seed", range(2))
def test_both_engines_answer_alike(seed: int) -> None:
    expressions = Expressions(seed)
    texts = [expressions.any() for _ in range(COUNT)]
    compared = 0
    differences = {}
    for text in texts:
        if any(re.search(pattern, text) for pattern in DISAGREEMENTS):
            continue
        try:
            theirs = [_comparable(each) for each in evaluate(PATIENT, text, {}, models["r4"])]
        except Exception:  # noqa: BLE001 - whatever it raises is its own
            continue
        try:
            ours: Any = [_comparable(each) for each in fhirpath.compile(text)(PATIENT)]
        except FHIRPathError as error:
            ours = str(error)
        compared += 1
        if ours != theirs:
            differences[text] = (ours, theirs)

    assert differences == {}
    assert compared > COUNT / 4


def _comparable(item: Item | Any) -> Any:
    value = item.value if isinstance(item, Node) else item
    if isinstance(value, bool | str | dict | list):
        return value
    if isinstance(value, int | float | Decimal):
        return round(float(value), 6)
    return str(value)
