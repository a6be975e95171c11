"""Whether a narrative's XHTML is what the specification allows, and safe to show.

https://hl7.org/fhir/R4/narrative.html#xhtml
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from hearth_server.validation.problem import Check, Found, Problem, shown
from hearth_server.validation.scope import Scope

XHTML = "http://www.w3.org/1999/xhtml"
XML = "http://www.w3.org/XML/1998/namespace"

_NAMES = (
    "a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn "
    "div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li map ol p pre q samp small span strong sub "
    "sup table tbody td tfoot th thead tr tt ul var"
)
ELEMENTS = frozenset(f"{XHTML}}}{name}" for name in _NAMES.split())
"""Chapters 7 to 11 and 15 of HTML 4.0, without what is deprecated; links and images."""

_ATTRIBUTE_NAMES = (
    "abbr accesskey align alt axis border cellpadding cellspacing char charoff charset cite class "
    "colspan coords dir frame headers height href hreflang id lang longdesc name nohref nowrap rel "
    "rev rowspan rules scope shape space span src style summary tabindex title type usemap valign "
    f"width {XML}}}lang {XML}}}space {XML}}}id"
)
ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())

_ADDRESSES = frozenset({"href", "src", "cite", "longdesc", "usemap"})
_UNSAFE_SCHEME = re.compile(r"(?:javascript|vbscript|data):", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\ufeff]+")
_UNSAFE_STYLE = re.compile(
    r"expression\s*\(|@import|javascript:|behaviou?r\s*:|-moz-binding"
    r"|url\s*\(\s*['\"]?\s*(?!data:)(?:[a-z][a-z0-9+.-]*:|//)",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"<!(?!--|\[CDATA\[)|<\?")
_ENTITY = re.compile(r"&(?!#|amp;|lt;|gt;|quot;|apos;)(\w+);")
_CONTENT = re.compile(r">\s*[^\s<]|<(?:\w+:)?img\b")

MAX_FAULTS = 10
"""After so many faults in one narrative the rest is not told."""


def narrative_faults(markup: str) -> list[str]:
    """Return what is wrong with a narrative's `div`, as sentences without a subject."""
    if _DECLARATION.search(markup):
        return ["holds a declaration or a processing instruction"]
    reader = _Reader()
    try:
        reader.read(markup)
    except expat.ExpatError as error:
        if named := _ENTITY.search(markup):
            return [f"holds {named[0]}, which XML does not know; write the character itself"]
        problem = expat.errors.messages[error.code]
        where = f"line {error.lineno}, column {error.offset + 1}"
        return [f"is not well-formed XHTML: {problem} ({where})"]
    if not reader.faults and not _CONTENT.search(markup):
        return ["has no text and no image (txt-2)"]
    return reader.faults[:MAX_FAULTS]


def narrative_check(check: Check) -> Check:
    """Return `check`, which judges a string, followed by that of its XHTML."""

    def check_markup(value: Any, scope: Scope) -> Found:
        found = check(value, scope)
        if found is None and (faults := narrative_faults(value)):
            return [Problem("invalid", fault) for fault in faults]
        return found

    return check_markup


class _Reader:
    """Reads a narrative element by element, without building a tree."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._parser = expat.ParserCreate(encoding="utf-8", namespace_separator="}")
        self._parser.StartElementHandler = self._root

    def read(self, markup: str) -> None:
        """Collect the faults. Raises ExpatError for what is not well-formed."""
        self._parser.Parse(markup.encode(), True)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name != f"{XHTML}}}div":
            self.faults.append(f'must start with <div xmlns="{XHTML}">')
            self._parser.StartElementHandler = None
            return
        judge = self._judge

        def start(name: str, attributes: dict[str, str]) -> None:
            if attributes or name not in ELEMENTS:
                judge(name, attributes)

        self._parser.StartElementHandler = start
        judge(name, attributes)

    def _judge(self, name: str, attributes: dict[str, str]) -> None:
        if name not in ELEMENTS:
            self.faults.append(f"holds <{_plain(name)}>, which is not allowed (txt-1)")
        for attribute, value in attributes.items():
            if attribute not in ATTRIBUTES:
                text = f"holds the attribute {_plain(attribute)}, which is not allowed (txt-1)"
                self.faults.append(text)
            elif attribute in _ADDRESSES:
                self._check_address(name, value)
            elif attribute == "style" and _UNSAFE_STYLE.search(value):
                self.faults.append("holds a style that reaches outside the narrative (txt-1)")

    def _check_address(self, name: str, value: str) -> None:
        address = _INVISIBLE.sub("", value)
        unsafe = _UNSAFE_SCHEME.match(address)
        if unsafe and not (name == f"{XHTML}}}img" and address[:11].lower() == "data:image/"):
            self.faults.append(f"holds a link to {shown(unsafe[0])}, which is not allowed")


def _plain(name: str) -> str:
    return name.rpartition("}")[2]
