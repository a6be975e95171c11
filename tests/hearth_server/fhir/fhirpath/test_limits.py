"""No expression takes for ever, fills the memory or ends in an error that is not the module's."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal
from typing import Any

import pytest
from hearth_server.fhir import fhirpath
from hearth_server.fhir.fhirpath import Environment, FHIRPathError, FHIRPathLimitExceeded, unparse
from hearth_server.fhir.fhirpath.ast import (
    Binary,
    Call,
    ExternalConstant,
    Indexer,
    Literal,
    Member,
    QuantityLiteral,
    Sign,
    TypeName,
    TypeOperation,
    Variable,
)
from hearth_server.fhir.fhirpath.functions import THEMES
from hearth_server.fhir.fhirpath.parser import PRECEDENCE
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hearth_server.fhir.fhirpath.expressions import PATIENT

MANY: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": str(number), "given": ["a", "b"]} for number in range(5000)],
}


@pytest.mark.parametrize(
    "expression",
    [
        "name.where(%resource.name.given.count() > 3)",
        "name.select(%resource.descendants().count())",
        "name.select(name | %resource.name.given)",
        "name.all(%resource.name.exists(family = $this.family & 'x').not())",
        "'a'.repeat($this & 'a')",
        "1.repeat($this + 1)",
        "name.aggregate($total.combine(%resource.name), {})",
        "name.aggregate(($total | $this), {})",
        "(" + " | ".join(["name"] * 40) + ").where(name = %resource)",
        "name.sort(family).select(%resource.name.sort(family))",
        "'aaaaaaaaaa'" + ".replace('a', 'aaaaaaaaaaaaaaaaaaaa')" * 20,
        "name.select('x'" + " & 'y'" * 100 + ").join('" + "z" * 10_000 + "')",
        "name" + ".select($this.combine($this))" * 40,
        "name.select(given.matches('(a+)+$'))",
        "name.where(%resource ~ %resource)",
        "name.where(%resource.name.family.intersect(%resource.name.family).count() = 0)",
    ],
)
def test_an_expensive_expression_ends_soon(expression: str) -> None:
    before = time.process_time()

    with contextlib.suppress(FHIRPathError):
        fhirpath.compile(expression)(MANY, Environment(budget=50_000))

    assert time.process_time() - before < 3


def test_the_budget_is_for_one_evaluation_and_not_for_all() -> None:
    environment = Environment(budget=100)
    compiled = fhirpath.compile("name.given.where($this = 'Jim').count()")

    counts = [compiled(PATIENT, environment) for _ in range(50)]

    assert counts == [[1]] * 50


def test_what_the_budget_does_not_allow_is_an_error() -> None:
    with pytest.raises(FHIRPathLimitExceeded):
        fhirpath.compile("name.where(true)")(MANY, Environment(budget=100))


def test_a_number_with_thousands_of_digits_is_refused() -> None:
    with pytest.raises(FHIRPathLimitExceeded):
        fhirpath.parse("9" * 5000)


_functions = [name for names in THEMES.values() for name in names] + ["is", "as", "ofType"]
_names = st.sampled_from(
    ["name", "given", "family", "Patient", "birthDate", "deceased", "multipleBirth", "extension"]
)
_big = Decimal("1" + "0" * 390)
_leaves = st.one_of(
    st.builds(Member, st.none(), _names),
    st.sampled_from(["this", "index", "total"]).map(Variable),
    st.sampled_from(["resource", "context", "ucum", "x"]).map(ExternalConstant),
    st.sampled_from(
        [
            Literal("empty", None),
            Literal("boolean", True),
            Literal("integer", 0),
            Literal("integer", 3),
            Literal("integer", 10**300),
            Literal("decimal", Decimal("1.50")),
            Literal("decimal", _big + Decimal("0.1")),
            Literal("string", "Peter"),
            Literal("string", ""),
            Literal("string", "(a"),
            Literal("string", "base64"),
            Literal("string", "1 'mg'"),
            Literal("string", "2015-02-30"),
            Literal("date", "0001-01-01"),
            Literal("date", "9999-12"),
            Literal("dateTime", "2015-02-04T14:34:60.5+14:00"),
            Literal("dateTime", "0001-01-01T00:00:00Z"),
            Literal("time", "T23:59:59.999"),
            QuantityLiteral(_big, "mg", False),
            QuantityLiteral(_big, "years", True),
            QuantityLiteral(Decimal(0), "Cel", False),
            QuantityLiteral(Decimal(2), "weeks", True),
            QuantityLiteral(Decimal(3), "(", False),
            QuantityLiteral(Decimal("0.5"), "s", False),
        ]
    ),
)
_types = st.builds(TypeName, st.sampled_from([None, "FHIR", "System"]), st.sampled_from(
    ["Patient", "string", "String", "Quantity", "HumanName", "Any", "nothing"]))  # fmt: skip
_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(
            Call,
            st.one_of(st.none(), inner),
            st.sampled_from(_functions),
            st.lists(inner, max_size=2).map(tuple),
        ),
        st.builds(Member, inner, _names),
        st.builds(Binary, st.sampled_from(sorted(set(PRECEDENCE) - {"is", "as"})), inner, inner),
        st.builds(TypeOperation, st.sampled_from(["is", "as"]), inner, _types),
        st.builds(Indexer, inner, inner),
        st.builds(Sign, st.sampled_from("+-"), inner),
    ),
    max_leaves=8,
)


@given(_trees)
@settings(max_examples=600, deadline=None)
def test_any_expression_is_answered_or_refused_as_an_error_of_the_module(tree: Any) -> None:
    text = unparse(tree)
    before = time.process_time()

    with contextlib.suppress(FHIRPathError):
        fhirpath.compile(text)(PATIENT, Environment(budget=5000))

    assert time.process_time() - before < 2


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["resourceType", "id", "name", "_name", "given", "_given", "birthDate", "contained",
                 "_birthDate", "deceasedBoolean", "_deceasedBoolean", "extension", "value"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=10,
)  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [
        "hasValue() or (children().count() > id.count())",
        "Patient.name.given.select($this & 'x')",
        "birthDate < today()",
        "descendants().exists(extension('u').exists())",
        "contained.where(id = 'x').name.first().given = deceased",
        "name.given ~ name.family",
        "(name | contained | deceased).distinct().type().name",
        "contained.resolve() | name.resolve()",
        "extension.value.lowBoundary()",
    ],
)
@given(_json)
@settings(max_examples=60)
def test_json_that_is_no_valid_resource_is_answered_or_refused_too(
    expression: str, body: Any
) -> None:
    resource = {"resourceType": "Patient", "name": body, "contained": body, "birthDate": body}
    resource |= body if isinstance(body, dict) else {}

    with contextlib.suppress(FHIRPathError):
        fhirpath.compile(expression)(resource)
