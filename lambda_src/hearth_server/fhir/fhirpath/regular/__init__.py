"""Regular expressions in bounded time, whatever the pattern and the text.

Python's own engine is fast and, on patterns such as `(a+)+$`, takes for ever. So a pattern is read
first: where its worst case on this text is small, Python's engine runs; otherwise an automaton
does, which looks at each character once.
https://hl7.org/fhirpath/N1/#matchesregex-string-boolean
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError, FHIRPathLimitExceeded
from hearth_server.fhir.fhirpath.operators import LONGEST_STRING
from hearth_server.fhir.fhirpath.regular.automaton import Automaton
from hearth_server.fhir.fhirpath.regular.syntax import (
    Unreadable,
    branching,
    degree,
    read,
)

_FLAGS = re.DOTALL | re.ASCII
_WORST_CASE = 4_000_000
"""Steps of Python's engine, which does some hundred million in a second."""
_STEPS_FOR_ONE = 1000
"""Steps of Python's engine that cost as much as one of the evaluation."""
_REFERENCE = r"(?s)\\(.)|\$([0-9])|\$\{([A-Za-z][A-Za-z0-9]*)\}"
_LARGEST_EXPONENT = 30
_MOST_DOUBLINGS = 30


def found(environment: Environment, pattern: str, text: str, *, whole: bool = False) -> bool:
    """Return whether `pattern` matches somewhere in `text`, or all of it.

    Raises FHIRPathEvaluationError for a pattern that cannot be read and FHIRPathLimitExceeded for
    one that neither engine can do.
    """
    known = _pattern(pattern)
    if known.is_cheap(environment, text):
        match = known.compiled.fullmatch(text) if whole else known.compiled.search(text)
        return match is not None
    automaton = known.of_whole if whole else known.of_part
    if automaton is None:
        raise _too_complex()
    return automaton.matches(text, environment.spend)


def replaced(environment: Environment, pattern: str, by: str, text: str) -> str:
    """Return `text` with every match of `pattern` replaced; `$1` in `by` is the first group.

    Raises FHIRPathEvaluationError and FHIRPathLimitExceeded.
    """
    if not pattern:
        return text
    known = _pattern(pattern)
    if not known.is_cheap(environment, text):
        raise _too_complex()
    room = LONGEST_STRING

    def replacement(match: re.Match[str]) -> str:
        nonlocal room
        new = re.sub(_REFERENCE, lambda reference: _referenced(match, reference), by)
        room -= len(new)
        if room < 0:
            raise FHIRPathLimitExceeded("FHIRPath: a string is longer than FHIR allows.")
        return new

    return known.compiled.sub(replacement, text)


class _Pattern:
    """A pattern with its worst case, and each engine's form of it when it is wanted."""

    def __init__(self, text: str) -> None:
        try:
            self._tree = read(text)
        except Unreadable as error:
            raise _refused(str(error)) from None
        self._text = text
        self._exponent = min(degree(self._tree) + 1, _LARGEST_EXPONENT)
        self._factor = 2 ** min(branching(self._tree), _MOST_DOUBLINGS)

    def is_cheap(self, environment: Environment, text: str) -> bool:
        """Return whether Python's engine is sure to be quick; if so, count its work."""
        cost = (len(text) + 1) ** self._exponent * self._factor
        if cost > _WORST_CASE:
            return False
        environment.spend(int(cost) // _STEPS_FOR_ONE)
        return True

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The form of Python's engine. Raises FHIRPathEvaluationError."""
        try:
            return re.compile(self._text, _FLAGS)
        except (re.error, OverflowError) as error:
            raise _refused(str(error)) from None

    @cached_property
    def of_whole(self) -> Automaton | None:
        """The automaton that takes the whole text, if there can be one."""
        return Automaton.of(self._tree, whole=True)

    @cached_property
    def of_part(self) -> Automaton | None:
        """The automaton that searches in the text, if there can be one."""
        return Automaton.of(self._tree, whole=False)


def _referenced(match: re.Match[str], reference: re.Match[str]) -> str:
    literal, number, name = reference.groups()
    if literal is not None:
        return str(literal)
    try:
        return match[name or int(number)] or ""
    except (IndexError, KeyError):
        raise FHIRPathEvaluationError("FHIRPath: replaceMatches() names no such group.") from None


@lru_cache(maxsize=256)
def _pattern(text: str) -> _Pattern:
    return _Pattern(text)


def _refused(reason: str) -> FHIRPathEvaluationError:
    return FHIRPathEvaluationError(f"FHIRPath: the regular expression cannot be read: {reason}.")


def _too_complex() -> FHIRPathLimitExceeded:
    return FHIRPathLimitExceeded(
        "FHIRPath: the regular expression could take too long on a text of this length."
    )
