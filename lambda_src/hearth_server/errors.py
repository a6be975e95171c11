"""The errors of the server, one small tree.

    HearthError
    ├── RequestError            the caller can mend it
    │   ├── Malformed               not JSON, not FHIR's shape of JSON          400
    │   ├── InvalidResource         a resource that breaks the standard's rules 400
    │   ├── InvalidRequest          a header, path or parameter is wrong        400
    │   ├── NotSupported            known to FHIR, not served here              400
    │   ├── UnknownPath             no such type, path or operation             404
    │   ├── NotFound                no such resource or version                 404
    │   ├── Gone                    deleted                                     410
    │   ├── Unauthenticated         no caller                                   401
    │   ├── Forbidden               the caller may not                          403
    │   ├── MethodNotAllowed        not this method here                        405
    │   ├── NotAcceptable           no format that the client takes             406
    │   ├── Conflict                a lost race, after every retry              409
    │   ├── PreconditionFailed      If-Match does not hold                      412
    │   ├── MultipleMatches         a condition matches several resources       412
    │   ├── TooLarge                a body over the limit                       413
    │   ├── UnsupportedMediaType    a body in a format that is not read         415
    │   └── Unprocessable           well formed, against a profile or business rule 422
    └── ServiceError            ours; the caller may try again
        ├── Unavailable             a part is throttled, busy or down           503
        └── TimeBudgetSpent         the request's time is used up               503

The status of each stands only in the table of `rest/outcome.py`. An error's text reaches the
caller and the log, so it never holds what a resource says beyond the offending token itself.
https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of an OperationOutcome."""

    severity: Severity
    code: str
    """A code of http://hl7.org/fhir/issue-type, such as `invalid` or `not-found`."""
    text: str
    """One sentence for a person: what is wrong, and what would be right."""
    expression: str | None = None
    """Where, as FHIRPath with indexes: `Patient.contact[0].name`; a parameter as `http.name`."""
    line: int | None = None
    column: int | None = None
    by_profile: bool = field(default=False, compare=False)
    """Whether a profile asks for what is missed, and not the standard itself."""


class HearthError(Exception):
    """What went wrong, as one or more issues."""

    code = "exception"
    """The issue code of an error that carries no issues of its own."""

    def __init__(
        self,
        text: str,
        *,
        code: str | None = None,
        expression: str | None = None,
        issues: Sequence[Issue] = (),
    ) -> None:
        super().__init__(text)
        self.issues: tuple[Issue, ...] = tuple(issues) or (
            Issue("error", code or self.code, text, expression),
        )


class RequestError(HearthError):
    """The caller's fault: repeated unchanged, it fails again."""

    code = "invalid"


class Malformed(RequestError):
    """Not JSON, or not the shape of JSON that FHIR defines."""

    code = "structure"


class InvalidResource(RequestError):
    """A resource that breaks the standard's rules; `issues` names every place."""


class InvalidRequest(RequestError):
    """A header, path or parameter that is wrong."""


class NotSupported(RequestError):
    """Part of FHIR, not served here."""

    code = "not-supported"


class UnknownPath(RequestError):
    """No such resource type, path or operation."""

    code = "not-supported"


class NotFound(RequestError):
    """No such resource or version, or not for this caller's eyes."""

    code = "not-found"


class Gone(RequestError):
    """Deleted. `version` is the tombstone's, for the ETag."""

    code = "deleted"

    def __init__(self, text: str, *, version: int) -> None:
        super().__init__(text)
        self.version = version


class Unauthenticated(RequestError):
    """The request names no caller."""

    code = "login"


class Forbidden(RequestError):
    """The caller may not do this."""

    code = "forbidden"


class MethodNotAllowed(RequestError):
    """The path is served, this method on it is not. `allowed` feeds the Allow header."""

    code = "not-supported"

    def __init__(self, text: str, *, allowed: Sequence[str]) -> None:
        super().__init__(text)
        self.allowed = tuple(allowed)


class NotAcceptable(RequestError):
    """No format that the client accepts is served."""

    code = "not-supported"


class UnsupportedMediaType(RequestError):
    """The body's format is not read here."""

    code = "not-supported"


class Conflict(RequestError):
    """Another writer was faster, after every retry that the time allowed."""

    code = "conflict"


class PreconditionFailed(RequestError):
    """If-Match names a version that is not the current one."""

    code = "conflict"


class MultipleMatches(RequestError):
    """A condition matches several resources where one is needed."""

    code = "multiple-matches"


class TooLarge(RequestError):
    """A body over the limit."""

    code = "too-long"


class Unprocessable(RequestError):
    """Well formed, and against a business rule."""

    code = "business-rule"


class ServiceError(HearthError):
    """Our fault, or AWS's: the same request may succeed later."""

    code = "exception"


class Unavailable(ServiceError):
    """A part is throttled, busy or down. `retry_after` is in seconds."""

    code = "transient"

    def __init__(self, text: str, *, retry_after: int = 1) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class TimeBudgetSpent(Unavailable):
    """The request's time is used up; nothing of it is visible."""

    code = "timeout"
