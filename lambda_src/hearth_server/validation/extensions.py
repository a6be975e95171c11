"""Checks of extensions: by their definition where it is known, and by where they stand.

https://hl7.org/fhir/R4/defining-extensions.html#context
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hearth_server.fhir.definitions import Type
from hearth_server.validation.datatype_rules import is_absolute
from hearth_server.validation.problem import Check, Found, Problem, joined, shown, within
from hearth_server.validation.profiles.occurrences import Occurrence
from hearth_server.validation.profiles.slices import Judge
from hearth_server.validation.profiles.table import Profile
from hearth_server.validation.scope import Scope

EVERYWHERE = "Element"
"""The context of an extension that may stand in any element."""


class Misplaced(Problem):
    """An extension that its owner's type does not allow; a path that leads to it still may."""

    __slots__ = ("contexts",)

    def __init__(self, url: str, contexts: frozenset[str]) -> None:
        allowed = ", ".join(sorted(contexts))
        super().__init__("structure", f"has the extension {url}, which is for {allowed}")
        self.contexts = contexts


def owned_check(
    check: Check,
    owner: Type,
    name: str,
    find: Callable[[str], Profile | None],
    judge: Callable[[Profile], Judge],
) -> Check:
    """Return the check of an extension that stands in a type under a name.

    `find` and `judge` give its definition, if that is known, and what follows from it.
    """
    nested = owner.name == "Extension"
    modifies = name == "modifierExtension"
    defined: dict[str, tuple[Judge, Profile, Misplaced | None]] = {}

    def definition_of(url: str) -> tuple[Judge, Profile, Misplaced | None] | None:
        profile = find(url)
        if profile is None or profile.type != "Extension":
            return None
        made = defined[url] = (judge(profile), profile, _placement(profile, owner))
        return made

    def check_extension(value: Any, scope: Scope) -> Found:
        found = check(value, scope)
        if found is not None:
            return found
        url = value["url"]
        known = defined.get(url) or definition_of(url)
        if known is None:
            if nested or is_absolute(url):
                return None
            text = f"is {shown(url)}; an extension is named by an absolute URL"
            return [Problem("value", text, ".url")]
        follow, profile, misplaced = known
        found = follow(Occurrence(value, None, "Extension", ""), scope)
        if "extension" in value:
            found = joined(found, _unknown_parts(value, profile))
        if profile.modifier != modifies:
            said = "changes" if profile.modifier else "does not change"
            text = f"is {shown(url)}, which {said} what it stands in"
            found = joined(found, [Problem("structure", text, ".url")])
        if misplaced is not None:
            found = joined(found, [Misplaced(url, misplaced.contexts)])
        return found

    return check_extension


def settled(found: Iterable[Problem], kind: Type) -> Found:
    """Return problems without those of extensions that are allowed at their path in `kind`."""
    names = [kind.name]
    base = kind.base
    while base is not None:
        names.append(base.name)
        base = base.base
    kept = [
        problem
        for problem in found
        if not (isinstance(problem, Misplaced) and _allowed(problem, names))
    ]
    return kept or None


def settled_beside(found: Iterable[Problem], primitive: Type) -> Found:
    """Return problems without those of extensions that a primitive type allows."""
    kept = [
        problem
        for problem in found
        if not (
            isinstance(problem, Misplaced)
            and len(problem.steps) == 2  # its place in the array, and `.extension`
            and any(primitive.is_a(context) for context in problem.contexts)
        )
    ]
    return kept or None


def _placement(definition: Profile, owner: Type) -> Misplaced | None:
    """Return the problem of an extension that an owner's type does not allow by itself."""
    contexts = definition.context
    if not contexts or any(context.kind != "element" for context in contexts):
        return None  # a context that is an expression is not judged
    names = frozenset(context.expression for context in contexts)
    if EVERYWHERE in names or any(owner.is_a(name) for name in names):
        return None
    return Misplaced(definition.url, names)


def _unknown_parts(value: Mapping[str, Any], definition: Profile) -> Found:
    """Return a problem for each part with a short name that the definition does not give."""
    parts = definition.root.children.get("extension")
    if "extension" not in value or parts is None or not parts.slices:
        return None
    known = {each.children["url"].fixed for each in parts.slices.values() if "url" in each.children}
    found: Found = None
    for position, part in enumerate(value["extension"]):
        url = part["url"]
        if url not in known and not is_absolute(url):
            text = f"is {shown(url)}; {definition.name} has {', '.join(sorted(map(str, known)))}"
            problem = Problem("structure", text, ".url", f"[{position}]")
            found = within(found, [problem], ".extension")
    return found


def _allowed(problem: Misplaced, names: Iterable[str]) -> bool:
    """Whether the element that holds the extension, seen from a type, is one of its contexts."""
    path = "".join(step for step in reversed(problem.steps[2:]) if step[0] == ".")
    return any(f"{name}{path}" in problem.contexts for name in names)
