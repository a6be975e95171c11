"""How a call to AWS fails. The texts name the call and the code, never what was stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CallFailed(Exception):
    """AWS refused the call for good: repeated unchanged, it fails again."""

    def __init__(
        self, operation: str, status: int, code: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{operation} failed with {code or status}")
        self.operation = operation
        self.status = status
        self.code = code
        self.details = details or {}
        """The body of the answer, where it is JSON."""


class Unanswered(Exception):
    """The time for the call is up. `uncertain` says whether it may have taken effect."""

    def __init__(self, operation: str, last: str, *, uncertain: bool) -> None:
        super().__init__(f"{operation} had no answer in time; the last one was {last}")
        self.uncertain = uncertain
