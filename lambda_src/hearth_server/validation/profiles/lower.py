"""Turns a StructureDefinition, with a snapshot or a differential, into a profile's table.

https://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from hearth_server.fhir.definitions import Binding, Element, Release, Rule, Type, TypeUse
from hearth_server.validation.profiles.table import (
    STRUCTURE_URL,
    Constraint,
    Context,
    Discriminator,
    Profile,
    Slicing,
)

MAX_VALUE_SET = STRUCTURE_URL + "elementdefinition-maxValueSet"

_VALUE = re.compile(r"(fixed|pattern)[A-Z]\w*")

Definition = Mapping[str, Any]


class NotAProfile(Exception):
    """A StructureDefinition that constrains nothing, or that cannot be turned into a table."""


def lower(
    definition: Definition, release: Release, base: Callable[[str], Profile | None]
) -> Profile:
    """Return the table of a StructureDefinition that constrains a type of `release`.

    `base` finds the table of another profile by its URL; without a snapshot, a profile starts
    from that of its base. Raises NotAProfile.
    """
    name = definition.get("type")
    kind = release.type(name) if isinstance(name, str) else None
    if definition.get("derivation") != "constraint" or kind is None:
        raise NotAProfile(f"{definition.get('url')} is not a constraint on a type of the release")
    profile = Profile(
        url=definition["url"],
        name=definition.get("title") or definition["name"],
        type=kind.name,
        version=definition.get("version", ""),
        base=definition["baseDefinition"],
        context=[
            Context(each["type"], each["expression"]) for each in definition.get("context", ())
        ],
    )
    elements = definition.get("snapshot", {}).get("element")
    if elements is None:
        elements = definition.get("differential", {}).get("element", ())
        inherited = base(profile.base)
        if inherited is not None:
            profile.root = copy.deepcopy(inherited.root)
    elif elements:
        profile.modifier = bool(elements[0].get("isModifier"))
    lowering = _Lowering(release, kind, profile.root)
    for element in elements:
        lowering.add(element)
    _prune(profile.root)
    return profile


class _Lowering:
    """Adds one element after the other to a tree."""

    def __init__(self, release: Release, kind: Type, root: Constraint) -> None:
        self._release = release
        self._kind = kind
        self._root = root

    def add(self, element: Definition) -> None:
        steps = element.get("id", element["path"]).split(".")[1:]
        node, own = self._root, None
        kind: Type | None = self._kind
        sliced = False
        for step in steps:
            name, _, slice_name = step.partition(":")
            owner = kind
            own, kind = self._step(owner, name)
            if own is None:
                return  # a name that the type does not have: nothing could ever stand there
            node = node.children.setdefault(own.name, Constraint())
            typed = name if own.choice and name.removesuffix("[x]") != own.name else None
            sliced = bool(slice_name or typed)
            if sliced:
                node = self._slice(node, own, slice_name or typed or "")
                kind = self._typed(owner, own, slice_name or typed or "") or kind
        self._constrain(node, element, own, kind, sliced=sliced)

    def _step(self, owner: Type | None, name: str) -> tuple[Element | None, Type | None]:
        """Return the element of a type that a step names, and the type of its values if one."""
        if owner is None:
            return None, None
        plain = name.removesuffix("[x]")
        own = owner.elements.get(plain)
        if own is None and plain in owner.properties:
            prop = owner.properties[plain]
            return prop.element, self._release.type(prop.type)
        if own is None:
            return None, None
        if own.node is not None:
            return own, self._release.type(own.node)
        return own, self._release.type(own.types[0].code) if len(own.types) == 1 else None

    def _typed(self, owner: Type | None, own: Element, name: str) -> Type | None:
        """Return the type of a slice of a choice that is named after its type."""
        prop = owner.properties.get(name) if owner is not None and own.choice else None
        return self._release.type(prop.type) if prop else None

    def _slice(self, node: Constraint, own: Element, name: str) -> Constraint:
        if node.slicing is None:
            if own.choice:
                node.slicing = Slicing((Discriminator("type", "$this"),))
            elif own.name in ("extension", "modifierExtension"):
                node.slicing = Slicing((Discriminator("value", "url"),))
        return node.slices.setdefault(name, Constraint())

    def _constrain(
        self,
        node: Constraint,
        element: Definition,
        own: Element | None,
        kind: Type | None,
        *,
        sliced: bool,
    ) -> None:
        """Set on a node what an element definition asks beyond the type's own element."""
        if "min" in element and (sliced or element["min"] > (own.min if own else 0)):
            node.min = element["min"]
        if "max" in element and element["max"] != "*" and own is not None:
            limit = int(element["max"])
            if sliced or own.max is None or limit < own.max:
                node.max = limit
        if "type" in element and own is not None and not own.bare:
            types = [_type(use) for use in element["type"]]
            if set(types) != {_as_urls(use) for use in own.types}:
                node.types = types
            if kind is None and len(types) == 1:
                kind = self._release.type(types[0].code)
        if binding := _binding(element.get("binding"), own):
            node.binding = binding
        for name, value in element.items():
            if match := _VALUE.fullmatch(name):
                setattr(node, match[1], value)
        if "slicing" in element:
            node.slicing = _slicing(element["slicing"])
        known = _known_rules(own, kind, self._release)
        present = {rule.key for rule in node.rules}
        node.rules = node.rules + [
            rule
            for rule in map(_rule, element.get("constraint", ()))
            if rule.key not in known and rule.key not in present
        ]


def _type(use: Definition) -> TypeUse:
    return TypeUse(use["code"], tuple(use.get("targetProfile", ())), tuple(use.get("profile", ())))


def _as_urls(use: TypeUse) -> TypeUse:
    """Return a type's use as a StructureDefinition writes it."""
    return TypeUse(use.code, tuple(STRUCTURE_URL + target for target in use.targets), use.profiles)


def _binding(binding: Definition | None, own: Element | None) -> Binding | None:
    """Return a binding that binds more than the type's own; None for one that is only advice."""
    if binding is None or "valueSet" not in binding:
        return None
    widest = next(
        (
            extension.get("valueCanonical")
            for extension in binding.get("extension", ())
            if extension["url"] == MAX_VALUE_SET
        ),
        None,
    )
    made = Binding(binding["strength"], binding["valueSet"], widest)
    if made.strength != "required" and widest is None:
        return None
    return None if own is not None and own.binding == made else made


def _slicing(slicing: Definition) -> Slicing:
    return Slicing(
        tuple(
            Discriminator(each["type"], each["path"]) for each in slicing.get("discriminator", ())
        ),
        slicing["rules"],
        slicing.get("ordered", False),
    )


def _rule(constraint: Definition) -> Rule:
    return Rule(
        constraint["key"],
        constraint["human"],
        constraint.get("expression"),
        constraint["severity"],
    )


def _known_rules(own: Element | None, kind: Type | None, release: Release) -> set[str]:
    """Return the keys of the rules that the type judges by itself."""
    known = {rule.key for rule in kind.rules} if kind else set()
    if own is not None:
        known |= {rule.key for rule in own.rules}
        for use in own.types:
            each = release.type(use.code)
            known |= {rule.key for rule in each.rules} if each else set()
    return known | {"ele-1", "ext-1"}


def _prune(node: Constraint) -> bool:
    """Remove what asks nothing; return whether the node itself asks something."""
    for name in [name for name, child in node.children.items() if not _prune(child)]:
        del node.children[name]
    for each in node.slices.values():
        _prune(each)
    if not node.slices and (node.slicing is None or node.slicing.rules == "open"):
        node.slicing = None
    return node != Constraint()
