"""What a check finds: a problem that learns its place while it is handed up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from hearth_server.errors import Issue, Severity
from hearth_server.validation.scope import Scope

MAX_SHOWN = 64
"""How many characters of a value an issue repeats."""


class Problem:
    """One fault. `text` goes on after the place: `is 'foo'; allowed: male, female`."""

    __slots__ = ("by_profile", "code", "severity", "steps", "text")

    def __init__(self, code: str, text: str, *steps: str, severity: Severity = "error") -> None:
        self.code = code
        self.text = text
        self.severity = severity
        self.by_profile = False
        """Whether a profile asks for what is missed, and not the standard itself."""
        self.steps = list(steps)
        """From the fault outwards: `[1]`, `.given`, `[0]`, `.name`."""

    def issue(self, root: str) -> Issue:
        """Return the issue, at its FHIRPath below `root`."""
        place = root + "".join(reversed(self.steps))
        text = f"{place} {self.text}"
        return Issue(self.severity, self.code, text, place, by_profile=self.by_profile)


Found: TypeAlias = "list[Problem] | None"
"""None when nothing is wrong: the usual case costs no list."""

Check: TypeAlias = Callable[[Any, Scope], Found]
"""Judges one JSON value."""


def within(found: Found, problems: Iterable[Problem], step: str) -> list[Problem]:
    """Return `found` and the problems of what stands at `step`, which now know so."""
    if found is None:
        found = []
    for problem in problems:
        problem.steps.append(step)
        found.append(problem)
    return found


def joined(found: Found, problems: Found) -> Found:
    """Return the problems of both."""
    if found is None or problems is None:
        return problems if found is None else found
    return found + problems


def is_shaped(found: Found) -> bool:
    """Whether the shape is right, so that rules that rely on it can be judged."""
    return found is None or not any(problem.code == "structure" for problem in found)


def shown(value: object) -> str:
    """Return a value as an issue repeats it: short, in quotes if it is text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 4]}…'"
