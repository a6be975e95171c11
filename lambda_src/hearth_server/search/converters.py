"""From an element of a resource to its entries: one function per type of parameter and element.

https://hl7.org/fhir/R4/search.html#ptypes
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from hearth_server.fhir.definitions import is_resource_type
from hearth_server.search import decimals, moments
from hearth_server.search.entries import Amount, Entries, Link, Moment, Position, Term
from hearth_server.search.fields import Field
from hearth_server.search.folding import CONTAINS_LENGTH, KEY_LENGTH, cut, fold, later_words
from hearth_server.search.paths import NOT_FALSE, Path
from hearth_server.search.tokens import code_key, contact_key, insensitive_key
from hearth_server.search.units import BASE_UNITS, converted

Converter = Callable[[Any, int, Entries], None]
"""Adds the entries of one value, which stands in the composite element of this ordinal."""

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


def _number(field: Field, path: Path) -> Converter:
    def number(value: Decimal | int, ordinal: int, entries: Entries) -> None:
        key = decimals.sortable(value)
        entries.amounts.append(Amount(field, key, key, ordinal=ordinal))

    return _range(field) if path.type == "Range" else number


def _quantity(field: Field, path: Path) -> Converter:
    base_units = field.with_part("base-units")

    def quantity(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        if "value" in value:
            number, comparator = value["value"], value.get("comparator")
            low, high = _compared(number, comparator)
            entries.amounts.append(Amount(field, low, high, *_unit(value), ordinal))
            same = converted(number, value.get("system", ""), value.get("code", ""))
            if same:
                low, high = _compared(same[0], comparator)
                base = (BASE_UNITS, same[1], "")
                entries.amounts.append(Amount(base_units, low, high, *base, ordinal))

    def money(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        if "value" in value:
            key = decimals.sortable(value["value"])
            code = value.get("currency", "")
            system = "urn:iso:std:iso:4217" if code else ""
            entries.amounts.append(Amount(field, key, key, system, code, code, ordinal))

    return {"Range": _range(field), "Money": money, "SampledData": _samples(field)}.get(
        path.type, quantity
    )


def _range(field: Field) -> Converter:
    base_units = field.with_part("base-units")

    def range(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        low, high = value.get("low", {}), value.get("high", {})
        first = decimals.sortable(low["value"]) if "value" in low else decimals.LOWEST
        last = decimals.sortable(high["value"]) if "value" in high else decimals.HIGHEST
        if "value" in low or "value" in high:
            unit = low if "value" in low else high
            entries.amounts.append(Amount(field, first, max(first, last), *_unit(unit), ordinal))
            _add_base_range(entries, base_units, low, high, ordinal)

    return range


def _add_base_range(
    entries: Entries, field: Field, low: Mapping[str, Any], high: Mapping[str, Any], ordinal: int
) -> None:
    """Add the range in base units, if its ends are of one kind."""
    ends = [
        converted(end["value"], end.get("system", ""), end.get("code", ""))
        for end in (low, high)
        if "value" in end
    ]
    if any(each is None for each in ends):
        return
    kinds = {each[1] for each in ends if each}
    if len(kinds) == 1:
        keys = [decimals.sortable(each[0]) for each in ends if each]
        first = keys[0] if "value" in low else decimals.LOWEST
        last = keys[-1] if "value" in high else decimals.HIGHEST
        kind = kinds.pop()
        entries.amounts.append(
            Amount(field, first, max(first, last), BASE_UNITS, kind, "", ordinal)
        )


def _samples(field: Field) -> Converter:
    """Return the converter of SampledData, which counts as the range of what was sampled."""

    def samples(value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
        origin = value.get("origin", {})
        try:
            points = [Decimal(each) for each in value.get("data", "").split() if each not in "EUL"]
            zero, factor = Decimal(origin.get("value", 0)), Decimal(value.get("factor", 1))
        except ArithmeticError:
            return
        if points:
            ends = sorted((zero + factor * min(points), zero + factor * max(points)))
            low, high = (decimals.sortable(each) for each in ends)
            entries.amounts.append(Amount(field, low, high, *_unit(origin), ordinal))
            unit = {name: origin[name] for name in ("system", "code") if name in origin}
            least, most = ({"value": each, **unit} for each in ends)
            _add_base_range(entries, field.with_part("base-units"), least, most, ordinal)

    return samples


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
    "number": _number,
    "quantity": _quantity,
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


def _compared(value: Decimal | int, comparator: str | None) -> tuple[str, str]:
    """Return the range of a quantity: `<5` is everything below 5."""
    exactly = decimals.sortable(value)
    match comparator:
        case "<":
            return decimals.LOWEST, decimals.sortable(value, "just below")
        case "<=":
            return decimals.LOWEST, exactly
        case ">":
            return decimals.sortable(value, "just above"), decimals.HIGHEST
        case ">=":
            return exactly, decimals.HIGHEST
    return exactly, exactly


def _unit(value: Mapping[str, Any]) -> tuple[str, str, str]:
    return value.get("system", ""), value.get("code", ""), value.get("unit", "")
