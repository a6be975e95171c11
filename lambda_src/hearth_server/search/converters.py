"""From an element of a resource to its entries: one function per type of parameter and element.

https://hl7.org/fhir/R4/search.html#ptypes
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hearth_server.fhir.definitions import is_resource_type
from hearth_server.search import moments
from hearth_server.search.amounts import number_converter, quantity_converter
from hearth_server.search.entries import Converter, Entries, Link, Moment, Position, Term
from hearth_server.search.fields import Field
from hearth_server.search.folding import CONTAINS_LENGTH, KEY_LENGTH, cut, fold, later_words
from hearth_server.search.paths import NOT_FALSE, Path
from hearth_server.search.tokens import code_key, contact_key, insensitive_key

_LOCAL = re.compile(
    r"([A-Z][A-Za-z]{1,40})/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?", re.ASCII
)
_ABSOLUTE = re.compile(rf"(https?://[^?#\s]+)/({_LOCAL.pattern})", re.ASCII)
MOST_BRANCHES = 8
"""How many points of a version are looked at, to know which branches it is of."""

_NAME_PARTS = ("text", "family", "given", "prefix", "suffix")
_ADDRESS_PARTS = ("text", "line", "city", "district", "state", "postalCode", "country")


def converter(field: Field, path: Path) -> Converter:
    """Return the function that turns a value at `path` into entries of `field`."""
    return _MAKERS[field.kind](field, path)


def reference_to(text: str) -> tuple[str, str, str]:
    """Return the type, id and version that a reference names; an URL has no type."""
    local = _LOCAL.fullmatch(text)
    if local:
        return local[1], local[2], local[3] or ""
    base, separator, version = text.partition("/_history/")
    return "", base if separator else text, version


def absolute_reference_to(text: str) -> tuple[str, str, str, str] | None:
    """Return base URL, type, id and version of a URL that names a resource of some server."""
    found = _ABSOLUTE.fullmatch(text)
    if found is None or not is_resource_type(found[3]):
        return None
    return found[1], found[3], found[4], found[5] or ""


def _token(field: Field, path: Path) -> Converter:
    texts, system = field.with_part("text"), path.system

    def coding(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        said, code = value.get("system", ""), value.get("code")
        key = code_key(said, code) if code else ""
        if code or said or "display" in value:
            entries.terms.append(Term(field, key, said, ordinal))
        if "display" in value:
            _add_text(entries, texts, value["display"], ordinal)

    def concept(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        for each in value.get("coding", ()):
            coding(each, ordinal, entries)
        if "text" in value:
            _add_text(entries, texts, value["text"], ordinal)
            if "coding" not in value:
                entries.terms.append(Term(field, "", "", ordinal))

    def code(value: str, ordinal: int, entries: Entries) -> None:
        key = cut(value) if system else insensitive_key(value)
        entries.terms.append(Term(field, key, system, ordinal))

    def boolean(value: bool, ordinal: int, entries: Entries) -> None:
        entries.terms.append(Term(field, "true" if value else "false", "", ordinal))

    def not_false(value: Any, ordinal: int, entries: Entries) -> None:
        boolean(value is not None and value is not False, ordinal, entries)

    def contact(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        if "value" in value or "system" in value:
            entries.terms.append(Term(field, contact_key(value.get("value", "")), "", ordinal))

    def exact(value: str, ordinal: int, entries: Entries) -> None:
        entries.terms.append(Term(field, cut(value), "", ordinal))

    def text(value: str, ordinal: int, entries: Entries) -> None:
        entries.terms.append(Term(field, insensitive_key(value), "", ordinal))

    by_type: dict[str, Converter] = {
        "Coding": coding,
        "CodeableConcept": concept,
        "Identifier": _identifier(field),
        "ContactPoint": contact,
        "code": code,
        "boolean": boolean,
        NOT_FALSE: not_false,
        "string": text,
    }
    return by_type.get(path.type, exact)


def _identifier(field: Field) -> Converter:
    texts, of_type = field.with_part("text"), field.with_part("of-type")

    def identifier(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        said, system, type = value.get("value"), value.get("system", ""), value.get("type", {})
        if said or system or type:
            entries.terms.append(Term(field, cut(said) if said else "", system, ordinal))
        if "text" in type:
            _add_text(entries, texts, type["text"], ordinal)
        if said:
            for coding in type.get("coding", ()):
                name = f"{coding.get('system', '')}|{coding.get('code', '')}"
                entries.terms.append(Term(of_type, cut(said), name, ordinal))

    return identifier


def _string(field: Field, path: Path) -> Converter:
    words = field.with_part("word")

    def string(value: str, ordinal: int, entries: Entries) -> None:
        _add_text(entries, field, value, ordinal)

    def family(value: str, ordinal: int, entries: Entries) -> None:
        _add_text(entries, field, value, ordinal)
        for later in later_words(fold(value)):
            entries.terms.append(Term(words, cut(later), "", ordinal))

    def parts(names: tuple[str, ...]) -> Converter:
        def whole(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
            for name in names:
                for said in _listed(value.get(name)):
                    (family if name == "family" else string)(said, ordinal, entries)

        return whole

    if path.type == "HumanName":
        return parts(_NAME_PARTS)
    if path.type == "Address":
        return parts(_ADDRESS_PARTS)
    return family if path.steps[-1] == "family" else string


def _uri(field: Field, path: Path) -> Converter:
    def uri(value: str, ordinal: int, entries: Entries) -> None:
        entries.terms.append(Term(field, cut(value), "", ordinal))

    def canonical(value: str, ordinal: int, entries: Entries) -> None:
        uri(value, ordinal, entries)
        url, bar, _ = value.partition("|")
        if bar:
            uri(url, ordinal, entries)

    return canonical if path.type == "canonical" else uri


def _reference(field: Field, path: Path) -> Converter:
    identify, branches = _identifier(field.with_part("identifier")), field.with_part("branch")

    def reference(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        said = value.get("reference")
        if said:
            type, id, version = reference_to(said)
            entries.links.append(Link(field, type, id, version, ordinal))
            absolute = None if type else absolute_reference_to(said)
            if absolute:
                base, type, id, version = absolute
                entries.links.append(Link(field.at(base), type, id, version, ordinal))
        elif "identifier" in value or "display" in value:
            entries.links.append(Link(field, "", "", "", ordinal))
        if "identifier" in value:
            identify(value["identifier"], ordinal, entries)

    def canonical(value: str, ordinal: int, entries: Entries) -> None:
        url, _, version = value.partition("|")
        entries.links.append(Link(field, "", url, version, ordinal))
        for end in _branches(version) if version else ():
            entries.links.append(Link(branches, "", url, end, ordinal))

    return reference if path.type == "Reference" else canonical


def _date(field: Field, path: Path) -> Converter:
    read = moments.instant if path.type == "instant" else moments.span

    def date(value: str, ordinal: int, entries: Entries) -> None:
        found = read(value)
        if found:
            entries.moments.append(Moment(field, *found, ordinal))

    def period(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        start, end = moments.span(value.get("start", "")), moments.span(value.get("end", ""))
        if start or end:
            low, high = (start or _EVER)[0], (end or _EVER)[1]
            entries.moments.append(Moment(field, low, max(low, high), ordinal))

    def timing(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        spans = [found for each in value.get("event", ()) if (found := moments.span(each))]
        if spans:
            low, high = min(each[0] for each in spans), max(each[1] for each in spans)
            entries.moments.append(Moment(field, low, high, ordinal))
        elif "boundsPeriod" in value.get("repeat", {}):
            period(value["repeat"]["boundsPeriod"], ordinal, entries)

    return {"Period": period, "Timing": timing}.get(path.type, date)


_EVER = (moments.LOWEST, moments.HIGHEST)


def _position(field: Field, path: Path) -> Converter:
    def position(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        if "latitude" in value and "longitude" in value:
            place = Position(field, float(value["latitude"]), float(value["longitude"]))
            entries.positions.append(place)

    return position


_MAKERS: dict[str, Callable[[Field, Path], Converter]] = {
    "token": _token,
    "string": _string,
    "uri": _uri,
    "reference": _reference,
    "date": _date,
    "number": number_converter,
    "quantity": quantity_converter,
    "position": _position,
}


def _add_text(entries: Entries, field: Field, text: str, ordinal: int) -> None:
    folded = fold(text)
    key = cut(folded)
    entries.terms.append(Term(field, key, text, ordinal))
    if len(folded) > KEY_LENGTH:
        entries.long_texts[key] = folded[:CONTAINS_LENGTH]


def _listed(value: Any) -> Iterator[str]:
    """Yield the strings of an element that may repeat; items that only have extensions are null."""
    if isinstance(value, str):
        yield value
    elif value is not None:
        yield from (each for each in value if each is not None)


def _branches(version: str) -> Iterator[str]:
    """Yield the branches that a version is of, itself the last: 1, 1.2 and 1.2.3 for 1.2.3."""
    parts = version.split(".", MOST_BRANCHES - 1)
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))
