"""The simple paths by which slices are told apart: `$this`, `code.coding`, `resolve().code`.

https://hl7.org/fhir/R4/profiling.html#discriminator
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from hearth_server.fhir.definitions import Release
from hearth_server.validation.profiles.occurrences import Occurrence, reader
from hearth_server.validation.profiles.table import Constraint
from hearth_server.validation.references import resolved
from hearth_server.validation.scope import Scope

_STEP = re.compile(r"(?P<name>\$?\w+)(?:\((?:'(?P<text>[^']*)'|(?P<type>\w*))\))?(?:\.|$)")


class Step(msgspec.Struct, frozen=True):
    """One step of a path: a child's name, or a function with its argument."""

    name: str
    argument: str | None = None
    """None for a child."""


def steps(path: str) -> list[Step]:
    """Return the steps of a path, `$this` left out."""
    found = []
    for match in _STEP.finditer(path):
        is_call = match.end("name") < len(path) and path[match.end("name")] == "("
        argument = (match["text"] or match["type"] or "") if is_call else None
        if match["name"] != "$this":
            found.append(Step(match["name"], argument))
    return found


def reach(
    occurrence: Occurrence, path: list[Step], release: Release, scope: Scope
) -> list[Occurrence]:
    """Return the values that a path leads to."""
    found = [occurrence]
    for step in path:
        found = [after for each in found for after in _after(each, step, release, scope)]
    return found


def locate(node: Constraint, path: list[Step]) -> list[Constraint]:
    """Return what a profile asks of the values that a path leads to."""
    found = [node]
    for step in path:
        found = [after for each in found for after in _constraints_after(each, step)]
    return found


def _after(occurrence: Occurrence, step: Step, release: Release, scope: Scope) -> list[Occurrence]:
    value = occurrence.value
    if step.name == "resolve" and step.argument is not None:
        reference = value.get("reference") if isinstance(value, dict) else value
        target = resolved(reference, scope) if isinstance(reference, str) else None
        return [Occurrence(target, None, target["resourceType"], "")] if target else []
    if step.name == "ofType" and step.argument is not None:
        return [occurrence] if occurrence.type == step.argument else []
    kind = release.type(occurrence.type)
    element = kind.elements.get(step.name) if kind else None
    if kind is None or element is None or not isinstance(value, dict):
        return []
    found = reader(kind, element)(value)
    if step.argument is not None:  # extension('url')
        return [each for each in found if _url(each) == step.argument]
    return found


def _url(occurrence: Occurrence) -> Any:
    return occurrence.value.get("url") if isinstance(occurrence.value, dict) else None


def _constraints_after(node: Constraint, step: Step) -> list[Constraint]:
    if step.name in ("resolve", "ofType") and step.argument is not None:
        return [node]
    child = node.children.get(step.name)
    if step.argument is not None:
        slices = child.slices.values() if child else ()
        return [
            each for each in slices if step.argument in (_fixed_url(each), *_profile_urls(each))
        ]
    found = [child] if child is not None else []
    for attribute in ("fixed", "pattern"):
        whole = getattr(node, attribute)
        if isinstance(whole, dict) and step.name in whole:
            inner = whole[step.name]
            for each in inner if isinstance(inner, list) else [inner]:
                found.append(Constraint(**{attribute: each}))
    return found


def _fixed_url(node: Constraint) -> Any:
    url = node.children.get("url")
    return url.fixed if url is not None else None


def _profile_urls(node: Constraint) -> tuple[str, ...]:
    return tuple(url for use in node.types or () for url in use.profiles)
