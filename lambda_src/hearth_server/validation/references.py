"""Checks of references: their form, and the type of what they point at.

https://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hearth_server.fhir.definitions import Release
from hearth_server.validation.problem import Check, Found, Problem, shown, within
from hearth_server.validation.scope import Scope

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LITERAL = re.compile(
    r"(?:(?P<base>[a-z][a-z0-9+.-]*://[^\s?#]+?)/)?"
    r"(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/[A-Za-z0-9\-.]{1,64})?(?:#\S*)?"
)
_CONDITION = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?\S+")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def reference_check(
    shape: Check, release: Release, targets: Sequence[str], *, resolve: bool
) -> Check:
    """Return the check of a Reference that may point at `targets`; none means any type.

    `shape` judges it as an object. `resolve` looks up what is at hand: contained resources and
    the other entries of a bundle.
    """
    resource_types = release.resource_types()
    allowed = frozenset(targets) if targets and "Resource" not in targets else None

    def check(value: Any, scope: Scope) -> Found:
        found = shape(value, scope)
        if found is not None:
            return found
        reference = value.get("reference")
        if reference is not None:
            kind, slash, id = reference.partition("/")
            if slash and _ID.fullmatch(id) and kind in resource_types:
                fault = None
            else:
                kind, fault = _read(reference, scope, resource_types)
            if fault is None and resolve and scope.entries is not None:
                kind, fault = _entry(kind, reference, scope)
            if fault is None and allowed is not None and kind and kind not in allowed:
                fault = _wrong_target(kind, allowed)
            if fault is not None:
                return within(None, [fault], ".reference")
        if "type" in value:
            return _named_type(value, allowed, resource_types)
        return None

    return check


def literal_type(reference: str) -> str | None:
    """Return the type that a reference such as `Patient/1` or its URL names."""
    match = _LITERAL.fullmatch(reference)
    return match["type"] if match else None


def resolved(reference: str, scope: Scope) -> dict[str, Any] | None:
    """Return the resource that a reference means, or a stub of the type that it names."""
    if reference[:1] == "#":
        for inner in scope.root.get("contained", ()):
            if isinstance(inner, dict) and inner.get("id") == reference[1:]:
                return inner
        return dict(scope.root) if reference == "#" else None
    entry = scope.entries.resource(reference, scope.full_url) if scope.entries else None
    if entry is not None:
        return entry
    kind = literal_type(reference)
    return {"resourceType": kind} if kind else None


def _read(reference: str, scope: Scope, known: frozenset[str]) -> tuple[str | None, Problem | None]:
    """Return the type that a reference names, if it names one, or what is wrong with its form."""
    if reference[0] == "#":
        return _contained(reference, scope)
    if reference.startswith("urn:"):
        return None, None
    match = _LITERAL.fullmatch(reference) or _CONDITION.fullmatch(reference)
    if match is not None:
        kind = match["type"]
        if kind in known:
            return kind, None
        if _ABSOLUTE.fullmatch(reference):
            return None, None  # elsewhere paths may mean other things
        return None, Problem("value", f"is {shown(reference)}; {kind} is not a resource type")
    if _ABSOLUTE.fullmatch(reference):
        return None, None
    text = f"is {shown(reference)}; it must be Type/id, a URL, urn:uuid:… or #id"
    return None, Problem("value", text)


def _contained(reference: str, scope: Scope) -> tuple[str | None, Problem | None]:
    scope.fragments.add(reference)
    if reference == "#":
        kind = scope.root.get("resourceType")
        return kind if isinstance(kind, str) else None, None
    if scope.contained is None or reference[1:] not in scope.contained:
        return None, Problem("not-found", f"is {shown(reference)}; nothing contained has that id")
    return scope.contained[reference[1:]], None


def _entry(kind: str | None, reference: str, scope: Scope) -> tuple[str | None, Problem | None]:
    """Return the type of the bundle's entry that a reference means, or else `kind`."""
    assert scope.entries is not None
    return scope.entries.type_of(reference, scope.full_url) or kind, None


def _wrong_target(kind: str, allowed: frozenset[str]) -> Problem:
    return Problem("value", f"points at a {kind}; allowed: {', '.join(sorted(allowed))}")


def _named_type(
    value: Mapping[str, Any], allowed: frozenset[str] | None, known: frozenset[str]
) -> Found:
    """Judge what `Reference.type` says beside the reference itself."""
    kind = value["type"]
    if kind not in known:
        return None  # any other URI names a logical model
    if allowed is not None and kind not in allowed:
        return within(None, [_wrong_target(kind, allowed)], ".type")
    literal = _LITERAL.fullmatch(value.get("reference") or "")
    if literal is not None and literal["type"] in known and literal["type"] != kind:
        text = f"is {kind}, but the reference points at a {literal['type']}"
        return [Problem("value", text, ".type")]
    return None
