"""Makes the checks of a release's types from its tables, each when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hearth_server.errors import Severity
from hearth_server.fhir.definitions import Property, Release, Type
from hearth_server.fhir.terminology import Terminology
from hearth_server.validation.bindings import bound_check
from hearth_server.validation.bundles import BundleEntries, bundle_rule, entry_rule
from hearth_server.validation.claims import Claims
from hearth_server.validation.contained import contained_faults, index
from hearth_server.validation.datatype_rules import (
    attachment_rule,
    canonical_rule,
    coding_rule,
    identifier_rule,
    include_rule,
)
from hearth_server.validation.documents import document_faults
from hearth_server.validation.extensions import owned_check
from hearth_server.validation.invariants import JUDGED_ELSEWHERE, Invariants
from hearth_server.validation.levels import Level
from hearth_server.validation.narrative import narrative_check
from hearth_server.validation.primitives import primitive_check, wrong_json
from hearth_server.validation.problem import Check, Found, Problem, is_shaped, joined, shown
from hearth_server.validation.profiles.compiler import ProfileCompiler
from hearth_server.validation.profiles.occurrences import Occurrence
from hearth_server.validation.profiles.registry import Profiles
from hearth_server.validation.references import reference_check
from hearth_server.validation.scope import Scope
from hearth_server.validation.shapes import repeated, shape_check


class Compiler:
    """The checks of one release at one level."""

    def __init__(
        self,
        release: Release,
        terminology: Terminology,
        profiles: Profiles,
        level: Level,
        required: Mapping[str, Sequence[str]],
    ) -> None:
        self._release = release
        self._terminology = terminology
        self._full = level is not Level.STRUCTURE
        self._required = required
        self._claims_count = level is Level.PROFILES
        self._invariants = Invariants(release, terminology)
        self._profiles = profiles
        self._profile_compiler = ProfileCompiler(
            release, terminology, self._invariants, profiles.find
        )
        self.claims = Claims(release, profiles, self._profile_compiler, required)
        self._invariants.follows = self.claims.follows
        self._shapes: dict[str, Check] = {}
        self._primitives: dict[str, Check] = {}

    def shape(self, name: str) -> Check:
        """Return the check of a type's JSON objects."""
        if name not in self._shapes:
            kind = self._release.type(name)
            assert kind is not None
            check = shape_check(
                kind,
                partial(self._property, kind),
                self._sibling,
                self._primitive_type,
                self._rules(kind),
                codes_count=self._full,
            )
            self._shapes[name] = _in_entry(check) if name == "Bundle.entry" else check
        return self._shapes[name]

    def _property(self, owner: Type, prop: Property) -> Check:
        """Return the check of what stands under a JSON name of a type."""
        check = self._value(prop)
        if prop.type == "Extension":
            check = self._extension(check, owner, prop)
        elif prop.element.bare and prop.name == "id" and not owner.is_a("Resource"):
            check = check if owner.name in _REPEATED_IDS else _unique(check)
        if prop.use and prop.use.profiles and self._full:
            check = self._profiled(check, prop, prop.use.profiles)
        if prop.element.many:
            return repeated(check, prop.element, self._is_primitive(prop))
        return check

    def resource(self, value: Any, scope: Scope) -> Found:
        """Judge a resource of whatever type it says it is, in a scope of its own."""
        if value.__class__ is not dict:
            return wrong_json(value, "a resource")
        name = value.get("resourceType")
        if name is None:
            return [Problem("required", "is missing; it names the type", ".resourceType")]
        if name.__class__ is not str or name not in self._release.resource_types():
            return [Problem("structure", f"is {shown(name)}, no resource type", ".resourceType")]
        entries = BundleEntries(value) if name == "Bundle" and self._full else None
        if entries is not None:
            scope.entries = entries
        contained = value.get("contained")
        if contained is not None and scope.outer is None:
            scope.contained = index(contained)
        found = self.shape(name)(value, scope)
        if contained.__class__ is list and scope.outer is None:
            found = joined(found, contained_faults(contained, scope))
        if entries is not None:
            found = joined(found, document_faults(value, entries))
        if (self._claims_count or name in self._required) and is_shaped(found):
            judge = self.claims.claimed if self._claims_count else self.claims.required
            found = joined(found, judge(value, scope))
        return found

    def _value(self, prop: Property) -> Check:
        if prop.type == "Resource":
            return self._contained if prop.name == "contained" else self._nested
        if self._is_primitive(prop):
            check = self._primitive(prop.type)
        elif prop.type == "Reference":
            targets = prop.use.targets if prop.use else ()
            shape = self.shape("Reference")
            check = reference_check(shape, self._release, targets, resolve=self._full)
        else:
            check = self.shape(prop.type)
        return self._ruled(self._bound(check, prop), prop)

    def _ruled(self, check: Check, prop: Property) -> Check:
        """Return `check` and the rules that the element has beside those of its type."""
        rules = [rule for rule in prop.element.rules if rule.key not in JUDGED_ELSEWHERE]
        kind = self._release.type(prop.type)
        if not rules or kind is None or not self._full:
            return check
        rule_checks = [self._invariants.check(rule, kind) for rule in rules]

        def check_ruled(value: Any, scope: Scope) -> Found:
            found = check(value, scope)
            if found is None:
                for rule_check in rule_checks:
                    found = joined(found, rule_check(value, scope))
            return found

        return check_ruled

    def _extension(self, check: Check, owner: Type, prop: Property) -> Check:
        find = self._profiles.find if self._full else (lambda _: None)
        return owned_check(check, owner, prop.name, find, self._profile_compiler.judge)

    def _profiled(self, check: Check, prop: Property, urls: Sequence[str]) -> Check:
        """Return `check` and the judge of the profiles, one of which a data type must follow."""
        judges = [self._profile_compiler.follow(url) for url in urls]

        def check_profiled(value: Any, scope: Scope) -> Found:
            found = check(value, scope)
            if found is None:
                occurrence = Occurrence(value, None, prop.type, "")
                verdicts = [judge(occurrence, scope) for judge in judges]
                found = min(verdicts, key=lambda each: len(each or ()))
            return found

        return check_profiled

    def _bound(self, check: Check, prop: Property) -> Check:
        binding = prop.element.binding
        if binding is None or not self._full:
            return check
        url = binding.value_set if binding.strength == "required" else binding.widest
        value_set = self._terminology.value_set(url) if url else None
        return bound_check(check, prop.type, value_set) if value_set else check

    def _nested(self, value: Any, scope: Scope) -> Found:
        """Judge a resource that stands in an entry of a bundle or in a parameter."""
        return self.resource(value, Scope(value, entries=scope.entries, full_url=scope.full_url))

    def _contained(self, value: Any, scope: Scope) -> Found:
        inner = Scope(value, outer=scope, entries=scope.entries, full_url=scope.full_url)
        found = self.resource(value, inner)
        scope.fragments |= inner.fragments
        if "#" in inner.fragments:  # it refers to what contains it, which is as good
            scope.fragments.add(f"#{value.get('id')}")
        return found

    def _sibling(self, value: Any, scope: Scope) -> Found:
        return self.shape("Element")(value, scope)

    def _primitive_type(self, prop: Property) -> Type | None:
        return self._release.type(prop.type) if self._is_primitive(prop) else None

    def _is_primitive(self, prop: Property) -> bool:
        return self._release.kind(prop.type) == "primitive-type"

    def _primitive(self, name: str) -> Check:
        if name not in self._primitives:
            check = primitive_check(self._release, name)
            self._primitives[name] = (
                narrative_check(check) if name == "xhtml" and self._full else check
            )
        return self._primitives[name]

    def _rules(self, kind: Type) -> list[Check]:
        """Return the checks of a type's rules, those of its bases included."""
        rules = [STRUCTURAL[name] for name in STRUCTURAL if kind.is_a(name)]
        if not self._full:
            return rules
        if kind.name in WORDED:
            rules.append(WORDED[kind.name])
        if kind.is_a("Resource") and kind.properties.get("url") is not None:
            rules.append(canonical_rule)
        if kind.name == "Coding" or kind.is_a("Quantity"):
            # One code misspelt at its source must not cost a record where profiles do not count.
            severity: Severity = "error" if self._claims_count else "warning"
            rules.append(coding_rule(self._terminology, severity))
        return [*rules, *self._invariants.of(kind)]


