"""Where a FHIRPath expression points in a JSON text."""

from __future__ import annotations

import pytest
from hearth_server.fhir import positions

TEXT = b"""{
  "resourceType": "Patient",
  "name": [
    {"family": "\xc3\xa4", "given": ["A", "B"]}
  ],
  "birthDate": "1970",
  "_birthDate": {"extension": [{"url": "x", "valueString": "y"}]},
  "deceasedBoolean": true
}"""


@pytest.mark.parametrize(
    ("expression", "line", "column"),
    [
        ("Patient", 1, 1),
        ("Patient.name", 3, 11),
        ("Patient.name[0].given[1]", 4, 36),
        ("Patient.birthDate", 6, 16),
        ("Patient.birthDate.extension[0].value", 7, 60),
        ("Patient.deceased", 8, 22),
        ("Patient.name[0].period.start", 4, 5),
        ("Patient.gender", 1, 1),
    ],
)
def test_an_expression_is_found_or_what_stands_around_it(expression, line, column):
    offset = positions.find(positions.outline(TEXT), expression)

    assert positions.line_and_column(TEXT, offset) == (line, column)


def test_the_first_name_that_repeats_is_found():
    text = b'{"a": {"b": 1}, "b": [{"c": 1, "c": 2}]}'

    assert positions.duplicate(text) == text.rindex(b'"c"')
