"""A search by looking at every resource: slow, simple, and the judge of the engines.

Parameters are evaluated by their FHIRPath expressions, not by the server's tables of paths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from hearth_server.fhir.definitions import release
from hearth_server.fhir.fhirpath.compile import Compiled, compile
from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.node import Node
from hearth_server.fhir.fhirpath.shape import shapes_of

from tests.conformance.search import naive_values as values
from tests.conformance.search.naive_values import Element
from tests.conformance.search.registry import implied_system, registry

Resource = dict[str, Any]


class Naive:
    """Resources, and every search over them."""

    def __init__(self, resources: Sequence[Resource], base_url: str, now: int = 0) -> None:
        self._resources = list(resources)
        self._by_reference = {f"{each['resourceType']}/{each['id']}": each for each in resources}
        self._base = base_url
        self._now = Decimal(now)

    def find(self, type: str, query: str) -> list[str]:
        """Return the ids of the resources of one type that meet a query, and of its includes."""
        pairs = [pair for pair in parse_qsl(query) if not pair[0].startswith("_sort")]
        includes = [pair for pair in pairs if pair[0].startswith(("_include", "_revinclude"))]
        asked = [pair for pair in pairs if pair not in includes]
        matches = [
            each
            for each in self._resources
            if each["resourceType"] == type
            and all(self.meets(each, name, value) for name, value in asked)
        ]
        return [each["id"] for each in (*matches, *self._included(matches, includes))]

    def _included(
        self, matches: Sequence[Resource], asked: Sequence[tuple[str, str]]
    ) -> list[Resource]:
        """Return what is included beside matches, each once."""
        found: list[Resource] = []
        starts = list(matches)
        while starts:
            fresh: list[Resource] = []
            for name, value in asked:
                for each in self._beside(starts, name, *value.split(":")):
                    if not _holds((*matches, *found), each):
                        found.append(each)
                        fresh.append(each)
            starts, asked = fresh, [pair for pair in asked if pair[0].endswith(":iterate")]
        return found

    def _beside(
        self, starts: Sequence[Resource], name: str, source: str, code: str, only: str = ""
    ) -> Iterator[Resource]:
        """Yield what one include finds from where it starts."""
        reverse = name.startswith("_revinclude")
        for holder in self._resources if reverse else starts:
            known = registry(holder["resourceType"]).values()
            codes = [each["code"] for each in known if each["type"] == "reference"]
            for each in codes if code == "*" else [code]:
                targets = self._targets(holder, each) if holder["resourceType"] == source else ()
                for target in targets:
                    if only in ("", target["resourceType"]):
                        if not reverse and _holds(self._resources, target):
                            yield target
                        elif reverse and _holds(starts, target):
                            yield holder

    def meets(self, resource: Resource, name: str, value: str) -> bool:
        """Whether a resource meets one parameter."""
        if name.startswith("_has:"):
            _, type, reference, rest = name.split(":", 3)
            return any(
                self.meets(other, rest, value)
                for other in self._resources
                if other["resourceType"] == type
                and any(target is resource for target in self._targets(other, reference))
            )
        first, dot, rest = name.partition(".")
        code, _, modifier = first.partition(":")
        if dot:
            return any(
                self.meets(target, rest, value)
                for target in self._targets(resource, code)
                if (not modifier or target["resourceType"] == modifier)
                and (rest.startswith("_has") or _defined(target["resourceType"], rest))
            )
        if code == "_id":
            return resource["id"] in value.split(",")
        return self._parameter(resource, code, modifier, value)

    def _parameter(self, resource: Resource, code: str, modifier: str, value: str) -> bool:
        definition = registry(resource["resourceType"])[code]
        if code == "url" and "|" in value:
            return any(
                resource.get("url") == url and version in ("", resource.get("version", ""))
                for url, _, version in (each.partition("|") for each in value.split(","))
            )
        if definition["type"] == "composite":
            return self._composite(resource, definition, value)
        found = elements(resource, definition)
        if modifier == "missing":
            return (value == "true") != bool(found)
        asked = [each for each in re.split(r"(?<!\\),", value) if each]
        if modifier == "not":
            return not any(self._one(definition, "", each, one) for each in found for one in asked)
        return any(self._one(definition, modifier, each, one) for each in found for one in asked)

    def _composite(self, resource: Resource, definition: Resource, value: str) -> bool:
        root = _node(resource)
        environment = Environment(resource=root)
        parts = _compiled(definition["expression"], resource["resourceType"])(root, environment)
        return any(
            all(
                any(
                    self._one(registry_by_url(part["definition"]), "", _element(found), one)
                    for found in _compiled(part["expression"], None)(element, environment)
                )
                for part, one in zip(definition["component"], pair.split("$"), strict=True)
            )
            for element in parts
            for pair in value.split(",")
        )

    def _one(self, definition: Resource, modifier: str, element: Element, text: str) -> bool:
        """Whether one element meets one value, escapes still in it."""
        if definition["type"] != "token":
            text = _unescaped(text)
        judge: Callable[[Resource, str, Element, str], bool] = {
            "date": self._date,
            "number": self._number,
            "quantity": self._quantity,
            "token": self._token,
            "string": self._string,
            "uri": self._uri,
            "reference": self._reference,
        }[definition["type"]]
        return judge(definition, modifier, element, text)

    def _date(self, definition: Resource, modifier: str, element: Element, text: str) -> bool:
        return values.moment_meets(element, *_prefixed(text), self._now)

    def _number(self, definition: Resource, modifier: str, element: Element, text: str) -> bool:
        return values.number_meets(element, *_prefixed(text))

    def _quantity(self, definition: Resource, modifier: str, element: Element, text: str) -> bool:
        return values.quantity_meets(element, *_prefixed(text))

    def _token(self, definition: Resource, modifier: str, element: Element, text: str) -> bool:
        if modifier == "text":
            wanted = values.folded(text)
            return any(
                values.folded(each).startswith(wanted) for each in values.token_texts(element)
            )
        if modifier == "of-type":
            system, code, identifier = text.split("|")
            value = element.value
            typed = any(
                each.get("system") == system and each.get("code") == code
                for each in value.get("type", {}).get("coding", [])
            )
            return typed and value.get("value") == identifier
        pieces = [_unescaped(each) for each in re.split(r"(?<!\\)\|", text)]
        return values.token_meets(element, pieces, implied_system(definition, element))

    def _string(self, definition: Resource, modifier: str, element: Element, text: str) -> bool:
        found = values.strings(element)
        if modifier == "exact":
            return text in found
        wanted, stored = values.folded(text), [values.folded(each) for each in found]
        if modifier == "contains":
            return any(wanted in each for each in stored)
        later = values.family_words(element, definition["expression"])
        return any(each.startswith(wanted) for each in (*stored, *later))

    def _uri(self, definition: Resource, modifier: str, element: Element, text: str) -> bool:
        match modifier:
            case "below":
                return str(element.value).startswith(text)
            case "above":
                return text.startswith(str(element.value))
        if element.type == "canonical":
            return text in (element.value, element.value.partition("|")[0])
        return bool(element.value == text)

    def _reference(self, definition: Resource, modifier: str, element: Element, text: str) -> bool:
        if modifier == "identifier":
            identifier = element.value.get("identifier")
            return bool(identifier) and values.token_meets(
                Element("Identifier", identifier), text.split("|")
            )
        stored = self._local(values.reference_text(element))
        if element.type != "Reference":
            url, _, version = stored.partition("|")
            wanted_url, _, branch = text.partition("|")
            if modifier == "below" and branch:
                return url == wanted_url and f"{version}.".startswith(f"{branch}.")
            return text in (stored, url)
        wanted = self._local(f"{modifier}/{text}" if modifier else text)
        if "/" not in wanted and ":" not in wanted:
            return ":" not in stored and stored.split("/")[1:2] == [wanted]
        if "/_history/" in wanted:
            return stored == wanted
        return stored.split("/_history/")[0] == wanted

    def _targets(self, resource: Resource, code: str) -> Iterator[Resource]:
        for element in elements(resource, registry(resource["resourceType"])[code]):
            if element.type != "Reference":
                yield from self._canonical(*element.value.partition("|")[::2])
                continue
            text = self._local(values.reference_text(element)).split("/_history/")[0]
            if text.startswith("#"):
                yield from (
                    each for each in resource.get("contained", []) if each["id"] == text[1:]
                )
            elif text in self._by_reference:
                yield self._by_reference[text]

    def _canonical(self, url: str, version: str) -> Iterator[Resource]:
        for each in self._resources:
            if each.get("url") == url and version in ("", each.get("version", "")):
                yield each

    def _local(self, text: str) -> str:
        return text.removeprefix(f"{self._base}/")


def elements(resource: Resource, definition: Resource) -> list[Element]:
    """Return what a parameter's expression finds in a resource, without what only extends."""
    root = _node(resource)
    run = _compiled(definition["expression"], resource["resourceType"])
    found = [_element(each) for each in run(root, Environment(resource=root, resolve=_stub))]
    return [each for each in found if _has_content(each.value)]


