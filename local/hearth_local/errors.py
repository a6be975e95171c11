"""The one error of the local stage."""

from __future__ import annotations


class StageError(Exception):
    """A stage cannot be brought up, asked or taken down: what is wrong, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)
