"""The shape of an element with children: known names, counts, one value of a choice, no gaps.

A shape's checks are made when a name is first met, so a resource pays only for what it uses.
https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hearth_server.fhir.definitions import Element, Property, Type
from hearth_server.validation.extensions import settled, settled_beside
from hearth_server.validation.primitives import wrong_json
from hearth_server.validation.problem import MAX_SHOWN, Check, Found, Problem, is_shaped, within
from hearth_server.validation.scope import Scope

SUGGESTION = 0.75
"""How alike a known name must be for an unknown one to be taken as its misspelling."""

DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

MAX_TOLD = 500
"""How many faults of one array are told; nobody mends more in one go."""


class NullItem(Problem):
    """A null in an array of primitives: right only where the sibling array has an object."""

    __slots__ = ()


class IdAlone(Problem):
    """An object with nothing but an id: right only beside the value of a primitive."""

    __slots__ = ()


def shape_check(
    kind: Type,
    property_check: Callable[[Property], Check],
    sibling_check: Check,
    primitive_type: Callable[[Property], Type | None],
    rules: Sequence[Check],
    *,
    codes_count: bool,
) -> Check:
    """Return the check of JSON objects of one type.

    `property_check` makes the check of a property, `sibling_check` judges what stands beside a
    primitive under its name with `_`, `primitive_type` gives the type of a property that is one,
    `rules` judge the whole where its shape is right. Where `codes_count`, nothing can stand for a
    code that must be of a value set.
    """
    checks: dict[str, Check] = {}
    if kind.is_a("Resource"):
        checks["resourceType"] = _anything
    properties = kind.properties
    single, alternatives = _required(kind)
    groups = _choice_groups(kind)

    def resolve(name: str) -> Check | None:
        """Return the check of a name that is met for the first time; None for a sibling."""
        if name in properties:
            made = checks[name] = property_check(properties[name])
            return made
        beside = properties.get(name[1:]) if name[:1] == "_" else None
        if beside is not None and primitive_type(beside) and not beside.element.bare:
            return None
        return _unknown(kind, name)

    def check(value: Any, scope: Scope) -> Found:
        if value.__class__ is not dict:
            return wrong_json(value, "an object")
        found: Found = None
        siblings = False
        for name, inner in value.items():
            try:
                inner_check: Check | None = checks[name]
            except KeyError:
                inner_check = resolve(name)
            if inner_check is None:
                siblings = True
                continue
            problems = inner_check(inner, scope)
            if problems is not None:
                found = within(found, problems, _step(properties, name))
        if siblings:
            found = _with_siblings(value, found, scope, properties, sibling_check, primitive_type)
            if codes_count:
                found = _without_codes(value, found, properties)
        for name in single:
            if name not in value and f"_{name}" not in value:
                found = within(found, [Problem("required", "is missing")], f".{name}")
        if alternatives or groups:
            found = _count_choices(value, found, alternatives, groups)
        if found is not None:
            found = settled(found, kind)
        if len(value) < 2 and (not value or "id" in value):
            found = [*(found or ()), _empty(value)]
        if rules and is_shaped(found):
            for rule in rules:
                problems = rule(value, scope)
                if problems is not None:
                    found = problems if found is None else found + problems
        return found

    return check


def repeated(check: Check, element: Element, primitive: bool) -> Check:
    """Return the check of an array of what `check` judges."""
    least, most = element.min, element.max

    def check_array(value: Any, scope: Scope) -> Found:
        if value.__class__ is not list:
            return wrong_json(value, "an array, as it may repeat")
        if not value:
            return [Problem("structure", "is an empty array; leave the element out instead")]
        found: Found = None
        told = 0
        for index, item in enumerate(value):
            if item is None and primitive:
                problems: Found = [NullItem("structure", "is null and has no extension")]
            else:
                problems = check(item, scope)
            if problems is not None:
                found = within(found, problems, f"[{index}]")
                told += sum(problem.severity == "error" for problem in problems)
                if told > MAX_TOLD:
                    found.append(Problem("too-costly", f"has more faults than {MAX_TOLD}"))
                    break
        if len(value) < least or (most is not None and len(value) > most):
            found = [*(found or ()), _wrong_count(len(value), least, most)]
        return found

    return check_array


def _wrong_count(count: int, least: int, most: int | None) -> Problem:
    if count < least:
        return Problem("required", f"repeats {count} times; at least {least} are needed")
    return Problem("structure", f"repeats {count} times; at most {most} are allowed")


def _anything(_: Any, __: Scope) -> Found:
    return None


def _step(properties: Mapping[str, Property], name: str) -> str:
    """Return the step to a child; of a name that may be anything, what is short and harmless."""
    known = properties.get(name)
    if known is not None:
        return f".{known.element.name}"
    if name.isidentifier() and len(name) <= MAX_SHOWN:
        return f".{name}"
    return f".`{repr(name[:MAX_SHOWN])[1:-1]}`"


def _required(kind: Type) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return the names that must be there, and the names of which one must be there."""
    needed = [element for element in kind.elements.values() if element.min]
    names = {
        element.name: tuple(
            prop.name for prop in kind.properties.values() if prop.element is element
        )
        for element in needed
    }
    return (
        tuple(element.name for element in needed if not element.choice),
        tuple((element.name, names[element.name]) for element in needed if element.choice),
    )


def _choice_groups(kind: Type) -> dict[str, str]:
    return {
        prefix + prop.name: prop.element.name
        for prop in kind.properties.values()
        if prop.element.choice
        for prefix in ("", "_")
    }


