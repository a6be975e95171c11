"""What the validator says of documents, and how it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hearth_server.errors import HearthError, Issue
from hearth_server.fhir import json
from hearth_server.rest.outcome import operation_outcome
from hearth_server.validation.located import located
from hearth_server.validation.open import TableValidator

from hearth_cli.validate.documents import LARGEST, Document

FAULTS = ("fatal", "error")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the validator says of one document."""

    document: Document
    type: str
    """Its resource type; empty where it is not even JSON."""
    issues: tuple[Issue, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing that was found is an error."""
        return not any(issue.severity in FAULTS for issue in self.issues)


@dataclass(slots=True)
class Tally:
    """How many resources of each type are valid, and how many are not."""

    valid: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        (self.valid if verdict.valid else self.invalid)[verdict.type or "not FHIR"] += 1

    def rows(self) -> list[tuple[str, int, int]]:
        """Return type, valid and invalid, with the sum last."""
        types = sorted(set(self.valid) | set(self.invalid))
        rows = [(name, self.valid[name], self.invalid[name]) for name in types]
        return [*rows, ("all", self.valid.total(), self.invalid.total())]


def judge(document: Document, validator: TableValidator, profiles: Sequence[str]) -> Verdict:
    """Return what the validator says of a document, each issue at its line."""
    if not document.complete:
        text = f"A resource of more than {LARGEST} bytes is not read."
        return Verdict(document, "", (Issue("error", "too-long", text, line=document.line),))
    try:
        resource = json.parse(document.text)
    except HearthError as error:
        found = located(error.issues, b"", document.line)
        return Verdict(document, "", tuple(found))
    if not isinstance(resource, dict):
        issue = Issue("error", "structure", "A resource is a JSON object.", line=document.line)
        return Verdict(document, "", (issue,))
    issues = validator.validate(resource, profiles=profiles)
    name = resource.get("resourceType")
    return Verdict(
        document,
        name if isinstance(name, str) else "",
        tuple(located(issues, document.text, document.line)),
    )


def unreadable(file: Path, line: int, error: Exception) -> Verdict:
    """Return the verdict on a file that could be read up to a line, if at all."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    issue = Issue("fatal", "exception", f"The file cannot be read: {said}.", line=line)
    return Verdict(Document(file, line, b"", complete=False), "", (issue,))


def lines(verdict: Verdict, *, warnings: bool) -> Iterator[str]:
    """Yield a line for each issue: file, line, column, severity, sentence."""
    for issue in verdict.issues:
        if warnings or issue.severity in FAULTS:
            yield f"{_place(verdict.document, issue)}: {issue.severity}: {issue.text}"


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict for another program."""
    return {
        "file": str(verdict.document.file),
        "line": verdict.document.line,
        "valid": verdict.valid,
        "OperationOutcome": operation_outcome(verdict.issues),
    }


def _place(document: Document, issue: Issue) -> str:
    if issue.line is None:
        return f"{document.file}:{document.line}"
    column = f":{issue.column}" if issue.column else ""
    return f"{document.file}:{issue.line}{column}"
