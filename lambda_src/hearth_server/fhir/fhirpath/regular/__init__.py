"""Regular expressions in bounded time, whatever the pattern and the text.

Python's own engine is fast and, on patterns such as `(a+)+$`, takes for ever. So a pattern is read
first: where its worst case on this text is small, Python's engine runs; otherwise an automaton
does, which looks at each character once.
https://hl7.org/fhirpath/N1/#matchesregex-string-boolean
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError, FHIRPathLimitExceeded
from hearth_server.fhir.fhirpath.operators import LONGEST_STRING
from hearth_server.fhir.fhirpath.regular.automaton import Automaton
from hearth_server.fhir.fhirpath.regular.syntax import (
    Part,
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
_REFERENCE = re.compile(r"\\(.)|\$([0-9])|\$\{([A-Za-z][A-Za-z0-9]*)\}", re.DOTALL)


def found(environment: Environment, pattern: str, text: str, *, whole: bool = False) -> bool:
    """Return whether `pattern` matches somewhere in `text`, or all of it.

    Raises FHIRPathEvaluationError for a pattern that cannot be read and FHIRPathLimitExceeded for
    one that neither engine can do.
    """
    tree = _tree(pattern)
    if _is_cheap(environment, tree, text):
        compiled = _compiled(pattern)
        return (compiled.fullmatch(text) if whole else compiled.search(text)) is not None
    automaton = _automaton(pattern)
    if automaton is None:
        raise _too_complex()
    return automaton.matches(text, environment.spend, whole=whole)


def replaced(environment: Environment, pattern: str, by: str, text: str) -> str:
    """Return `text` with every match of `pattern` replaced; `$1` in `by` is the first group.

    Raises FHIRPathEvaluationError and FHIRPathLimitExceeded.
    """
    if not pattern:
        return text
    if not _is_cheap(environment, _tree(pattern), text):
        raise _too_complex()
    room = LONGEST_STRING

    def replacement(match: re.Match[str]) -> str:
        nonlocal room
        new = _REFERENCE.sub(lambda reference: _referenced(match, reference), by)
        room -= len(new)
        if room < 0:
            raise FHIRPathLimitExceeded("FHIRPath: a string is longer than FHIR allows.")
        return new

    return _compiled(pattern).sub(replacement, text)


def _referenced(match: re.Match[str], reference: re.Match[str]) -> str:
    literal, number, name = reference.groups()
    if literal is not None:
        return str(literal)
    try:
        return match[name or int(number)] or ""
    except (IndexError, KeyError):
        raise FHIRPathEvaluationError("FHIRPath: replaceMatches() names no such group.") from None


def _is_cheap(environment: Environment, tree: Part, text: str) -> bool:
    exponent, doublings = degree(tree) + 1, branching(tree)
    if exponent > 8 or doublings > 20:
        return False
    cost = (len(text) + 1) ** exponent * 2**doublings
    if cost > _WORST_CASE:
        return False
    environment.spend(int(cost) // _STEPS_FOR_ONE)
    return True


@lru_cache(maxsize=256)
def _tree(pattern: str) -> Part:
    try:
        return read(pattern)
    except Unreadable as error:
        raise _refused(str(error)) from None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, _FLAGS)
    except (re.error, OverflowError) as error:
        raise _refused(str(error)) from None


@lru_cache(maxsize=64)
def _automaton(pattern: str) -> Automaton | None:
    return Automaton.of(_tree(pattern))


def _refused(reason: str) -> FHIRPathEvaluationError:
    return FHIRPathEvaluationError(f"FHIRPath: the regular expression cannot be read: {reason}.")


def _too_complex() -> FHIRPathLimitExceeded:
    return FHIRPathLimitExceeded(
        "FHIRPath: the regular expression could take too long on a text of this length."
    )
