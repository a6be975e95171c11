"""Rules for contained resources: one level, referenced, without a life of their own.

https://hl7.org/fhir/R4/references.html#contained
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hearth_server.validation.problem import Found, Problem, shown, within
from hearth_server.validation.scope import Scope

_SERVER_META = {"versionId": "dom-4", "lastUpdated": "dom-4", "security": "dom-5"}


def index(contained: Any) -> dict[str, str | None]:
    """Return the type of each contained resource by its id, as far as the JSON allows."""
    return {
        inner["id"]: inner.get("resourceType")
        for inner in (contained if isinstance(contained, list) else ())
        if isinstance(inner, dict) and isinstance(inner.get("id"), str)
    }


def contained_faults(contained: Sequence[Any], scope: Scope) -> Found:
    """Return what is wrong with contained resources after all else has been judged."""
    found: Found = None
    seen: set[str] = set()
    for position, inner in enumerate(contained):
        if not isinstance(inner, dict):
            continue
        problems = [*_nested(inner), *_living(inner), *_lost(inner, scope, seen)]
        if problems:
            found = within(found, problems, f".contained[{position}]")
    return found


def _nested(inner: Mapping[str, Any]) -> list[Problem]:
    if "contained" in inner:
        text = "stands in a contained resource, which may contain none (dom-2)"
        return [Problem("invariant", text, ".contained")]
    return []


def _living(inner: Mapping[str, Any]) -> list[Problem]:
    meta = inner.get("meta")
    if not isinstance(meta, dict):
        return []
    return [
        Problem("invariant", f"is not for a contained resource ({rule})", f".{name}", ".meta")
        for name, rule in _SERVER_META.items()
        if name in meta
    ]


def _lost(inner: Mapping[str, Any], scope: Scope, seen: set[str]) -> list[Problem]:
    id = inner.get("id")
    if not isinstance(id, str):
        return []
    if id in seen:
        return [Problem("duplicate", f"is {shown(id)} twice", ".id")]
    seen.add(id)
    if f"#{id}" in scope.fragments:
        return []
    return [Problem("invariant", "is contained and nothing in the resource refers to it (dom-3)")]
