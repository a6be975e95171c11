"""Every error has a status, and every status its headers."""

from __future__ import annotations

import json
from importlib import import_module
from pkgutil import walk_packages

import hearth_server
import pytest
from hearth_server import errors
from hearth_server.errors import HearthError, Issue
from hearth_server.rest.outcome import STATUS, error_response, internal_error


def classes(root: type[HearthError]) -> set[type[HearthError]]:
    """Return a class and all below it."""
    return {root}.union(*(classes(each) for each in root.__subclasses__()))


def test_every_class_of_error_has_a_row():
    own = {each for each in classes(HearthError) if each.__module__ == errors.__name__}

    assert own == set(STATUS)


def test_every_error_of_another_part_is_one_of_these_more_closely_said():
    for module in walk_packages(hearth_server.__path__, "hearth_server."):
        if ".engines." not in module.name:
            import_module(module.name)
    vague = {HearthError, errors.RequestError, errors.ServiceError}

    named = {
        each: next(base for base in each.__mro__ if base in STATUS)
        for each in classes(HearthError) - set(STATUS)
    }

    assert {each: base for each, base in named.items() if base in vague} == {}


def test_an_issue_is_told_with_code_text_place_line_and_column():
    issue = Issue("error", "structure", "A comma is missing", "Patient.name", 3, 14)

    response = error_response(errors.Malformed("wrong", issues=[issue]))

    assert response.status == 400
    assert response.headers == {"Content-Type": "application/fhir+json;charset=utf-8"}
    assert json.loads(response.body) == {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "extension": [
                    {
                        "url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line",
                        "valueInteger": 3,
                    },
                    {
                        "url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col",
                        "valueInteger": 14,
                    },
                ],
                "severity": "error",
                "code": "structure",
                "details": {"text": "A comma is missing"},
                "expression": ["Patient.name"],
            }
        ],
    }


@pytest.mark.parametrize(
    ("error", "status", "name", "value"),
    [
        (errors.Unauthenticated("who?"), 401, "WWW-Authenticate", 'Bearer realm="hearth"'),
        (errors.MethodNotAllowed("no", allowed=["GET", "HEAD"]), 405, "Allow", "GET, HEAD"),
        (errors.Gone("gone", version=4), 410, "ETag", 'W/"4"'),
        (errors.Unavailable("busy", retry_after=7), 503, "Retry-After", "7"),
        (errors.TimeBudgetSpent("late"), 503, "Retry-After", "1"),
    ],
)
def test_some_errors_have_a_header_of_their_own(
    error: HearthError, status: int, name: str, value: str
):
    response = error_response(error)

    assert (response.status, response.headers[name]) == (status, value)


def test_an_internal_error_says_nothing_of_its_cause():
    assert json.loads(internal_error().body)["issue"] == [
        {
            "severity": "fatal",
            "code": "exception",
            "details": {
                "text": "The server failed. Its log has the details under this request's id."
            },
        }
    ]
