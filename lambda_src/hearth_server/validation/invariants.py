"""Checks of a type's constraints: by a shortcut where it is enough, else by FHIRPath.

https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from hearth_server.fhir import fhirpath
from hearth_server.fhir.definitions import Release, Rule, Type
from hearth_server.fhir.fhirpath import Compiled, Environment, FHIRPathError, Node, ast
from hearth_server.fhir.fhirpath.shape import Shape, shapes_of
from hearth_server.fhir.terminology import Terminology
from hearth_server.validation.narrative import narrative_faults
from hearth_server.validation.problem import Check, Found, Problem
from hearth_server.validation.references import resolved
from hearth_server.validation.scope import Scope
from hearth_server.validation.shortcuts import UNKNOWN, shortcut

_ELSEWHERE = (
    "ele-1 ext-1 ref-1 txt-1 txt-2 dom-2 dom-3 dom-4 dom-5 "
    "bdl-1 bdl-2 bdl-3 bdl-4 bdl-5 bdl-7 bdl-8 bdl-9 bdl-10 bdl-11 bdl-12"
)
JUDGED_ELSEWHERE = frozenset(_ELSEWHERE.split())
"""Rules that `shapes`, `contained`, `references`, `narrative` and `bundles` judge faster."""


Follows = Callable[[Any, str, str, Scope], "bool | None"]
"""Takes a value, its type's name and a profile's URL."""


class RuleCheck(Protocol):
    """Judges a value by one rule."""

    def __call__(self, value: Any, scope: Scope, sibling: Any = None) -> Found:
        """Return the problem of a broken rule. `sibling` is what JSON has beside a primitive."""


class Invariants:
    """Makes the checks of constraints on the types of one release.

    A constraint holds when its expression is true: nothing, neither true nor false, breaks it.
    """

    def __init__(self, release: Release, terminology: Terminology) -> None:
        self._release = release
        self._terminology = terminology
        self._shapes = shapes_of(release)
        self.follows: Follows | None = None
        """Judges values by a profile, for `conformsTo()`; None where profiles are not known."""

    def of(self, kind: Type) -> list[Check]:
        """Return the checks of the rules of a type's JSON objects."""
        return [
            self.check(rule, kind)
            for rule in kind.rules
            if rule.expression is not None and rule.key not in JUDGED_ELSEWHERE
        ]

    def check(self, rule: Rule, kind: Type) -> RuleCheck:
        """Return the check of one rule on values of one type, and what stands beside them."""
        assert rule.expression is not None
        tree = fhirpath.parse(rule.expression)
        glance = shortcut(tree, kind, self._release)
        evaluate = self._evaluation(tree, kind)
        broken = f"breaks the rule {rule.key}: {rule.human}"
        severity = rule.severity

        def check(value: Any, scope: Scope, sibling: Any = None) -> Found:
            answer = glance(value) if value.__class__ is dict else UNKNOWN
            try:
                if answer is True or (answer is UNKNOWN and evaluate(value, scope, sibling)):
                    return None
            except FHIRPathError as error:
                text = f"cannot be judged by the rule {rule.key}: {error}"
                return [Problem("processing", text, severity="warning")]
            return [Problem("invariant", broken, severity=severity)]

        return check

    def _evaluation(self, tree: ast.Expression, kind: Type) -> Callable[[Any, Scope, Any], bool]:
        """Return a function that evaluates an expression, compiled when it is first called."""
        compiled: Compiled | None = None
        shape: Shape | None = None

        def evaluate(value: Any, scope: Scope, sibling: Any) -> bool:
            nonlocal compiled, shape
            if compiled is None or shape is None:
                compiled = fhirpath.compile(tree, model=self._release)
                shape = self._shapes.of(kind.name)
            return compiled(Node(value, shape, sibling), self.environment(scope)) == [True]

        return evaluate

    def environment(self, scope: Scope) -> Environment:
        """Return what expressions about the scope's resource see around them."""
        if scope.environment is None:
            scope.environment = Environment(
                resource=self._resource(scope.resource),
                root_resource=self._resource(scope.root),
                resolve=lambda reference, _: resolved(reference, scope),
                member_of=self._member_of,
                conforms_to=lambda node, url: self._follows(node, url, scope),
                html_checks=lambda markup: not narrative_faults(markup),
            )
        return scope.environment

    def _resource(self, value: Mapping[str, Any]) -> Node:
        return Node(value, self._shapes.of_resource(value))

    def _follows(self, node: Node, url: str, scope: Scope) -> bool | None:
        if self.follows is None:
            return None
        return self.follows(node.value, node.shape.name, url, scope)

    def _member_of(self, node: Node, url: str) -> bool | None:
        value_set = self._terminology.value_set(url)
        if value_set is None:
            return None
        value = node.value
        if isinstance(value, str):
            return value_set.has_code(value)
        if not isinstance(value, dict):
            return None
        codings = value.get("coding", ()) if "coding" in value else [value]
        return any(value_set.has(each.get("system", ""), each.get("code", "")) for each in codings)
