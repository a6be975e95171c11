"""Rules for bundles: what their entries hold, and what references between entries mean.

https://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hearth_server.fhir.definitions import is_resource_type
from hearth_server.validation.datatype_rules import is_absolute
from hearth_server.validation.problem import Found, Problem, shown, within
from hearth_server.validation.scope import Scope

_WITH_REQUEST = frozenset({"batch", "transaction", "history"})
_WITH_RESPONSE = frozenset({"batch-response", "transaction-response", "history"})
_WITHOUT_URLS = frozenset({"batch", "transaction", "batch-response", "transaction-response"})
_ONCE = frozenset({"self", "first", "previous", "prev", "next", "last"})
_RESTFUL = re.compile(r"https?://.+/(?P<type>[A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}")
_WITH_TOTAL = frozenset({"searchset", "history"})


class BundleEntries:
    """The entries of one bundle, by what other entries may call them."""

    def __init__(self, bundle: Mapping[str, Any]) -> None:
        self._resources: dict[str, list[dict[str, Any]]] = {}
        self._types: dict[str, str | None] = {}
        for entry in entries(bundle):
            url, resource = entry.get("fullUrl"), entry.get("resource")
            if isinstance(url, str) and isinstance(resource, dict):
                self._resources.setdefault(url, []).append(resource)

    def matches(self, reference: str, base: str | None) -> list[dict[str, Any]]:
        """Return the resources of the entries that a reference means.

        `base` is the fullUrl of the entry that holds the reference.
        """
        plain, _, version = _absolute(reference, base).partition("/_history/")
        found = self._resources.get(plain, [])
        return [each for each in found if _version(each) == version] if version else found

    def resource(self, reference: str, base: str | None) -> dict[str, Any] | None:
        """Return the resource of the entry that a reference means; None when there is none."""
        found = self.matches(reference, base)
        return found[0] if found else None

    def type_of(self, reference: str, base: str | None) -> str | None:
        """Return the type of the entry that a reference means; None when there is none."""
        if not self._resources:
            return None
        named = _absolute(reference, base)
        if named not in self._types:  # most references of a bundle are to the same few entries
            resource = self.resource(named, None)
            kind = resource.get("resourceType") if resource else None
            self._types[named] = kind if isinstance(kind, str) else None
        return self._types[named]


def entries(bundle: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of a bundle that are objects."""
    listed = bundle.get("entry")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            yield entry


def bundle_rule(bundle: Mapping[str, Any], _: Scope) -> Found:
    """Judge a bundle whose shape is right by the rules bdl-1 to bdl-12."""
    kind = bundle.get("type")
    found: Found = None
    if "total" in bundle and kind not in _WITH_TOTAL:
        found = within(found, [_rule("bdl-1", "is only for a searchset or history")], ".total")
    listed = bundle.get("entry", [])
    for position, entry in enumerate(listed):
        problems = _entry_faults(entry, kind)
        if problems:
            found = within(found, problems, f".entry[{position}]")
    if kind != "history":
        found = _repeated_urls(listed, found)
    if "link" in bundle:
        found = _repeated_links(bundle["link"], found)
    if kind in ("document", "message"):
        found = [*(found or ()), *_first_entry(bundle, listed, kind)] or None
    return found


def entry_rule(entry: Mapping[str, Any], _: Scope) -> Found:
    """Judge one entry by the rules bdl-5 and bdl-8, and its URL by the id of its resource."""
    problems = []
    if not ("resource" in entry or "request" in entry or "response" in entry):
        problems.append(_rule("bdl-5", "has no resource, request or response"))
    url = entry.get("fullUrl")
    if url is not None:
        problems += _url_faults(url, entry.get("resource"))
    return problems or None


