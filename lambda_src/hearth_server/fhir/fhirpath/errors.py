"""What can be wrong with a FHIRPath expression, or with evaluating it.

    InvalidRequest
    └── FHIRPathError
        ├── FHIRPathSyntaxError       not an expression; knows the position
        ├── FHIRPathEvaluationError   the expression asks for what its input does not allow
        └── FHIRPathLimitExceeded     too deep, too long or too much work

No text holds a value of the resource that was evaluated, only tokens of the expression.
"""

from __future__ import annotations

from hearth_server.errors import InvalidRequest


class FHIRPathError(InvalidRequest):
    """An expression that is wrong, or that cannot be evaluated on this input."""


class FHIRPathSyntaxError(FHIRPathError):
    """Not a FHIRPath expression. `position` counts characters from 0."""

    def __init__(self, problem: str, text: str, position: int) -> None:
        super().__init__(f"FHIRPath: {problem} at character {position + 1}.")
        self.problem = problem
        self.text = text
        self.position = position


class FHIRPathEvaluationError(FHIRPathError):
    """The specification makes this an error, such as a single value wanted and several found."""


class FHIRPathLimitExceeded(FHIRPathError):
    """The expression, its result or the work for it is beyond what is served."""
