"""The parser: HL7's grammar, its precedence, its errors, and the way back to text."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hearth_server.fhir.fhirpath import (
    FHIRPathError,
    FHIRPathLimitExceeded,
    FHIRPathSyntaxError,
    parse,
    unparse,
)
from hearth_server.fhir.fhirpath.ast import (
    Binary,
    Call,
    Expression,
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
from hearth_server.fhir.fhirpath.parser import CALENDAR_UNITS, PRECEDENCE
from hypothesis import given, settings
from hypothesis import strategies as st

A, B, C = (Member(None, name) for name in "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("{}", Literal("empty", None)),
        ("true", Literal("boolean", True)),
        ("12", Literal("integer", 12)),
        ("12L", Literal("long", 12)),
        ("1.50", Literal("decimal", Decimal("1.50"))),
        (r"'it\'s \u0041\n'", Literal("string", "it's A\n")),
        ("@2015", Literal("date", "2015")),
        ("@2015-02-04", Literal("date", "2015-02-04")),
        ("@2015T", Literal("dateTime", "2015T")),
        (
            "@2015-02-04T14:34:28.123+09:00",
            Literal("dateTime", "2015-02-04T14:34:28.123+09:00"),
        ),
        ("@T14:34", Literal("time", "T14:34")),
        ("4.5 'mg'", QuantityLiteral(Decimal("4.5"), "mg", False)),
        ("4 days", QuantityLiteral(Decimal(4), "days", True)),
        ("$this", Variable("this")),
        ("%resource", ExternalConstant("resource")),
        ("%`vs-x`", ExternalConstant("vs-x")),
        ("%'vs-x'", ExternalConstant("vs-x")),
        ("a.b", Member(A, "b")),
        ("a.`div`", Member(A, "div")),
        ("a.contains(b, c)", Call(A, "contains", (B, C))),
        ("today()", Call(None, "today", ())),
        ("a[b]", Indexer(A, B)),
        ("a // to the end\n /* and\n this */ .b", Member(A, "b")),
        ("a is System.String", TypeOperation("is", A, TypeName("System", "String"))),
        ("a is b.not()", Call(TypeOperation("is", A, TypeName(None, "b")), "not", ())),
        ("(a as b).c", Member(TypeOperation("as", A, TypeName(None, "b")), "c")),
        ("-a.b", Sign("-", Member(A, "b"))),
        ("a + b * c", Binary("+", A, Binary("*", B, C))),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a or b and c", Binary("or", A, Binary("and", B, C))),
        ("a implies b or c", Binary("implies", A, Binary("or", B, C))),
        ("a | b = c", Binary("=", Binary("|", A, B), C)),
        ("a in b = c", Binary("in", A, Binary("=", B, C))),
        ("a contains b", Binary("contains", A, B)),
        ("contains.in", Member(Member(None, "contains"), "in")),
    ],
)
def test_text_becomes_the_tree_of_the_grammar(text: str, tree: Expression) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("", "an expression is missing", 0),
        ("a.", "an identifier is missing before the end", 2),
        ("a b", "'b' after a complete expression", 2),
        ("a.b(c", "',' is missing before the end", 5),
        ("a[1", "']' is missing before the end", 3),
        ("a.b(,c)", "an expression is missing before ','", 4),
        ("'abc", "a string that does not end", 0),
        ("a and", "an expression is missing", 5),
        (r"'a\q'", "an escape that FHIRPath does not know", 2),
        ("@20", "a date or time that is not complete", 0),
        ("a # b", "a character that does not belong here", 2),
        ("$that", "a variable other than $this, $index and $total", 0),
        ("a /* b", "an expression is missing before '*'", 3),
    ],
)
def test_a_syntax_error_says_what_and_where(text: str, problem: str, position: int) -> None:
    with pytest.raises(FHIRPathSyntaxError) as caught:
        parse(text)

    assert (caught.value.problem, caught.value.position) == (problem, position)


@pytest.mark.parametrize(
    "text", ["(" * 61 + "a" + ")" * 61, "a" + ".b" * 200, "-" * 61 + "a", "a" * 50_001]
)
def test_what_is_too_deep_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(FHIRPathLimitExceeded):
        parse(text)


_names = st.one_of(
    st.sampled_from(["a", "is", "as", "in", "contains", "div", "Patient"]), st.text()
)
_literals = st.one_of(
    st.just(Literal("empty", None)),
    st.booleans().map(lambda value: Literal("boolean", value)),
    st.integers(0).map(lambda value: Literal("integer", value)),
    st.integers(0).map(lambda value: Literal("long", value)),
    st.from_regex(r"[0-9]{1,9}\.[0-9]{1,9}", fullmatch=True).map(
        lambda text: Literal("decimal", Decimal(text))
    ),
    st.text().map(lambda value: Literal("string", value)),
    st.sampled_from(["2015", "2015-02", "2015-02-04"]).map(lambda text: Literal("date", text)),
    st.sampled_from(["2015T", "2015-02-04T10:00Z"]).map(lambda text: Literal("dateTime", text)),
    st.sampled_from(["T10", "T10:00:00.000"]).map(lambda text: Literal("time", text)),
    st.builds(QuantityLiteral, st.integers(0, 99).map(Decimal), st.text(), st.just(False)),
    st.builds(
        QuantityLiteral,
        st.integers(0, 99).map(Decimal),
        st.sampled_from(sorted(CALENDAR_UNITS)),
        st.just(True),
    ),
    st.sampled_from(["this", "index", "total"]).map(Variable),
    st.builds(ExternalConstant, _names),
    st.builds(Member, st.none(), _names),
)
_types = st.builds(TypeName, st.one_of(st.none(), _names), _names)
_binary = sorted(set(PRECEDENCE) - {"is", "as"})
_trees = st.recursive(
    _literals,
    lambda inner: st.one_of(
        st.builds(Member, inner, _names),
        st.builds(
            Call, st.one_of(st.none(), inner), _names, st.lists(inner, max_size=3).map(tuple)
        ),
        st.builds(Indexer, inner, inner),
        st.builds(Sign, st.sampled_from("+-"), inner),
        st.builds(Binary, st.sampled_from(_binary), inner, inner),
        st.builds(TypeOperation, st.sampled_from(["is", "as"]), inner, _types),
    ),
    max_leaves=12,
)


@given(_trees)
def test_a_tree_written_as_text_parses_to_the_same_tree(tree: Expression) -> None:
    assert parse(unparse(tree)) == tree


_PIECES = r"""
a . ( ) [ ] { } , ' ` 1 1.0 @2015 @T1 % $this is as in contains and or implies - + * / | & = ~ !=
!~ < <= // /* */ \ \u00 'x' `y` System day mod div true
"""
_pieces = st.sampled_from([*_PIECES.split(), "\n"])


@given(st.one_of(st.text(), st.lists(_pieces).map(" ".join), st.lists(_pieces).map("".join)))
@settings(max_examples=300)
def test_any_text_is_parsed_or_refused_as_an_error_of_the_module(text: str) -> None:
    try:
        tree = parse(text)
    except FHIRPathError:
        return
    assert parse(unparse(tree)) == tree
