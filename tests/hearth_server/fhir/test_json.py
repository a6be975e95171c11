"""FHIR's JSON: digits and text survive, what could be read two ways is refused."""

from __future__ import annotations

import json as stdlib
import time
from decimal import Decimal

import pytest
from hearth_server.errors import Issue, Malformed, TooLarge
from hearth_server.fhir import json
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "number",
    [
        *("1.50", "1E-22", "12345678901234567890.1234567890", "0.00000001", "1e5", "1E5", "1e+5"),
        *("-0.0", "100", "-9223372036854775809", "123456789012345678901234567890", "1E400"),
    ],
)
def test_a_number_keeps_its_exact_digits(number):
    """R-JSON-4: decimals keep their precision."""
    assert json.encode(json.parse(number.encode())) == number.encode()


def test_names_keep_the_order_of_the_client():
    body = b'{"b":1,"a":{"d":2.0,"c":[]}}'

    assert json.encode(json.parse(body)) == body


def test_a_decimal_is_a_decimal_whatever_its_form():
    assert json.parse(b"[1e5,0.5]") == [Decimal("1E+5"), Decimal("0.5")]


def test_a_byte_order_mark_is_skipped():
    assert json.parse(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_a_surrogate_pair_is_one_character():
    assert json.parse(rb'"\ud83d\ude00"') == "\U0001f600"


@pytest.mark.parametrize(
    ("body", "line", "column", "text"),
    [
        pytest.param(b'{"a":1,\n"a":2}', 2, 1, "The name 'a' stands twice", id="twice"),
        pytest.param(b'{"a":1, "\\u0061":2}', 1, 9, "The name 'a' stands", id="twice-escaped"),
        pytest.param(b'{"a":":","a":"\\u003a"}', 1, 10, "The name 'a' stands", id="twice-colon"),
        pytest.param(b'[[{"b":{"a":1,"a":1}}]]', 1, 15, "The name 'a' stands", id="twice-deep"),
        pytest.param(b'{"a":"\xff"}', 1, 7, "The body is not UTF-8", id="byte"),
        pytest.param(b'"\xed\xa0\x80"', 1, 2, "The body is not UTF-8", id="raw-surrogate"),
        pytest.param(b'"\xc0\x80"', 1, 2, "The body is not UTF-8", id="overlong"),
        pytest.param(rb'"\ud800"', 1, 2, "A string holds half of a surrogate", id="lone-high"),
        pytest.param(rb'"\\ \udc00"', 1, 5, "A string holds half of a surrogate", id="lone-low"),
        pytest.param(rb'"\ud800\u0041"', 1, 2, "A string holds half of a", id="broken-pair"),
        pytest.param(b'{"a":NaN}', 1, 6, "The body is not JSON: invalid character", id="nan"),
        pytest.param(b"[Infinity]", 1, 2, "The body is not JSON: invalid char", id="infinity"),
        pytest.param(b"[-Infinity]", 1, 3, "The body is not JSON: invalid", id="minus-infinity"),
        pytest.param(b"[1,\n 01]", 2, 3, "The body is not JSON: invalid number", id="zero"),
        pytest.param(b'{"a":1,}', 1, 8, "The body is not JSON: trailing comma", id="comma"),
        pytest.param(b"{} {}", 1, 5, "The body is not JSON: trailing char", id="two-values"),
        pytest.param(b'{"a": "b', 1, 9, "The body is not JSON: it ends too early", id="truncated"),
        pytest.param(b"// c\n{}", 1, 1, "The body is not JSON: invalid character", id="comment"),
        pytest.param(b'"\x00"', 1, 2, "The body is not JSON: invalid character", id="control"),
        pytest.param("['ä'".encode(), 1, 2, "The body is not JSON: invalid", id="apostrophe"),
    ],
)
def test_what_is_not_json_is_refused_at_its_line_and_column(body, line, column, text):
    with pytest.raises(Malformed, match=text) as refused:
        json.parse(body)

    message = str(refused.value)
    assert message.endswith(f"(line {line}, column {column}).")
    assert refused.value.issues == (Issue("error", "structure", message, None, line, column),)


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_body_is_called_empty(body):
    with pytest.raises(Malformed, match="The body is empty"):
        json.parse(body)


@pytest.mark.parametrize("number", [b"9" * 5000, b"1e99999999999999999999"])
def test_a_number_out_of_every_range_is_refused(number):
    with pytest.raises(Malformed, match="A number"):
        json.parse(number)


def test_sixty_four_levels_are_read_and_one_more_is_refused():
    assert json.parse(b'[{"a":' * 32 + b"1" + b"}]" * 32)
    with pytest.raises(Malformed, match="more than 64 levels deep"):
        json.parse(b'[{"a":' * 32 + b"[1]" + b"}]" * 32)


@pytest.mark.parametrize("text", ["[" * 500, "[]" * 500, "[" * 500 + "]" * 500, '\\"[' * 500])
def test_brackets_inside_strings_are_no_levels(text):
    body = f'[{{"a":"{text}","b":[{{}}]}}]'.encode()

    assert json.encode(json.parse(body)) == body


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_ten_megabytes_of_openings_are_refused_at_once(opening):
    body = opening * (10_000_000 // len(opening))
    start = time.process_time()

    with pytest.raises(Malformed, match="more than 64 levels deep"):
        json.parse(body)

    assert time.process_time() - start < 0.05


def test_a_name_twice_in_a_large_body_is_found_without_its_line():
    members = ",".join(f'"a{number}":1' for number in range(30_000))

    with pytest.raises(Malformed, match=r"The name 'a0' stands twice in one object\.$"):
        json.parse(f'{{{members},"a0":2}}'.encode())


def test_a_body_over_the_limit_is_too_large():
    with pytest.raises(TooLarge, match="at most 3 are read"):
        json.parse(b"[12]", limit=3)


trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=30,
)


@given(trees)
def test_whatever_is_encoded_is_read_back_the_same(tree):
    body = json.encode(tree)

    assert json.parse(body) == tree
    assert json.encode(json.parse(body)) == body
    assert json.stored(json.encode(tree)) == json.parse(json.encode(tree))


@given(trees, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_every_way_to_write_json_reads_the_same(tree, escaped, indent):
    text = stdlib.dumps(stdlib.loads(json.encode(tree)), ensure_ascii=escaped, indent=indent)

    assert json.parse(text.encode()) == stdlib.loads(text, parse_float=Decimal)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(body):
    try:
        value = json.parse(body)
    except Malformed:
        return
    assert json.parse(json.encode(value)) == value


NAMES = st.sampled_from(['"a"', '"b"', '"\\u0061"', '":"'])
pairs = st.deferred(
    lambda: (
        st.sampled_from(["1", '":"', '"\\u003a"', "[]"])
        | st.lists(
            st.tuples(st.sampled_from(['"a"', '"b"', '"\\u0061"', '":"']), pairs), max_size=4
        )
    )
)


def _written(value):
    if isinstance(value, str):
        return value
    return "{" + " , ".join(f"{name} : {_written(inner)}" for name, inner in value) + "}"


def _has_twins(value):
    if isinstance(value, str):
        return False
    names = [stdlib.loads(name) for name, _ in value]
    return len(set(names)) < len(names) or any(_has_twins(inner) for _, inner in value)


@given(pairs)
def test_a_name_twice_is_refused_however_it_is_written(value):
    """R-JSON-1: duplicate names are not allowed."""
    body = _written(value).encode()

    if _has_twins(value):
        with pytest.raises(Malformed, match="stands twice"):
            json.parse(body)
    else:
        assert json.parse(body) == stdlib.loads(body)