def _in_entry(check: Check) -> Check:
    """Return the check of a bundle's entry, which tells its resource the entry's URL."""

    def check_entry(value: Any, scope: Scope) -> Found:
        scope.full_url = value.get("fullUrl") if value.__class__ is dict else None
        return check(value, scope)

    return check_entry


def _unique(check: Check) -> Check:
    """Return the check of an element's id, which no other element of the resource has."""

    def check_id(value: Any, scope: Scope) -> Found:
        found = check(value, scope)
        if found is None:
            if value in scope.element_ids:
                return [Problem("duplicate", f"is {shown(value)}, as is that of another element")]
            scope.element_ids.add(value)
        return found

    return check_id


def _extension_rule(value: Mapping[str, Any], _: Scope) -> Found:
    has_value = any(name.startswith(("value", "_value")) for name in value)
    if has_value == ("extension" in value):
        said = "both a value and extensions" if has_value else "neither a value nor extensions"
        return [Problem("invariant", f"has {said} (ext-1)")]
    return None


WORDED: dict[str, Check] = {"ValueSet.compose.include": include_rule}
"""What the standard says of an element in words, where its codes count."""

_REPEATED_IDS = frozenset({"ElementDefinition"})
"""What stands in a snapshot and in a differential under the same id."""

STRUCTURAL: dict[str, Check] = {
    "Attachment": attachment_rule,
    "Bundle": bundle_rule,
    "Bundle.entry": entry_rule,
    "Extension": _extension_rule,
    "Identifier": identifier_rule,
}
"""What the standard says of a type beside its elements, in words or as constraints."""
