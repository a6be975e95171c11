"""Regular expressions: the two engines agree, and neither takes long."""

from __future__ import annotations

import re
import time

import pytest
from hearth_server.fhir.fhirpath import Environment, FHIRPathError, regular
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError, FHIRPathLimitExceeded
from hearth_server.fhir.fhirpath.regular.automaton import Automaton
from hearth_server.fhir.fhirpath.regular.syntax import read
from hypothesis import given, settings
from hypothesis import strategies as st

_atoms = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", r"\n", "^", "$", "[a-c1-3]", r"\.", "1", "é"]
)
_patterns = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@given(_patterns, st.lists(st.text("ab1.\né", max_size=8), min_size=1), st.booleans())
@settings(max_examples=300)
def test_the_automaton_finds_what_pythons_engine_finds(
    pattern: str, texts: list[str], whole: bool
) -> None:
    compiled = re.compile(pattern, re.DOTALL | re.ASCII)
    match = compiled.fullmatch if whole else compiled.search
    automaton = Automaton.of(read(pattern), whole=whole)
    assert automaton is not None

    found = [automaton.matches(text, lambda steps: None) for text in texts]

    assert found == [match(text) is not None for text in texts]


def test_a_pattern_is_kept_apart_for_the_whole_and_for_a_part() -> None:
    environment = Environment()
    pattern, text = "(a|ab)*c|(a|ab)+d", "ab" * 3000 + "d"

    answers = [regular.found(environment, pattern, f"x{text}", whole=whole)
               for whole in (False, True, False)]  # fmt: skip

    assert answers == [True, False, True]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 50_000 + "b"),
        ("(a|a)*b", "a" * 50_000),
        ("a*a*a*a*a*b", "a" * 50_000),
        ("(a|b|ab)*c", "ab" * 20_000),
        ("a?" * 40 + "a" * 40, "a" * 39),
        ("(a|a)" * 30 + "b", "a" * 60),
        ("(.*)(.*)(.*)(.*)(.*)x", "a" * 20_000),
        ("((a{0,15}){0,20}){0,2}b", "a" * 5000),
        ("[a-z]+[0-9]+[a-z]+$", "a1" * 20_000),
    ],
)
def test_a_pattern_that_would_take_for_ever_is_answered_in_time(pattern: str, text: str) -> None:
    before = time.process_time()

    assert regular.found(Environment(), pattern, text) is False

    assert time.process_time() - before < 2


@pytest.mark.parametrize("pattern", [r"(a+)+\b$", r"(?=(a+)+$)x", r"(a*)*\1", r"(a+)+(?!b)"])
def test_what_neither_engine_does_in_time_is_refused(pattern: str) -> None:
    with pytest.raises(FHIRPathLimitExceeded):
        regular.found(Environment(), pattern, "a" * 50 + "b")


@pytest.mark.parametrize(
    "pattern",
    ["(", "a)", "[a", "*a", "a**", r"\p{L}", r"a\Q", "(?i)a", "a{2000}", "[b-a]", "x" * 2001,
     "(" * 50 + ")" * 50, "[a-z&&[^b]]", "\\", r"\xZZ", "(?<name>a)", "[[:alpha:]]"],
)  # fmt: skip
def test_a_pattern_that_is_wrong_or_of_another_dialect_is_refused(pattern: str) -> None:
    with pytest.raises(FHIRPathEvaluationError):
        regular.found(Environment(), pattern, "abc")


@pytest.mark.parametrize(
    ("pattern", "by", "text", "result"),
    [
        ("(\\w+) (\\w+)", "$2 $1", "a b", "b a"),
        ("(?P<day>[0-9]+)", "<${day}>", "on 12", "on <12>"),
        ("a", r"\$1", "banana", "b$1n$1n$1"),
        ("", "x", "abc", "abc"),
    ],
)
def test_a_replacement_can_name_groups(pattern: str, by: str, text: str, result: str) -> None:
    assert regular.replaced(Environment(), pattern, by, text) == result


def test_a_replacement_that_grows_without_end_is_refused() -> None:
    with pytest.raises(FHIRPathLimitExceeded):
        regular.replaced(Environment(), "a", "b" * 10_000, "a" * 1000)


@given(st.text("ab1()[]{}|*+?\\.^$-,dw<>=!:P", max_size=25), st.text("ab1", max_size=20))
@settings(max_examples=500)
def test_any_pattern_is_answered_or_refused(pattern: str, text: str) -> None:
    environment = Environment(budget=100_000)
    try:
        found = regular.found(environment, pattern, text)
    except FHIRPathError:
        return
    assert found is (re.search(pattern, text, re.DOTALL | re.ASCII) is not None)
