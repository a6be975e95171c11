"""Makes the judge of a profile from its table; what its base type asks is judged elsewhere.

https://hl7.org/fhir/R4/profiling.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hearth_server.fhir.definitions import Release, Type, TypeUse
from hearth_server.fhir.terminology import Terminology
from hearth_server.validation.bindings import judge_code
from hearth_server.validation.invariants import Invariants
from hearth_server.validation.problem import Found, Problem, joined, shown, within
from hearth_server.validation.profiles.matching import has_pattern, is_fixed
from hearth_server.validation.profiles.occurrences import Occurrence, reader
from hearth_server.validation.profiles.slices import Judge, slices_judge
from hearth_server.validation.profiles.table import Constraint, Profile
from hearth_server.validation.references import literal_type
from hearth_server.validation.scope import Scope

ObjectJudge = Callable[[Mapping[str, Any], Scope], Found]
"""Judges one child, or all children, of an object."""

FindProfile = Callable[[str], Profile | None]


class ProfileCompiler:
    """Makes judges of one release's values, each profile's once."""

    def __init__(
        self,
        release: Release,
        terminology: Terminology,
        invariants: Invariants,
        find: FindProfile,
    ) -> None:
        self._release = release
        self._terminology = terminology
        self._invariants = invariants
        self._find = find
        self._judges: dict[tuple[str, str], Judge] = {}

    def judge(self, profile: Profile) -> Judge:
        """Return the judge of values that are said to follow a profile."""
        key = (profile.url, profile.version)
        if key not in self._judges:
            self._judges[key] = _Compilation(self, profile).constraint(profile.root)
        return self._judges[key]

    def follow(self, url: str) -> Judge:
        """Return the judge of a profile that is looked up when a value first needs it."""

        def check(occurrence: Occurrence, scope: Scope) -> Found:
            profile = self._find(url)
            return None if profile is None else self.judge(profile)(occurrence, scope)

        return check

    def target_type(self, url: str) -> str | None:
        """Return the resource type that a reference's target profile is about."""
        name = url.rpartition("/")[2]
        if self._release.kind(name) is not None and "/StructureDefinition/" in url:
            profile = self._find(url)
            return profile.type if profile else name
        profile = self._find(url)
        return profile.type if profile else None


