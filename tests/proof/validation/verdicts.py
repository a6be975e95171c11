"""What Hearth says of a body of JSON, whether or not it can be read."""

from __future__ import annotations

from functools import cache

from hearth_server.errors import HearthError, Issue
from hearth_server.fhir import json
from hearth_server.validation.open import TableValidator, open_validator

LEVEL = "profiles"
"""What HAPI judges too: profiles that are claimed, and codes of known systems anywhere."""


@cache
def hearth() -> TableValidator:
    """Return the validator that is compared, without any guide."""
    return open_validator(LEVEL, guides=[])


def errors(body: bytes) -> list[Issue]:
    """Return the errors that Hearth finds; what is no JSON is one."""
    try:
        resource = json.parse(body)
    except HearthError as error:
        return list(error.issues)
    if not isinstance(resource, dict):
        return [Issue("error", "structure", "A resource is a JSON object.")]
    return [issue for issue in hearth().validate(resource) if issue.severity == "error"]
