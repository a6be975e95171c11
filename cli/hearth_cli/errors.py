"""The one error that a command ends with."""

from __future__ import annotations


class CommandError(Exception):
    """What went wrong, what to do about it, and the exit status."""

    def __init__(self, message: str, hint: str = "", exit_code: int = 2) -> None:
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
        super().__init__(message)
