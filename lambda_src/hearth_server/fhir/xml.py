"""FHIR's XML to the same values that FHIR's JSON is parsed to.

A document type is refused, and with it every entity that is not XML's own: no bomb, no file.
https://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from hearth_server.errors import Issue, Malformed
from hearth_server.fhir.definitions import Property, Release, Type, release

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
MAXIMUM_DEPTH = 64
"""Levels of elements within each other, outside a narrative's XHTML and inside it."""

_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance "
"""Where a validating reader finds a schema: allowed, and of no meaning here."""
_NUMBERS = {
    "integer": re.compile(r"[+-]?[0-9]{1,19}"),
    "decimal": re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?"),
}


def parse(body: bytes, definitions: Release | None = None) -> dict[str, Any]:
    """Return the resource that `body` holds, as JSON would have it. Raises Malformed."""
    root = _Builder().read(body)
    return _Reader(definitions or release()).resource(root, root.name)


class _Element:
    """An element of the document, with where it begins."""

    __slots__ = ("attributes", "children", "line", "name", "namespace")

    def __init__(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.namespace, _, self.name = tag.rpartition(" ")
        self.attributes = attributes
        self.children: list[_Element | str] = []
        self.line = line

    @property
    def elements(self) -> list[_Element]:
        """The children that are elements."""
        return [child for child in self.children if isinstance(child, _Element)]


class _Builder:
    """Makes a tree of the document; one use."""

    def __init__(self) -> None:
        self._top = _Element("", {}, 1)
        self._open = [self._top]
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def read(self, body: bytes) -> _Element:
        """Return the document's root. Raises Malformed."""
        try:
            self._parser.Parse(body, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise _malformed(f"The body is not XML: {reason}.", error.lineno) from None
        return self._top.elements[0]

    def _doctype(self, *_: object) -> None:
        raise _malformed("FHIR's XML has no document type.", self._parser.CurrentLineNumber)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        if len(self._open) > 2 * MAXIMUM_DEPTH:
            raise _malformed("The body nests its elements too deep.", line)
        element = _Element(tag, attributes, line)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].children.append(text)


class _Reader:
    """Turns elements into values by the types that the definitions give them."""

    def __init__(self, definitions: Release) -> None:
        self._definitions = definitions

    def resource(self, element: _Element, path: str) -> dict[str, Any]:
        """Return a resource, with its type first."""
        if element.namespace != FHIR:
            raise _malformed(f"FHIR's elements are in the namespace {FHIR}.", element.line, path)
        kind = self._definitions.type(element.name)
        if element.name not in self._definitions.resource_types() or kind is None:
            raise _malformed(f"{element.name!r} is no resource type.", element.line, path)
        return {"resourceType": element.name, **self._content(element, kind, path)}

    def _content(self, element: _Element, kind: Type, path: str) -> dict[str, Any]:
        """Return the attributes and children of an element as an object of JSON."""
        if path.count(".") > MAXIMUM_DEPTH:
            raise _malformed("The body nests its elements too deep.", element.line)
        found: dict[str, Any] = {}
        for attribute, text in element.attributes.items():
            if attribute.startswith(_SCHEMA):
                continue
            known = attribute == "id" or (attribute == "url" and kind.is_a("Extension"))
            if attribute != "value" and not known:
                raise _malformed("An attribute does not belong here.", element.line, path)
            if known:
                found[attribute] = text
        for child in element.children:
            if isinstance(child, str):
                if child.strip():
                    raise _malformed("Text stands between elements.", element.line, path)
            else:
                self._add(child, kind, path, found)
        return found

    def _add(self, child: _Element, kind: Type, path: str, found: dict[str, Any]) -> None:
        known = kind.properties.get(child.name)
        place = f"{path}.{child.name}"
        expected = XHTML if known is not None and known.type == "xhtml" else FHIR
        if known is None or child.namespace != expected:
            raise _malformed(f"{path} has no element {child.name!r}.", child.line, path)
        value, extra = self._value(child, known, place)
        if known.element.many:
            self._append(found, child.name, value, extra)
        elif child.name in found or f"_{child.name}" in found:
            raise _malformed(f"{place} stands more than once.", child.line, place)
        else:
            if value is not None:
                found[child.name] = value
            if extra:
                found[f"_{child.name}"] = extra

    def _append(self, found: dict[str, Any], name: str, value: Any, extra: Any) -> None:
        """Add to an array, and to that of the ids and extensions, as long as it if it is there."""
        values = found.setdefault(name, [])
        values.append(value)
        sibling = f"_{name}"
        if extra and sibling not in found:
            found[sibling] = [None] * (len(values) - 1)
        if sibling in found:
            found[sibling].append(extra or None)

    def _value(self, child: _Element, known: Property, path: str) -> tuple[Any, dict[str, Any]]:
        """Return the value of an element, and a primitive's id and extensions."""
        if known.type == "xhtml":
            return _markup(child, outermost=True), {}
        kind = self._definitions.type(known.type)
        assert kind is not None
        if self._definitions.kind(known.type) == "resource":
            inside = child.elements
            if len(inside) != 1:
                raise _malformed(f"{path} holds one resource.", child.line, path)
            return self.resource(inside[0], path), {}
        content = self._content(child, kind, path)
        text = child.attributes.get("value")
        if self._definitions.kind(known.type) == "primitive-type":
            return _primitive(kind, text, child.line, path), content
        if text is not None:
            raise _malformed("An attribute does not belong here.", child.line, path)
        return content, {}


def _primitive(kind: Type, text: str | None, line: int, path: str) -> Any:
    """Return the value that JSON would have; a number that is none stays a text."""
    if text is None:
        return None
    if kind.is_a("boolean"):
        return {"true": True, "false": False}.get(text, text)
    for name, make in (("integer", int), ("decimal", Decimal)):
        if kind.is_a(name) and _NUMBERS[name].fullmatch(text):
            return make(text)
    return text


def _markup(element: _Element, *, outermost: bool = False) -> str:
    """Return XHTML as text, in the default namespace."""
    if element.namespace != XHTML:
        raise _malformed("A narrative holds elements of XHTML only.", element.line)
    name = element.name
    attributes = "".join(
        f" {'xml:' + key.rpartition(' ')[2] if ' ' in key else key}={quoteattr(value)}"
        for key, value in element.attributes.items()
    )
    namespace = f' xmlns="{XHTML}"' if outermost else ""
    inside = "".join(
        escape(child) if isinstance(child, str) else _markup(child) for child in element.children
    )
    start = f"<{name}{namespace}{attributes}"
    return f"{start}>{inside}</{name}>" if inside else f"{start}/>"


def _malformed(text: str, line: int, path: str | None = None) -> Malformed:
    return Malformed(text, issues=[Issue("error", "structure", text, path, line)])
