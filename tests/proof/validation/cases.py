"""HL7's own cases for validators: R4 in JSON, without profiles or packages of their own.

https://github.com/FHIR/fhir-test-cases/tree/master/validator
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.proof.validation.verdicts import errors
from tests.services.hl7_test_cases import read

ELSEWHERE = (
    "profile", "profiles", "packages", "package-map", "supporting", "supporting5", "logical",
    "matchetype",
)  # fmt: skip
"""What a case has that needs more than the resource itself."""


@dataclass(frozen=True)
class Case:
    """One case, what it expects, and what Hearth says."""

    name: str
    expected: tuple[str, ...]
    """The errors of the expected outcome; none means valid."""
    said: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether both call it valid, or both invalid."""
        return bool(self.expected) == bool(self.said)


def cases() -> Iterator[Case]:
    """Yield every case whose file is there."""
    for case in json.loads(read("validator/manifest.json"))["test-cases"]:
        if case.get("version") not in ("4.0", "4.0.1") or not case["file"].endswith(".json"):
            continue
        if any(name in case for name in ELSEWHERE):
            continue
        try:
            body = read(f"validator/{case['file']}")
        except KeyError:
            continue  # the manifest names a file that was not published
        expected = tuple(
            issue["details"]["text"]
            for issue in _outcome(case["java"])
            if issue["severity"] in ("error", "fatal")
        )
        yield Case(case["name"], expected, tuple(issue.text for issue in errors(body)))


def _outcome(stated: Any) -> list[dict[str, Any]]:
    """Return the issues of an expected outcome, which stands in the manifest or in a file."""
    outcome = (
        json.loads(read(f"validator/outcomes/{stated}")) if isinstance(stated, str) else stated
    )
    issues: list[dict[str, Any]] = outcome.get("outcome", outcome).get("issue", [])
    return issues
