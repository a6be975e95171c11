"""Links between the entries of a transaction, rewritten to where the entries are stored.

https://hl7.org/fhir/R4/http.html#trules, https://hl7.org/fhir/R4/bundle.html#references
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hearth_server.errors import InvalidResource
from hearth_server.fhir import definitions
from hearth_server.fhir.definitions import Type

REWRITTEN = frozenset({"uri", "url", "oid", "uuid"})
"""The types, beside Reference, whose values are links. A canonical is none."""

_CODE_SYSTEMS = frozenset({("ConceptMap.group", "source"), ("ConceptMap.group", "target")})

ONLY_IN_A_TRANSACTION = "A conditional reference is served in a transaction only"

_MADE_FOR_THE_BUNDLE = ("urn:uuid:", "urn:oid:")
_OF_A_REFERENCE = frozenset(
    {"id", "extension", "reference", "type", "identifier", "display"}
    | {"_reference", "_type", "_display"}
)
"""The members of a Reference: an object with others has an URI that is only called so."""

_CONDITIONAL = re.compile(r"[A-Z][A-Za-z]*\?")
_RELATIVE = re.compile(r"[A-Z][A-Za-z]*/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_RESTFUL = re.compile(r"(https?://.*/)[A-Z][A-Za-z]*/[A-Za-z0-9\-.]{1,64}")
_NARRATIVE = re.compile(r"""(\b(?:href|src)\s*=\s*)("[^"]*"|'[^']*')""")


@dataclass(slots=True)
class Links:
    """Where each entry's fullUrl leads, and the conditional references still to be resolved."""

    targets: Mapping[str, str]
    """`Type/id` by fullUrl."""
    conditional: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    """The Reference that holds it, and the conditional reference."""

    def rewrite(self, resource: dict[str, Any], full_url: str | None) -> None:
        """Rewrite the links of a resource in place, and collect its conditional references.

        Raises InvalidResource for a Reference to a `urn:` that no entry has.
        """
        try:
            others = self._references(resource, _base(full_url))
        except _Unresolved as unresolved:
            raise InvalidResource(
                "The Reference names no entry of the bundle",
                code="not-found",
                expression=place_of(resource, unresolved.reference),
            ) from None
        if others:
            self._typed(resource, definitions.release().type(resource["resourceType"]))

    def _references(self, node: dict[str, Any], base: str) -> bool:
        """Rewrite every Reference below `node`; return whether other strings name an entry."""
        targets = self.targets
        others = False
        for name, value in node.items():
            kind = type(value)
            if kind is str:
                if name == "reference":
                    self._reference(node, value, base)
                elif value in targets or (name == "div" and ("href" in value or "src" in value)):
                    others = True
            elif kind is dict:
                others = self._references(value, base) or others
            elif kind is list:
                for item in value:
                    if type(item) is dict:
                        others = self._references(item, base) or others
                    elif type(item) is str and item in targets:
                        others = True
        return others

    def _reference(self, node: dict[str, Any], value: str, base: str) -> None:
        target = self._target(value, base)
        if target is not None:
            node["reference"] = target
        elif value.startswith(_MADE_FOR_THE_BUNDLE):
            if node.keys() <= _OF_A_REFERENCE:
                raise _Unresolved(value)
        elif "?" in value and _CONDITIONAL.match(value) and node.keys() <= _OF_A_REFERENCE:
            self.conditional.append((node, value))

    def _target(self, value: str, base: str) -> str | None:
        target = self.targets.get(value)
        if target is not None:
            return target
        absolute = base + value if base and _RELATIVE.fullmatch(value) else value
        bare, separator, version = absolute.partition("/_history/")
        target = self.targets.get(bare)
        return target and target + separator + version

    def _typed(self, node: dict[str, Any], type_: Type | None) -> None:
        """Rewrite the links below `node` that are of a type whose values are links."""
        for name, value in node.items():
            found = type_.properties.get(name) if type_ else None
            if type_ is None or found is None or (found.type == "uri" and _is_name(type_, name)):
                continue
            if isinstance(value, list):
                value[:] = [self._linked(item, found.type) for item in value]
            else:
                node[name] = self._linked(value, found.type)

    def _linked(self, value: Any, type_name: str) -> Any:
        if isinstance(value, dict):
            name = value.get("resourceType", type_name)
            self._typed(value, definitions.release().type(name))
        elif isinstance(value, str):
            if type_name in REWRITTEN:
                return self.targets.get(value, value)
            if type_name == "xhtml":
                return _NARRATIVE.sub(self._quoted, value)
        return value

    def _quoted(self, found: re.Match[str]) -> str:
        quoted = found[2]
        target = self.targets.get(html.unescape(quoted[1:-1]))
        return found[0] if target is None else f"{found[1]}{quoted[0]}{target}{quoted[0]}"


def check_unconditional(body: bytes, resource: Mapping[str, Any]) -> None:
    """Raise InvalidResource for a conditional reference in a resource that comes alone.

    Only a transaction looks for what one means; stored as it is, it would lead nowhere. A Bundle
    that is stored may hold them for when it is sent. `body` is what brought the resource.
    """
    if b"?" not in body or resource["resourceType"] == "Bundle":
        return
    for place, said in _places(resource, resource["resourceType"]):
        conditional = isinstance(said, str) and _CONDITIONAL.match(said) is not None
        if conditional and definitions.is_resource_type(said.partition("?")[0]):
            raise InvalidResource(ONLY_IN_A_TRANSACTION, expression=place)


def place_of(resource: Mapping[str, Any], reference: str) -> str:
    """Return the FHIRPath of the first Reference in a resource that says `reference`."""
    places = _places(resource, resource["resourceType"])
    return next((place for place, value in places if value == reference), resource["resourceType"])


def _places(node: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield the place and text of each Reference at or below `node`."""
    if isinstance(node, dict):
        if "reference" in node and node.keys() <= _OF_A_REFERENCE:
            yield f"{place}.reference", node["reference"]
        for name, value in node.items():
            yield from _places(value, f"{place}.{name}")
    elif isinstance(node, list):
        for number, item in enumerate(node):
            yield from _places(item, f"{place}[{number}]")


def _is_name(type_: Type, element: str) -> bool:
    """Return whether an URI names something, as a canonical URL or a code system's does.

    Such a name may well be the fullUrl of the definition; a link in its place names nothing.
    """
    if element == "url":
        return type_.is_a("Resource") or type_.is_a("Extension")
    return element == "system" or (type_.name, element) in _CODE_SYSTEMS


def _base(full_url: str | None) -> str:
    """Return the base URL of a RESTful fullUrl, with its slash; empty for any other."""
    found = _RESTFUL.fullmatch(full_url) if full_url and full_url.startswith("http") else None
    return found[1] if found else ""


class _Unresolved(Exception):
    def __init__(self, reference: str) -> None:
        super().__init__()
        self.reference = reference
