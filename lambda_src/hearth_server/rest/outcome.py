"""OperationOutcomes, and the only table from an error's class to its HTTP status.

https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hearth_server import errors
from hearth_server.errors import HearthError, Issue
from hearth_server.fhir import json
from hearth_server.rest.headers import etag
from hearth_server.rest.response import FHIR_JSON, Response

STATUS: Mapping[type[HearthError], int] = {
    errors.Malformed: 400,
    errors.InvalidResource: 400,
    errors.InvalidRequest: 400,
    errors.NotSupported: 400,
    errors.RequestError: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.UnknownPath: 404,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.NotAcceptable: 406,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.PreconditionFailed: 412,
    errors.MultipleMatches: 412,
    errors.TooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.Unprocessable: 422,
    errors.ServiceError: 500,
    errors.Unavailable: 503,
    errors.TimeBudgetSpent: 503,
    errors.HearthError: 500,
}

INTERNAL_ERROR = Issue(
    "fatal", "exception", "The server failed. Its log has the details under this request's id."
)

_LINE = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line"
_COLUMN = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col"


def status_of(error: HearthError) -> int:
    """Return the HTTP status of an error: the row of its class, or of the nearest base's."""
    return next(STATUS[each] for each in type(error).__mro__ if each in STATUS)


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """Return the issues as an OperationOutcome."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues]}


def error_response(error: HearthError) -> Response:
    """Return what a client is told of an error: status, headers, OperationOutcome."""
    headers = {"Content-Type": FHIR_JSON, **_headers(error)}
    body = json.encode(operation_outcome(error.issues))
    return Response(status_of(error), headers, body, is_outcome=True)


def internal_error() -> Response:
    """Return a 500 that says nothing of its cause."""
    body = json.encode(operation_outcome([INTERNAL_ERROR]))
    return Response(500, {"Content-Type": FHIR_JSON}, body, is_outcome=True)


def success(text: str) -> dict[str, Any]:
    """Return the OperationOutcome of something that worked."""
    return operation_outcome([Issue("information", "informational", text)])


def _headers(error: HearthError) -> dict[str, str]:
    match error:
        case errors.Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="hearth"'}
        case errors.MethodNotAllowed(allowed=allowed):
            return {"Allow": ", ".join(allowed)}
        case errors.Unavailable(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case errors.Gone(version=version):
            return {"ETag": etag(version)}
    return {}


def _issue(issue: Issue) -> dict[str, Any]:
    said: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"text": issue.text},
    }
    if issue.expression is not None:
        said["expression"] = [issue.expression]
    position = [
        {"url": url, "valueInteger": number}
        for url, number in ((_LINE, issue.line), (_COLUMN, issue.column))
        if number is not None
    ]
    return {"extension": position, **said} if position else said
