"""Short ways to write a resource and what a validator says of it."""

from __future__ import annotations

from functools import cache
from typing import Any

from hearth_server.validation.open import TableValidator, open_validator

OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">Heart rate</div>',
    },
}
PATIENT = {"resourceType": "Patient", "text": OBSERVATION["text"]}


@cache
def validator(level: str) -> TableValidator:
    """Return the one validator of a level that all tests share."""
    return open_validator(level)


def errors(resource: Any, level: str = "full") -> list[str]:
    """Return the text of every error, in the order found."""
    issues = validator(level).validate(resource)
    return [issue.text for issue in issues if issue.severity == "error"]


def patient(**elements: Any) -> dict[str, Any]:
    """Return a valid Patient with these elements beside."""
    return {**PATIENT, **elements}


def observation(**elements: Any) -> dict[str, Any]:
    """Return a valid Observation with these elements beside or instead."""
    return {**OBSERVATION, **elements}
