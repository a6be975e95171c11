"""The functions: the table of names, and answers that HL7's suite does not ask for."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from hearth_server.fhir import fhirpath
from hearth_server.fhir.definitions import release
from hearth_server.fhir.fhirpath import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.functions import THEMES, function


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_the_table_names_exactly_the_functions_of_each_module(theme: str) -> None:
    module = import_module(f"hearth_server.fhir.fhirpath.functions.{theme}")

    assert sorted(THEMES[theme]) == sorted(module.FUNCTIONS)
    assert function(THEMES[theme][0]) is module.FUNCTIONS[THEMES[theme][0]]


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("(1 | 2 | 3).sum()", [6]),
        ("(1 | 2).avg()", [Decimal("1.5")]),
        ("(3 | 1 | 2).min()", [1]),
        ("('a' | 'c' | 'b').max()", ["c"]),
        ("{}.sum()", []),
        ("{}.coalesce({}, 'a', 'b')", ["a"]),
        ("'a-b-c'.lastIndexOf('-')", [3]),
        ("'abc'.split('')", ["a", "b", "c"]),
        ("(true | false).allTrue()", [False]),
        ("(true | false).anyTrue()", [True]),
        ("(true | false).anyFalse()", [True]),
        ("false.allFalse()", [True]),
        ("'5 days'.toQuantity() = 5 days", [True]),
        ("'x'.toQuantity()", []),
        ("'T'.toBoolean()", [True]),
        ("1.0.toBoolean()", [True]),
        ("'1'.toLong()", [1]),
        ("@2015-02-04T10:00Z.toDate() = @2015-02-04", [True]),
        ("@2015.toDateTime() is DateTime", [True]),
        ("'10:00'.toTime() = @T10:00", [True]),
        ("(1 | 'a' | 1.0 | true).count()", [3]),
        ("(1 'g' | 1000 'mg' | 1 'm').count()", [2]),
        ("(@2015-01-01T00:00Z | @2015-01-01T01:00+01:00).count()", [1]),
        ("3 'm' + 3 'cm' = 303 'cm'", [True]),
        ("1 'm' + 1 's'", []),
        ("2 * 3 'g' = 6 'g'", [True]),
        ("98.6 '[degF]' = 37 'Cel'", [True]),
        ("1 year = 12 months", [True]),
        ("1 month = 30 days", []),
        ("@2016-02-29 + 1 year = @2017-02-28", [True]),
        ("@2014 + 24 months = @2016", [True]),
        ("@T23:30 + 45 minutes = @T00:15", [True]),
        ("@9999-12-31 + 1 day", []),
        ("@2015-01-01T00:00:00Z - 1 second = @2014-12-31T23:59:59Z", [True]),
        ("@2012-04-15 < @2012-04-20T10:00:00Z", [True]),
        ("@2012-04-15T23:00:00 < @2012-04-16T01:00:00Z", []),
        ("7 mod -2", [1]),
        ("-7 div 2", [-3]),
        ("9223372036854775807 + 1", []),
        ("10.power(400)", []),
        ("1.exp().ln().round(10) = 1", [True]),
        ("'YQ=='.decode('base64')", ["a"]),
        ("'%%'.decode('hex')", []),
        ("@2014-02.highBoundary() = @2014-02-28", [True]),
        ("@2014.lowBoundary(17)", []),
        ("1 'cm'.comparable(1 'm')", [True]),
        ("(3 | 1 | 2).sort(-$this)", [3, 2, 1]),
        ("'Abc  d' ~ ' aBC D'", [True]),
        ("1.10 ~ 1.12", [True]),
        ("1.11 ~ 1.12", [False]),
    ],
)
def test_a_function_answers(expression: str, answer: list[Any]) -> None:
    assert fhirpath.compile(expression)({"resourceType": "Basic"}) == answer


@pytest.mark.parametrize(
    "expression",
    [
        "(1 | 2).abs()", "'a'.abs()", "1 + 'a'", "'a' < 1", "(1 | 'a').sort()", "(1 | 2) > 1",
        "'a'.encode('rot13')", "@2015 + 1 'kg'", "@2015 + 1", "'a'.precision()", "iif(1, 2)",
        "(1 | 2).toString()", "(1 | 2) in (1 | 2)", "-'a'", "1.round(-1)", "1.length()",
        "1.comparable(2)", "(1 | 2).single()", "('a' | true).allTrue()",
    ],
)  # fmt: skip
def test_what_the_specification_makes_an_error_is_one(expression: str) -> None:
    with pytest.raises(FHIRPathEvaluationError):
        fhirpath.compile(expression)({"resourceType": "Basic"})


def test_every_invariant_of_the_release_compiles() -> None:
    known = release()
    expressions = set()
    waiting = sorted(known.resource_types())
    seen = set(waiting)
    while waiting:
        kind = known.type(waiting.pop())
        assert kind is not None
        rules = [*kind.rules, *(rule for each in kind.elements.values() for rule in each.rules)]
        expressions |= {rule.expression for rule in rules if rule.expression}
        fresh = {each.type for each in kind.properties.values()} - seen
        seen |= fresh
        waiting += fresh

    for expression in expressions:
        fhirpath.compile(expression)

    assert len(expressions) > 180


def test_a_cold_start_loads_no_function_that_it_does_not_call() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import sys, hearth_server.fhir.fhirpath as f\n"
         "f.compile('name.exists()')\nprint(*sys.modules)"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip

    loaded = [name for name in ended.stdout.split() if ".fhirpath.functions." in name]

    assert loaded == ["hearth_server.fhir.fhirpath.functions.types"]
