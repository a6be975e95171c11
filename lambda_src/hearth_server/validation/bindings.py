"""Checks of codes against the value set that an element is bound to.

https://hl7.org/fhir/R4/terminologies.html#strength
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth_server.fhir.terminology import ValueSet
from hearth_server.validation.problem import Check, Found, Problem, shown, within
from hearth_server.validation.scope import Scope

MAX_LISTED = 12
"""How many allowed codes an issue lists."""


def bound_check(check: Check, type: str, value_set: ValueSet) -> Check:
    """Return `check` followed by the required binding of a coded type to `value_set`."""
    judge = {"CodeableConcept": _concept, "Coding": _coding, "Quantity": _quantity}.get(type)
    if judge is None:
        return _code_check(check, value_set)

    def check_bound(value: Any, scope: Scope) -> Found:
        found = check(value, scope)
        if found is None or all(problem.code == "code-invalid" for problem in found):
            return judge(value, value_set) or found
        return found

    return check_bound


def judge_code(type: str, value: Any, value_set: ValueSet) -> Found:
    """Judge a coded value of any type; a type that holds no code passes."""
    match type:
        case "CodeableConcept":
            return _concept(value, value_set)
        case "Coding":
            return _coding(value, value_set)
        case "Quantity" | "Age" | "Count" | "Distance" | "Duration" | "Money":
            return _quantity(value, value_set)
    if value.__class__ is not str or value_set.has_code(value):
        return None
    return [_unknown(value, value_set)]


def _code_check(check: Check, value_set: ValueSet) -> Check:
    codes = value_set.codes
    if codes is None:

        def check_form(value: Any, scope: Scope) -> Found:
            found = check(value, scope)
            if found is None and not value_set.has_code(value):
                return [_unknown(value, value_set)]
            return found

        return check_form

    def check_code(value: Any, scope: Scope) -> Found:
        if value.__class__ is str and value in codes:
            return None
        found = check(value, scope)
        if found is None:
            return [_unknown(value, value_set)]
        return found

    return check_code


def _concept(value: Mapping[str, Any], value_set: ValueSet) -> Found:
    codings = value.get("coding", ())
    if any(_has(coding, value_set) for coding in codings):
        return None
    if not codings:
        text = f"has no coding; a code of the value set {value_set.name} is required"
        return [Problem("code-invalid", text)]
    found: Found = None
    for index, coding in enumerate(codings):
        found = within(found, _coding(coding, value_set) or (), f".coding[{index}]")
    return found


def _coding(value: Mapping[str, Any], value_set: ValueSet) -> Found:
    if _has(value, value_set):
        return None
    system, code = value.get("system"), value.get("code")
    if code is None:
        return [Problem("code-invalid", f"has no code; {_allowed(value_set)}")]
    if system not in value_set.systems:
        said = f"has the system {shown(system)}" if system else "has no system"
        systems = ", ".join(sorted(value_set.systems))
        text = f"{said}; the value set {value_set.name} has codes of {systems}"
        return [Problem("code-invalid", text, ".system")]
    return [_unknown(code, value_set, ".code")]


def _quantity(value: Mapping[str, Any], value_set: ValueSet) -> Found:
    return _coding(value, value_set) if "code" in value else None


def _has(coding: Mapping[str, Any], value_set: ValueSet) -> bool:
    code, system = coding.get("code"), coding.get("system")
    return code is not None and system is not None and value_set.has(system, code)


def _unknown(code: Any, value_set: ValueSet, *place: str) -> Problem:
    """Return the problem of a code that the value set does not have."""
    meant = _in_another_case(code, value_set)
    right = f"the value set {value_set.name} writes it {meant!r}" if meant else _allowed(value_set)
    return Problem("code-invalid", f"is {shown(code)}; {right}", *place)


def _in_another_case(code: Any, value_set: ValueSet) -> str | None:
    """Return the code that differs only in capitals, if there is one."""
    if not isinstance(code, str) or value_set.codes is None:
        return None
    lower = code.lower()
    return min((known for known in value_set.codes if known.lower() == lower), default=None)


def _allowed(value_set: ValueSet) -> str:
    if value_set.codes is None or len(value_set.codes) > MAX_LISTED:
        return f"it must be a code of the value set {value_set.name} ({value_set.url})"
    return f"allowed: {', '.join(sorted(value_set.codes))}"