def _entry_faults(entry: Mapping[str, Any], kind: str | None) -> list[Problem]:
    problems = []
    mode = entry["search"].get("mode") if "search" in entry else None
    resource = entry.get("resource")
    if resource is not None:
        if "fullUrl" not in entry and kind not in _WITHOUT_URLS and mode != "outcome":
            text = f"is missing; in a {kind} it is the identity of the resource"
            problems.append(Problem("required", text, ".fullUrl"))
        if mode == "match" and "id" not in resource:
            problems.append(
                Problem("required", "is missing in a search result", ".id", ".resource")
            )
        if mode == "outcome" and resource["resourceType"] != "OperationOutcome":
            text = f"is a {resource['resourceType']}; an outcome is an OperationOutcome"
            problems.append(Problem("invalid", text, ".resource"))
    if "search" in entry and kind != "searchset":
        problems.append(_rule("bdl-2", "is only for a searchset", ".search"))
    if ("request" in entry) != (kind in _WITH_REQUEST):
        said = "is missing" if kind in _WITH_REQUEST else f"is not for a {kind}"
        problems.append(_rule("bdl-3", said, ".request"))
    if ("response" in entry) != (kind in _WITH_RESPONSE):
        said = "is missing" if kind in _WITH_RESPONSE else f"is not for a {kind}"
        problems.append(_rule("bdl-4", said, ".response"))
    return problems


def _url_faults(url: str, resource: Mapping[str, Any] | None) -> list[Problem]:
    if "/_history/" in url:
        return [_rule("bdl-8", "names a version; a fullUrl does not", ".fullUrl")]
    if not is_absolute(url):
        text = f"is {shown(url)}; it must be an absolute URL, urn:uuid:… or urn:oid:…"
        return [Problem("value", text, ".fullUrl")]
    restful = _RESTFUL.fullmatch(url)
    if restful is None or resource is None or not is_resource_type(restful["type"]):
        return []
    if "id" not in resource:
        return [Problem("required", "is missing; the fullUrl ends in one", ".id", ".resource")]
    if not url.endswith(f"/{resource['resourceType']}/{resource['id']}"):
        text = f"is {shown(url)} and the resource is {resource['resourceType']}/{resource['id']}"
        return [Problem("value", text, ".fullUrl")]
    return []


def _repeated_links(links: list[Mapping[str, Any]], found: Found) -> Found:
    seen: set[str] = set()
    for position, link in enumerate(links):
        relation = link["relation"]
        if relation in seen and relation in _ONCE:
            problem = Problem("duplicate", f"is {shown(relation)} twice", ".relation")
            found = within(found, [problem], f".link[{position}]")
        seen.add(relation)
    return found


def _repeated_urls(listed: list[Mapping[str, Any]], found: Found) -> Found:
    seen: set[tuple[str, str | None]] = set()
    for position, entry in enumerate(listed):
        url = entry.get("fullUrl")
        if url is None:
            continue
        meta = entry["resource"].get("meta") if "resource" in entry else None
        name = (url, meta.get("versionId") if meta else None)
        if name in seen:
            problem = _rule("bdl-7", "is that of another entry", ".fullUrl")
            found = within(found, [problem], f".entry[{position}]")
        seen.add(name)
    return found


def _first_entry(
    bundle: Mapping[str, Any], listed: list[Mapping[str, Any]], kind: str
) -> list[Problem]:
    """Judge what a document or a message starts with."""
    wanted = "Composition" if kind == "document" else "MessageHeader"
    rule = "bdl-11" if kind == "document" else "bdl-12"
    problems = []
    first = listed[0].get("resource") if listed else None
    if first is None or first.get("resourceType") != wanted:
        problems.append(_rule(rule, f"must be a {wanted} in a {kind}", "[0]", ".entry"))
    if kind == "document":
        identifier = bundle.get("identifier", {})
        if not ("system" in identifier and "value" in identifier):
            text = "must have a system and a value in a document"
            problems.append(_rule("bdl-9", text, ".identifier"))
        if "timestamp" not in bundle:
            problems.append(_rule("bdl-10", "is missing in a document", ".timestamp"))
    return problems


def _version(resource: Mapping[str, Any]) -> Any:
    meta = resource.get("meta")
    return meta.get("versionId") if isinstance(meta, dict) else None


def _rule(key: str, text: str, *steps: str) -> Problem:
    return Problem("invariant", f"{text} ({key})", *steps)


def _absolute(reference: str, base: str | None) -> str:
    """Return a reference as a URL, seen from the entry whose fullUrl is `base`."""
    if base is None or ":" in reference.partition("/_history/")[0]:
        return reference
    return f"{_service_base(base)}{reference}"


def _service_base(url: str) -> str:
    """Return what stands before Type/id in a RESTful URL, with its slash; else the URL."""
    parts = url.rsplit("/", 2)
    return f"{parts[0]}/" if len(parts) == 3 else f"{url}/"