class _Compilation:
    """The making of one profile's judge."""

    def __init__(self, compiler: ProfileCompiler, profile: Profile) -> None:
        self._compiler = compiler
        self._profile = profile
        self._release = compiler._release

    def constraint(self, node: Constraint) -> Judge:
        """Return the judge of one value by everything that a constraint asks of it."""
        parts = (self._types, self._fixed, self._binding, self._rules, self._children)
        judges = [judge for part in parts if (judge := part(node)) is not None]

        def check(occurrence: Occurrence, scope: Scope) -> Found:
            found: Found = None
            for judge in judges:
                found = joined(found, judge(occurrence, scope))
            return found

        return judges[0] if len(judges) == 1 else check

    def _types(self, node: Constraint) -> Judge | None:
        """Judge a value's type, its profiles, and the type of what a reference points at."""
        if node.types is None:
            return None
        uses = {use.code: use for use in node.types}
        follow = {
            code: [self._compiler.follow(url) for url in use.profiles] for code, use in uses.items()
        }

        def check(occurrence: Occurrence, scope: Scope) -> Found:
            use = uses.get(occurrence.type)
            if use is None:
                if self._release.kind(occurrence.type) is None:
                    return None  # an element with children of its own, which has no type's name
                text = f"is a {occurrence.type}; {self._profile.name} allows {', '.join(uses)}"
                return [Problem("structure", text)]
            found = self._target(use, occurrence, scope) if use.targets else None
            if follow[use.code]:
                verdicts = [judge(occurrence, scope) for judge in follow[use.code]]
                found = joined(found, min(verdicts, key=lambda each: len(each or ())))
            return found

        return check

    def _target(self, use: TypeUse, occurrence: Occurrence, scope: Scope) -> Found:
        """Judge the type of what a Reference points at."""
        if use.code != "Reference" or occurrence.value.__class__ is not dict:
            return None
        kinds = {self._compiler.target_type(url) for url in use.targets}
        reference = occurrence.value.get("reference")
        if None in kinds or "Resource" in kinds or not isinstance(reference, str):
            return None
        kind = _pointed_at(reference, scope)
        if kind is None or kind in kinds:
            return None
        allowed = ", ".join(sorted(kind for kind in kinds if kind))
        text = f"points at a {kind}; {self._profile.name} allows {allowed}"
        return [Problem("value", text, ".reference")]

    def _fixed(self, node: Constraint) -> Judge | None:
        fixed, pattern, name = node.fixed, node.pattern, self._profile.name
        if fixed is msgspec.UNSET and pattern is msgspec.UNSET:
            return None

        def check(occurrence: Occurrence, _: Scope) -> Found:
            value = occurrence.value
            if fixed is not msgspec.UNSET and not is_fixed(value, fixed):
                return [Problem("value", f"is {shown(value)}; {name} fixes {_written(fixed)}")]
            if pattern is not msgspec.UNSET and not has_pattern(value, pattern):
                return [Problem("value", f"is {shown(value)}; {name} asks for {_written(pattern)}")]
            return None

        return check

    def _binding(self, node: Constraint) -> Judge | None:
        binding = node.binding
        if binding is None:
            return None
        url = binding.value_set if binding.strength == "required" else binding.widest
        value_set = self._compiler._terminology.value_set(url) if url else None
        if value_set is None:
            return None

        def check(occurrence: Occurrence, _: Scope) -> Found:
            if occurrence.value is None:
                return None
            return judge_code(occurrence.type, occurrence.value, value_set)

        return check

    def _rules(self, node: Constraint) -> Judge | None:
        rules = [rule for rule in node.rules if rule.expression is not None]
        if not rules:
            return None
        made: dict[str, list[Any]] = {}

        def check(occurrence: Occurrence, scope: Scope) -> Found:
            checks = made.get(occurrence.type)
            if checks is None:
                kind = self._release.type(occurrence.type)
                checks = made[occurrence.type] = [
                    self._compiler._invariants.check(rule, kind) for rule in rules if kind
                ]
            found: Found = None
            for each in checks:
                found = joined(found, each(occurrence.value, scope, occurrence.sibling))
            return found

        return check

    def _children(self, node: Constraint) -> Judge | None:
        if not node.children:
            return None
        made: dict[str, list[ObjectJudge]] = {}

        def check(occurrence: Occurrence, scope: Scope) -> Found:
            judges = made.get(occurrence.type)
            if judges is None:
                kind = self._release.type(occurrence.type)
                judges = made[occurrence.type] = self._child_judges(node, kind) if kind else []
            value = occurrence.value
            if value.__class__ is not dict:  # a primitive has its children beside it
                value = occurrence.sibling if occurrence.sibling.__class__ is dict else {}
            found: Found = None
            for judge in judges:
                problems = judge(value, scope)
                if problems is not None:
                    found = joined(found, problems)
            return found

        return check

    def _child_judges(self, node: Constraint, kind: Type) -> list[ObjectJudge]:
        return [
            self._child(name, child, kind)
            for name, child in node.children.items()
            if name in kind.elements
        ]

    def _child(self, name: str, node: Constraint, kind: Type) -> ObjectJudge:
        """Return the judge of one child: how often it is there, each value, and its slices."""
        read = reader(kind, kind.elements[name])
        judge = self.constraint(node)
        slices = slices_judge(
            node, self._profile, self._release, self.constraint, self._compiler.follow
        )
        least, most, step = node.min, node.max, f".{name}"

        def check(value: Mapping[str, Any], scope: Scope) -> Found:
            occurrences = read(value)
            found: Found = None
            count = len(occurrences)
            if count < least or (most is not None and count > most):
                found = [self._miscount(count, least, most)]
            for occurrence in occurrences:
                problems = judge(occurrence, scope)
                if problems is not None:
                    found = within(found, problems, occurrence.step)
            if slices is not None:
                found = joined(found, slices(occurrences, scope))
            return None if found is None else within(None, found, step)

        return check

    def _miscount(self, count: int, least: int, most: int | None) -> Problem:
        name = self._profile.name
        if count < least:
            said = "is missing" if count == 0 else f"is there {count} times"
            return Problem("required", f"{said}; {name} needs {least}")
        if most == 0:
            return Problem("structure", f"is not allowed by {name}")
        return Problem("structure", f"is there {count} times; {name} allows {most}")


def _pointed_at(reference: str, scope: Scope) -> str | None:
    """Return the type of what a reference points at, if that is known."""
    if reference[:1] == "#":
        return scope.contained.get(reference[1:]) if scope.contained else None
    entry = scope.entries.type_of(reference, scope.full_url) if scope.entries else None
    return entry or literal_type(reference)


def _written(value: Any) -> str:
    """Return a fixed value or pattern as an issue repeats it."""
    if isinstance(value, dict | list):
        from hearth_server.fhir import json

        return json.encode(value).decode()
    return shown(value)
