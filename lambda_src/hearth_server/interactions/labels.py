"""Tags and security labels: an update that does not repeat them does not take them off.

A label that must go goes by `$meta-delete` or a patch, never because a client did not know it.
https://hl7.org/fhir/R4/resource.html#Meta
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hearth_server.fhir import json
from hearth_server.store.protocol import Record, Resource

_KEPT = ("tag", "security")


def with_kept_labels(resource: Resource, current: Record) -> Resource:
    """Return the resource with the tags and security labels that `current` has beside its own."""
    if b'"tag"' not in current.body and b'"security"' not in current.body:
        return resource
    stored = json.stored(current.body).get("meta", {})
    sent = resource.get("meta") or {}
    merged = {name: united(sent.get(name, ()), stored[name]) for name in _KEPT if stored.get(name)}
    return {**resource, "meta": {**sent, **merged}} if merged else resource


def united(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    """Return the codings of both, each once by system and code, those of `first` first."""
    seen: dict[tuple[str, str], Any] = {}
    for coding in (*first, *second):
        seen.setdefault(identity(coding), coding)
    return list(seen.values())


def identity(coding: Mapping[str, Any]) -> tuple[str, str]:
    """Return what tells one coding from another, whatever a client has put there."""
    return repr(coding.get("system")), repr(coding.get("code"))
