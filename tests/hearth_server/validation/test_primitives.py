"""The form and the value of each primitive type."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hearth_server.fhir.definitions import release
from hearth_server.validation.primitives import primitive_check
from hearth_server.validation.scope import Scope

UUID = "6e8bc430-9c3a-11d9-9669-0800200c9a66"

RIGHT = {
    "boolean": [True, False],
    "integer": [0, -(2**31), 2**31 - 1],
    "positiveInt": [1],
    "unsignedInt": [0],
    "decimal": [1, -1, Decimal("1.50"), Decimal("1E-22"), 10**20],
    "string": ["a", "ä\n\t x", " a", "\u200b", "\U0001f600"],
    "markdown": ["# a\r\n\n* b"],
    "code": ["a", "a b", "a-b", "<="],
    "id": ["a", "A-1.b", "x" * 64],
    "uri": ["http://example.org/a?b#c", "urn:oid:1.2", "a", "http://example.org/ä"],
    "url": ["https://example.org"],
    "canonical": ["http://example.org/x|1.0", "#a"],
    "oid": ["urn:oid:1.2.840.0.1"],
    "uuid": [f"urn:uuid:{UUID}"],
    "date": ["2024", "2024-02", "2024-02-29", "0001-01-01"],
    "dateTime": ["2024", "2024-02-29T23:59:59Z", "2024-02-29T00:00:00.123456+14:00", "2024-02"],
    "instant": ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.1-05:00", "2016-12-31T23:59:60Z"],
    "time": ["12:30:00", "23:59:60", "00:00:00.123"],
    "base64Binary": ["YQ==", "YWJj", "YWJj\nYWJj", " YWJj "],
}
WRONG = {
    "boolean": ["true", 1, 0, None, "yes"],
    "integer": ["1", Decimal("1.0"), 2**31, -(2**31) - 1, True],
    "positiveInt": [0, -1, "1"],
    "unsignedInt": [-1, 2**31],
    "decimal": ["1.0", True, None, Decimal("1E+999999")],
    "string": ["", " ", "\n", "a\x00b", "\x0b", 1, None, [], {}, "x" * 1_048_577],
    "markdown": ["", "\x08"],
    "code": ["", " a", "a ", "a  b", "\t", 1],
    "id": ["", "a_b", "a b", "x" * 65, "ä", 1],
    "uri": [
        "urn:oid:1.02",
        f"urn:uuid:{UUID.upper()}",
        "",
        "a b",
        "http://example.org/ a",
        "\n",
        1,
    ],
    "url": ["http://example.org/a b"],
    "canonical": ["a b"],
    "oid": ["1.2.3", "urn:oid:3.1", "urn:oid:01.2"],
    "uuid": [
        "6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "urn:uuid:6E8BC430-9C3A-11D9-9669-0800200C9A66",
    ],
    "date": [
        "24",
        "2024-2-9",
        "2023-02-29",
        "2024-13",
        "2024-00-01",
        "2024-04-31",
        "0000",
        "2024-02-29T00:00:00Z",
    ],
    "dateTime": [
        "2024-02-29T12:00Z",
        "2024-02-29T12:00:00",
        "2024-02-30T12:00:00Z",
        "2024-02-29 12:00:00Z",
        "2024-02-29T24:00:00Z",
    ],
    "instant": ["2024-02-29", "2024-02-29T12:00:00", "2023-02-29T12:00:00Z"],
    "time": ["12:30", "24:00:00", "12:30:00Z", "1:00:00"],
    "base64Binary": ["", "@@@", "YQ=", "YQ===", "ä", "a", 1, "YW Jj"],
}


def _cases(table):
    return [
        pytest.param(name, value, id=f"{name}-{index}")
        for name, values in table.items()
        for index, value in enumerate(values)
    ]


@pytest.mark.parametrize(("name", "value"), _cases(RIGHT))
def test_a_right_value_passes(name, value):
    """R-JSON-4, R-JSON-5."""
    assert primitive_check(release(), name)(value, Scope({})) is None


@pytest.mark.parametrize(("name", "value"), _cases(WRONG))
def test_a_wrong_value_is_told(name, value):
    """R-JSON-2, R-JSON-4, R-JSON-5."""
    problems = primitive_check(release(), name)(value, Scope({}))

    assert problems is not None
    assert len(problems) == 1


def test_every_primitive_type_of_the_release_has_cases_here():
    names = release()._listing.types
    primitives = {name for name in names if release().kind(name) == "primitive-type"}

    assert primitives - {"xhtml"} == set(RIGHT) == set(WRONG)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "date",
            "2024-2-9",
            "is '2024-2-9'; it must be a date, such as 2024, 2024-02 or 2024-02-29",
        ),
        ("date", "2023-02-29", "is '2023-02-29'; there is no such day"),
        ("positiveInt", 0, "is 0; it must be 1 to 2147483647"),
        ("integer", Decimal("1.0"), "must be a whole number, not the number 1.0"),
        ("boolean", "true", "must be true or false, not the string 'true'"),
        ("string", "a\x00", "holds the control character U+0000"),
        ("uri", "a b", "is 'a b'; a URI holds no space"),
    ],
)
def test_a_wrong_value_is_explained(name, value, text):
    (problem,) = primitive_check(release(), name)(value, Scope({}))

    assert problem.text == text


LIMIT = 1_048_576


@pytest.mark.parametrize("name", ["string", "markdown", "uri", "url", "canonical"])
def test_a_text_has_at_most_a_megabyte_of_characters(name):
    """R-JSON-4: 1,048,576 characters, whatever they take in UTF-8."""
    longest = "http://example.org/".ljust(LIMIT, "a")
    check = primitive_check(release(), name)

    (problem,) = check(longest + "a", Scope({}))

    assert check(longest, Scope({})) is None
    assert (problem.code, problem.text) == (
        "too-long",
        "has 1048577 characters; at most 1048576 are allowed",
    )


def test_characters_are_counted_and_not_bytes():
    assert primitive_check(release(), "string")("ä" * LIMIT, Scope({})) is None
    assert primitive_check(release(), "string")("ä" * LIMIT + "b", Scope({})) is not None


def test_markup_and_base64_may_be_longer():
    """Only the size of a body bounds them."""
    markup = f'<div xmlns="http://www.w3.org/1999/xhtml">{"a" * LIMIT}</div>'

    assert primitive_check(release(), "xhtml")(markup, Scope({})) is None
    assert primitive_check(release(), "base64Binary")("QUJD" * (LIMIT // 3), Scope({})) is None


def test_a_long_value_is_repeated_only_in_part():
    (problem,) = primitive_check(release(), "id")("x" * 5000, Scope({}))

    assert len(problem.text) < 150
