"""Documents: what a Composition refers to is in the bundle, once.

https://hl7.org/fhir/R4/documents.html#content
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hearth_server.validation.bundles import BundleEntries
from hearth_server.validation.problem import Found, Problem, shown, within

_REFERRING = ("subject", "encounter", "author", "custodian")
_IN_PARTS = {"attester": ("party",), "event": ("detail",), "section": ("author", "focus", "entry")}
"""What a document holds beside its Composition: the part of it, and who refers there."""


def document_faults(bundle: Mapping[str, Any], entries: BundleEntries) -> Found:
    """Return a problem for each reference of the Composition that the bundle does not resolve."""
    listed = bundle.get("entry")
    if bundle.get("type") != "document" or not isinstance(listed, list) or not listed:
        return None
    first = listed[0]
    composition = first.get("resource") if isinstance(first, dict) else None
    if not isinstance(composition, dict) or composition.get("resourceType") != "Composition":
        return None
    found: Found = None
    for steps, reference in _references(composition):
        if (fault := _fault(reference, entries, first.get("fullUrl"))) is not None:
            code, text = fault
            place = (".reference", *reversed(steps), ".resource", "[0]")
            found = within(found, [Problem(code, text, *place)], ".entry")
    return found


def _references(part: Any) -> Iterator[tuple[list[str], str]]:
    """Yield each reference of a Composition, with the steps that lead to it."""
    for name in _REFERRING:
        yield from _within(part, name)
    for name, inner_names in _IN_PARTS.items():
        yield from _parts(part, name, inner_names)


def _parts(part: Any, name: str, inner_names: tuple[str, ...]) -> Iterator[tuple[list[str], str]]:
    inner = part.get(name)
    for position, each in enumerate(inner if isinstance(inner, list) else ()):
        if not isinstance(each, dict):
            continue
        at = [f".{name}", f"[{position}]"]
        for inner_name in inner_names:
            for steps, reference in _within(each, inner_name):
                yield at + steps, reference
        if name == "section":
            for steps, reference in _parts(each, name, inner_names):
                yield at + steps, reference


def _within(part: Mapping[str, Any], name: str) -> Iterator[tuple[list[str], str]]:
    value = part.get(name)
    if isinstance(value, list):
        for position, each in enumerate(value):
            if isinstance(each, dict) and isinstance(each.get("reference"), str):
                yield [f".{name}", f"[{position}]"], each["reference"]
    elif isinstance(value, dict) and isinstance(value.get("reference"), str):
        yield [f".{name}"], value["reference"]


def _fault(reference: str, entries: BundleEntries, base: Any) -> tuple[str, str] | None:
    """Return code and text of what is wrong with a reference of the Composition."""
    if reference.startswith("#"):
        return None
    count = len(entries.matches(reference, base if isinstance(base, str) else None))
    if count == 1:
        return None
    if count == 0:
        return "not-found", f"is {shown(reference)}, which is not in the document"
    return "multiple-matches", f"is {shown(reference)}, which {count} entries are"
