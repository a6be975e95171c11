"""Issues get the line and column of what they are about, and only of that."""

from __future__ import annotations

import pytest
from hearth_server.errors import Issue
from hearth_server.validation.located import Located

TEXT = b"""{"resourceType": "Parameters",
 "parameter": [{"name": "resource", "resource":
  {"resourceType": "Patient",
   "gender": "foo"}}]}"""


def at(expression: str | None) -> Issue:
    return Issue("error", "value", "Wrong", expression)


@pytest.mark.parametrize(
    ("expression", "within", "place"),
    [
        ("Parameters.parameter[0].name", "", (2, 25)),
        ("Patient.gender", "Parameters.parameter[0].resource", (4, 14)),
        ("Patient", "Parameters.parameter[0].resource", (3, 3)),
        ("Resource", "Parameters.parameter[0].resource", (3, 3)),
        pytest.param("Patient.gender", "", (None, None), id="another-type"),
        pytest.param("http.mode", "", (None, None), id="a-parameter-of-the-url"),
        pytest.param(None, "", (None, None), id="nowhere"),
    ],
)
def test_an_issue_is_located_where_its_resource_stands(expression, within, place):
    (issue,) = Located(TEXT).of([at(expression)], within)

    assert (issue.line, issue.column) == place


def test_lines_are_counted_from_the_one_in_which_a_text_starts():
    issues = [at("Parameters.parameter"), Issue("error", "structure", "Twice", line=2, column=3)]

    found = Located(TEXT).of(issues, first_line=10)

    assert [(issue.line, issue.column) for issue in found] == [(11, 15), (11, 3)]


def test_a_large_text_is_not_searched():
    assert Located(TEXT, largest=10).of([at("Parameters")]) == [at("Parameters")]


def test_a_text_that_is_no_resource_is_not_searched():
    assert Located(b"a=1&b=[").of([at("Patient.gender")]) == [at("Patient.gender")]