def _count_choices(
    value: Mapping[str, Any],
    found: Found,
    alternatives: Sequence[tuple[str, Sequence[str]]],
    groups: Mapping[str, str],
) -> Found:
    """Add a problem for each choice element that has several values, or none and needs one."""
    chosen: dict[str, str] = {}
    for name in value:
        element = groups.get(name)
        if element is not None:
            plain = name.lstrip("_")
            first = chosen.setdefault(element, plain)
            if first != plain:
                text = f"has two values, {first} and {plain}; only one is allowed"
                found = within(found, [Problem("structure", text)], f".{element}")
    for element, names in alternatives:
        if element not in chosen:
            text = f"is missing; it is one of {', '.join(names)}"
            found = within(found, [Problem("required", text)], f".{element}")
    return found


def _with_siblings(
    value: Mapping[str, Any],
    found: Found,
    scope: Scope,
    properties: Mapping[str, Property],
    sibling_check: Check,
    primitive_type: Callable[[Property], Type | None],
) -> Found:
    """Return `found` after the names with `_` are judged beside their primitives."""
    for name, sibling in value.items():
        plain = name[1:]
        if name[:1] != "_" or plain not in properties:
            continue
        element = properties[plain].element
        kind = primitive_type(properties[plain])
        if not element.many:
            problems = _beside(value.get(plain), sibling_check(sibling, scope))
        elif sibling.__class__ is not list:
            problems = wrong_json(sibling, "an array beside an array")
        elif not sibling:
            problems = [Problem("structure", "is an empty array; leave it out instead")]
        else:
            problems = _items(sibling, value.get(plain), sibling_check, scope)
            found = _without_nulls(found, element.name, sibling)
        if problems is not None and kind is not None:
            problems = settled_beside(problems, kind)
        if problems is not None:
            found = within(found, problems, f".{element.name}")
    return found


def _without_codes(
    value: Mapping[str, Any], found: Found, properties: Mapping[str, Property]
) -> Found:
    """Add a problem for each code that has only a sibling where a value set is required."""
    for name in value:
        plain = name[1:]
        if name[:1] == "_" and plain not in value and plain in properties:
            element = properties[plain].element
            required = element.binding is not None and element.binding.strength == "required"
            if element.binding is not None and required and _says_nothing(value[name]):
                text = f"has no code, and one of {element.binding.value_set} is required"
                found = within(found, [Problem("code-invalid", text)], f".{element.name}")
    return found


def _says_nothing(sibling: Any) -> bool:
    """Whether a sibling's extensions say no more than that the value is absent."""
    listed = sibling if isinstance(sibling, list) else [sibling]
    urls = [
        extension.get("url")
        for each in listed
        if isinstance(each, dict) and isinstance(each.get("extension"), list)
        for extension in each["extension"]
        if isinstance(extension, dict)
    ]
    return all(url == DATA_ABSENT for url in urls)


def _items(siblings: list[Any], values: Any, sibling_check: Check, scope: Scope) -> Found:
    """Judge an array of siblings beside the array of its values, if there is one."""
    found: Found = None
    if values.__class__ is list and len(values) != len(siblings):
        text = f"has {len(values)} values and {len(siblings)} siblings; null pads the shorter"
        found = [Problem("structure", text)]
    for index, sibling in enumerate(siblings):
        valued = values.__class__ is list and index < len(values)
        if sibling is not None:
            problems = _beside(values[index] if valued else None, sibling_check(sibling, scope))
        elif valued:
            continue  # a value without extensions; a null there has been noticed
        else:
            problems = [Problem("structure", "is null and has no value")]
        if problems is not None:
            found = within(found, problems, f"[{index}]")
    return found


def _beside(value: Any, problems: Found) -> Found:
    """Return the problems of a sibling; beside a value, its id needs nothing more."""
    if problems is None or value is None:
        return problems
    return [each for each in problems if each.steps or not isinstance(each, IdAlone)] or None


def _without_nulls(found: Found, name: str, siblings: Sequence[Any]) -> Found:
    """Return `found` without the nulls that stand beside an object."""
    allowed = {f"[{index}]" for index, sibling in enumerate(siblings) if sibling is not None}
    kept = [
        problem
        for problem in found or ()
        if not (
            isinstance(problem, NullItem)
            and problem.steps[-1] == f".{name}"
            and problem.steps[0] in allowed
        )
    ]
    return kept or None


def _empty(value: Mapping[str, Any]) -> Problem:
    if value:
        return IdAlone("invariant", "has an id and nothing else; it needs a value or children")
    return Problem("structure", "is an empty object; leave the element out instead")


def _unknown(kind: Type, name: str) -> Check:
    """Return a check that refuses a name, with what the client may have meant."""

    def refuse(_: Any, scope: Scope) -> Found:
        text = _not_a_type(kind, name)
        if text is None:
            text = f"is not an element of {kind.name}"
            if scope.suggestions > 0:
                scope.suggestions -= 1
                meant = _likely(name, kind.properties)
                text += f"; did you mean {meant}?" if meant else ""
        return [Problem("structure", text)]

    return refuse


def _not_a_type(kind: Type, name: str) -> str | None:
    """Return what to say if `name` is a choice element with a type that it cannot have."""
    for element in kind.elements.values():
        rest = name.removeprefix(element.name)
        if element.choice and rest != name and rest[:1].isupper():
            types = ", ".join(use.code for use in element.types)
            return f"is not a type of {kind.name}.{element.name}; allowed: {types}"
    return None


def _likely(name: str, known: Mapping[str, Property]) -> str | None:
    import difflib

    near = difflib.get_close_matches(name.lstrip("_"), known, 1, SUGGESTION)
    return near[0] if near else None
