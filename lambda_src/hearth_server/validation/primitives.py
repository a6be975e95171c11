"""Checks of primitive values: the pattern of the release's table, then what a pattern cannot say.

https://hl7.org/fhir/R4/datatypes.html#primitive
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from hearth_server.fhir.definitions import Release
from hearth_server.validation.problem import Check, Found, Problem, shown
from hearth_server.validation.scope import Scope

MAX_TEXT = 1_048_576
"""How many characters a string, markdown or uri may have."""

MAX_EXPONENT = 400
"""Beyond it a decimal is a mistake or an attack: sums with it would not end."""

_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SPACE = re.compile(r"\s")

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+(?:\|.*)?")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:[#?|].*)?")

EXAMPLES = {
    "date": "a date, such as 2024, 2024-02 or 2024-02-29",
    "dateTime": "a date, or date and time with seconds and zone, such as 2024-02-29T12:30:00Z",
    "instant": "a time with seconds and zone, such as 2024-02-29T12:30:00.5+01:00",
    "time": "a time of day, such as 12:30:00",
    "id": "1 to 64 letters, digits, hyphens and points",
    "oid": "an OID, such as urn:oid:1.2.3",
    "uuid": "a UUID in small letters, such as urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
    "code": "a code: no space at either end, none twice in a row",
}

INTEGERS = {
    "integer": (-(2**31), 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
    "integer64": (-(2**63), 2**63 - 1),
}


def primitive_check(release: Release, name: str) -> Check:
    """Return the check of a primitive type's JSON values."""
    if name in INTEGERS:
        return _whole_number(*INTEGERS[name])
    simple: dict[str, Check] = {
        "boolean": _boolean,
        "decimal": _decimal,
        "string": _text,
        "markdown": _text,
        "base64Binary": _base64,
        "xhtml": _markup,
    }
    if name in simple:
        return simple[name]
    if name in EXAMPLES:
        kind = release.type(name)
        assert kind is not None
        assert kind.regex is not None
        calendar = _calendar if name in ("date", "dateTime", "instant") else None
        return _pattern(re.compile(kind.regex, re.ASCII), EXAMPLES[name], calendar)
    return _uri


def wrong_json(value: object, expected: str) -> list[Problem]:
    """Return the problem of a value that is of the wrong JSON type."""
    return [Problem("structure", f"must be {expected}, not {_kind(value)}")]


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {shown(value)}"
        case str():
            return f"the string {shown(value)}"
        case int() | Decimal():
            return f"the number {shown(value)}"
    return shown(value)


def _boolean(value: Any, _: Scope) -> Found:
    if value is True or value is False:
        return None
    return wrong_json(value, "true or false")


def _whole_number(least: int, most: int) -> Check:
    def check(value: Any, _: Scope) -> Found:
        if value.__class__ is int:
            if least <= value <= most:
                return None
            return [Problem("value", f"is {shown(value)}; it must be {least} to {most}")]
        return wrong_json(value, "a whole number")

    return check


def _decimal(value: Any, _: Scope) -> Found:
    if value.__class__ is int:
        return None
    if isinstance(value, Decimal):
        if -MAX_EXPONENT <= value.adjusted() <= MAX_EXPONENT:
            return None
        return [Problem("value", f"is {shown(value)}; its exponent is out of range")]
    return wrong_json(value, "a number")


def _text(value: Any, _: Scope) -> Found:
    if value.__class__ is not str:
        return wrong_json(value, "a string")
    if value.isprintable() and value and value[0] != " " and len(value) <= MAX_TEXT:
        return None
    return _unusual_text(value)


def _unusual_text(value: str) -> Found:
    if not value.strip():
        return [Problem("value", "is an empty string; leave the element out instead")]
    if len(value) > MAX_TEXT:
        return [Problem("too-long", f"has {len(value)} characters; at most {MAX_TEXT} are allowed")]
    if illegal := _ILLEGAL.search(value):
        return [Problem("value", f"holds the control character U+{ord(illegal[0]):04X}")]
    return None


def _markup(value: Any, _: Scope) -> Found:
    if value.__class__ is not str:
        return wrong_json(value, "a string")
    return None if value.strip() else [Problem("value", "is an empty string")]


def _uri(value: Any, scope: Scope) -> Found:
    if value.__class__ is not str:
        return wrong_json(value, "a string")
    if value[:1] == "#":
        scope.fragments.add(value)
    if value and value.isascii() and value.isprintable() and " " not in value:
        if value[:4] == "urn:" and (fault := _urn_fault(value)):
            return [Problem("value", f"is {shown(value)}; {fault}")]
        return None if len(value) <= MAX_TEXT else _unusual_text(value)
    found = _unusual_text(value)
    if found is None and _SPACE.search(value):
        return [Problem("value", f"is {shown(value)}; a URI holds no space")]
    return found


def _urn_fault(value: str) -> str | None:
    """Return what is wrong with a URN that is an OID or a UUID."""
    if value.startswith("urn:oid:") and not _OID.fullmatch(value, 8):
        return "that is no OID"
    if value.startswith("urn:uuid:") and not _UUID.fullmatch(value, 9):
        return "that is no UUID in small letters"
    return None


def _base64(value: Any, _: Scope) -> Found:
    if value.__class__ is not str:
        return wrong_json(value, "a string")
    if not value.strip():
        return [Problem("value", "is an empty string; leave the element out instead")]
    try:
        parts = [value] if value.isprintable() and " " not in value else value.split()
        for part in parts[:-1]:
            if len(part) % 4:  # white space stands between groups of four only
                return [Problem("value", "is not base64")]
        binascii.a2b_base64("".join(parts).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return [Problem("value", "is not base64")]
    return None


def _pattern(
    pattern: re.Pattern[str], expected: str, further: Callable[[str], str | None] | None
) -> Check:
    matches = pattern.fullmatch

    def check(value: Any, _: Scope) -> Found:
        if value.__class__ is not str:
            return wrong_json(value, "a string")
        if matches(value) is None:
            return [Problem("value", f"is {shown(value)}; it must be {expected}")]
        if further is not None and (fault := further(value)):
            return [Problem("value", f"is {shown(value)}; {fault}")]
        return None

    return check


def _calendar(value: str) -> str | None:
    """Return what is wrong with a well-formed date's day: the 29th, 30th or 31st may not exist."""
    if value[8:10] < "29":
        return None
    try:
        date(int(value[:4]), int(value[5:7]), int(value[8:10]))
    except ValueError:
        return "there is no such day"
    return None