def _holds(resources: Sequence[Resource], one: Resource) -> bool:
    return any(each is one for each in resources)


def registry_by_url(url: str) -> Resource:
    """Return a search parameter by its canonical URL."""
    return registry("")[url]


def _has_content(value: Any) -> bool:
    if isinstance(value, dict):
        return any(key not in ("extension", "id") for key in value)
    return value is not None


@cache
def _compiled(expression: str, type: str | None) -> Compiled:
    """Return the part of an expression that is about a type, ready to run."""
    if type is None:
        return compile(expression.replace("DateTime", "dateTime"))
    pieces = [each.strip() for each in expression.split(" | ")]
    about = (f"{type}.", f"({type}.", "Resource.")
    own = [each for each in pieces if each.startswith(about) or each == type]
    return compile(" | ".join(own))


def _node(resource: Resource) -> Node:
    return Node(resource, shapes_of(release()).of_resource(resource))


def _element(item: Any) -> Element:
    if isinstance(item, Node):
        return Element(item.shape.name, item.value)
    return Element("boolean" if isinstance(item, bool) else "string", item)


def _stub(reference: str, holder: Node) -> Resource | None:
    found = re.search(r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]+(?:/_history/.*)?$", reference)
    return {"resourceType": found[1]} if found else None


def _prefixed(text: str) -> tuple[str, str]:
    found = re.match(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d+-])", text)
    return (found[1], text[2:]) if found else ("eq", text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _defined(type: str, name: str) -> bool:
    code = name.partition(".")[0].partition(":")[0]
    return code == "_id" or code in registry(type)
