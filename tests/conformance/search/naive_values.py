"""Whether one element meets one value of a search, read straight from R4's definitions.

Nothing of the server's search is used here: what both get wrong alike must be in the
specification. Factors of units are the server's.
https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hearth_server.fhir.ucum.units import unit as ucum

FOREVER = Decimal("Infinity")
SENSITIVE = ("http://hl7.org/fhir/", "http://terminology.hl7.org/", "http://unitsofmeasure.org")
UCUM = "http://unitsofmeasure.org"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Element:
    """A value with its FHIR type."""

    type: str
    value: Any


@dataclass(frozen=True)
class Interval:
    """A range; `open_end` says that `high` itself is outside, `open_start` likewise."""

    low: Decimal
    high: Decimal
    open_start: bool = False
    open_end: bool = False

    def contains(self, other: Interval) -> bool:
        """Whether every point of the other is in this one."""
        starts = self.low < other.low or (
            self.low == other.low and (not self.open_start or other.open_start)
        )
        ends = self.high > other.high or (
            self.high == other.high and (not self.open_end or other.open_end)
        )
        return starts and ends

    def reaches_above(self, point: Decimal, *, point_is_above: bool) -> bool:
        """Whether some point of it lies above `point`, which itself may count as above."""
        if self.high > point:
            return True
        return point_is_above and self.high == point and not self.open_end

    def reaches_below(self, point: Decimal) -> bool:
        """Whether some point of it lies below `point`."""
        return self.low < point


def folded(text: str) -> str:
    """Return the text without case, accents, apostrophes, points; other signs become spaces."""
    kept = []
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    for character in plain:
        if unicodedata.combining(character) or character in "'.`\u00b4\u2018\u2019\u02bc":
            continue
        kept.append(character if character.isalnum() else " ")
    return " ".join("".join(kept).split())


# Dates and times


def moment_interval(element: Element) -> Interval | None:
    """Return the time that an element covers."""
    value = element.value
    match element.type:
        case "Period":
            start = _span(value.get("start"))
            end = _span(value.get("end"))
            if start is None and end is None:
                return None
            low = start.low if start else -FOREVER
            return Interval(low, end.high if end else FOREVER, open_end=True)
        case "Timing":
            spans = [found for each in value.get("event", []) if (found := _span(each))]
            if spans:
                lowest, highest = min(each.low for each in spans), max(each.high for each in spans)
                return Interval(lowest, highest, open_end=True)
            bounds = value.get("repeat", {}).get("boundsPeriod")
            return moment_interval(Element("Period", bounds)) if bounds else None
        case "instant":
            found = _span(value)
            return Interval(found.low, found.low) if found else None
    return _span(value)


def moment_meets(element: Element, prefix: str, text: str, now: Decimal) -> bool:
    """Whether an element's time meets a value."""
    stored, asked = moment_interval(element), _span(text)
    assert asked is not None
    return stored is not None and _ranges_meet(stored, prefix, asked, abs(now - asked.low) / 10)


def _span(text: str | None) -> Interval | None:
    if not text:
        return None
    parts = [int(each) for each in re.findall(r"\d+", text.split("T")[0])]
    if "T" not in text:
        year, month, day = (*parts, None, None)[:3]
        start = datetime(year or 1, month or 1, day or 1, tzinfo=UTC)
        if day is not None:
            end = start + timedelta(days=1)
        elif month is not None:
            end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)  # type: ignore[operator]
        else:
            end = datetime(year + 1, 1, 1, tzinfo=UTC)  # type: ignore[operator]
        return Interval(_since(start), _since(end), open_end=True)
    clock = re.match(r"(\d+):(\d+)(?::(\d+)(?:\.(\d+))?)?", text.split("T")[1])
    assert clock is not None
    stamp = datetime.fromisoformat(text)
    if stamp.tzinfo is None:
        stamp = stamp.replace(tzinfo=UTC)
    width = timedelta(minutes=1)
    if clock[4]:
        width = timedelta(microseconds=10 ** (6 - len(clock[4])))
    elif clock[3]:
        width = timedelta(seconds=1)
    return Interval(_since(stamp), _since(stamp + width), open_end=True)


def _since(stamp: datetime) -> Decimal:
    return Decimal((stamp - EPOCH) // MICROSECOND)


# Numbers and quantities


def number_interval(element: Element) -> Interval | None:
    """Return the numbers that an element covers."""
    value = element.value
    match element.type:
        case "Range":
            low, high = value.get("low", {}).get("value"), value.get("high", {}).get("value")
            if low is None and high is None:
                return None
            return Interval(
                -FOREVER if low is None else Decimal(low),
                FOREVER if high is None else Decimal(high),
            )
        case "SampledData":
            origin = Decimal(value["origin"].get("value", 0))
            points = [
                Decimal(each) for each in value["data"].split() if each not in ("E", "U", "L")
            ]
            scaled = [origin + Decimal(value.get("factor", 1)) * point for point in points]
            return Interval(min(scaled), max(scaled)) if scaled else None
        case "integer" | "decimal" | "positiveInt" | "unsignedInt":
            return Interval(Decimal(value), Decimal(value))
    if "value" not in value:
        return None
    number = Decimal(value["value"])
    match value.get("comparator"):
        case "<":
            return Interval(-FOREVER, number, open_end=True)
        case "<=":
            return Interval(-FOREVER, number)
        case ">":
            return Interval(number, FOREVER, open_start=True)
        case ">=":
            return Interval(number, FOREVER)
    return Interval(number, number)


def number_meets(element: Element, prefix: str, text: str) -> bool:
    """Whether an element's number meets a value."""
    stored = number_interval(element)
    return stored is not None and _number_meets(stored, prefix, text, lambda number: number)


def _number_meets(
    stored: Interval, prefix: str, text: str, base: Callable[[Decimal], Decimal]
) -> bool:
    number = Decimal(text)
    half = Decimal((0, (5,), Decimal(text).as_tuple().exponent - 1))  # type: ignore[operator]
    asked = Interval(base(number), base(number))
    if prefix in ("eq", "ne"):
        asked = Interval(base(number - half), base(number + half), open_end=True)
    elif prefix == "ap":
        slack = abs(number) / 10
        asked = Interval(base(number - slack), base(number + slack))
    return _ranges_meet(stored, prefix, asked, Decimal(0))


def quantity_meets(element: Element, prefix: str, text: str) -> bool:
    """Whether an element's number and unit meet a value such as `5.4|system|code`."""
    number, *unit = text.split("|")
    value = _measured(element)
    if not unit or not unit[0]:
        code = unit[1] if unit else ""
        named = not code or code in (value.get("code"), value.get("unit"))
        return named and number_meets(element, prefix, number)
    system, code = unit
    if value.get("system") != system:
        return False
    asked, stored = ucum(code), ucum(value.get("code", ""))
    if system == UCUM and asked and stored and asked.dimension:
        if asked.dimension != stored.dimension:
            return False
        found = number_interval(element)
        return found is not None and _number_meets(
            _scaled(found, stored.to_base), prefix, number, asked.to_base
        )
    return (not code or value.get("code") == code) and number_meets(element, prefix, number)


def _measured(element: Element) -> dict[str, Any]:
    """Return what has the unit of an element."""
    value: dict[str, Any] = element.value
    match element.type:
        case "Money":
            return {"system": "urn:iso:std:iso:4217", "code": value.get("currency")}
        case "Range":
            return dict(value.get("low") or value.get("high") or {})
        case "SampledData":
            return dict(value["origin"])
    return value


def _scaled(interval: Interval, base: Callable[[Decimal], Decimal]) -> Interval:
    low = interval.low if interval.low.is_infinite() else base(interval.low)
    high = interval.high if interval.high.is_infinite() else base(interval.high)
    return Interval(low, high, interval.open_start, interval.open_end)


def _ranges_meet(stored: Interval, prefix: str, asked: Interval, slack: Decimal) -> bool:
    above = stored.reaches_above(asked.high, point_is_above=asked.open_end)
    below = stored.reaches_below(asked.low)
    inside = asked.contains(stored)
    match prefix:
        case "eq":
            return inside
        case "ne":
            return not inside
        case "gt":
            return above
        case "lt":
            return below
        case "ge":
            return above or inside
        case "le":
            return below or inside
        case "sa":
            return stored.low >= asked.high if asked.open_end else _wholly_above(stored, asked)
        case "eb":
            return _wholly_below(stored, asked)
    low, high = asked.low - slack, asked.high + slack
    starts = stored.low < high or (stored.low == high and not (asked.open_end or stored.open_start))
    ends = stored.high > low or (stored.high == low and not stored.open_end)
    return starts and ends


def _wholly_above(stored: Interval, asked: Interval) -> bool:
    return stored.low > asked.high or (stored.low == asked.high and stored.open_start)


def _wholly_below(stored: Interval, asked: Interval) -> bool:
    return stored.high < asked.low or (stored.high == asked.low and stored.open_end)


# Tokens


def tokens(element: Element) -> list[tuple[str, str]]:
    """Return the systems and codes of an element."""
    value = element.value
    match element.type:
        case "CodeableConcept":
            return [pair for each in value.get("coding", []) for pair in _coding(each)]
        case "Coding":
            return _coding(value)
        case "Identifier":
            return _token(value.get("system", ""), value.get("value", ""))
        case "ContactPoint":
            return [("", value["value"])] if "value" in value else []
        case "boolean":
            return [("", "true" if value else "false")]
    return [("", value)]


def token_meets(element: Element, pieces: list[str], implied_system: str = "") -> bool:
    """Whether one item of an element meets a code, or a system and a code, empty for any."""
    *bar, code = pieces
    system = bar[0] if bar else ""
    for stored_system, stored_code in tokens(element):
        its_system = stored_system or implied_system
        if bar and its_system != system:
            continue
        if not code or _same_code(element.type, its_system, stored_code, code):
            return True
    return False


def token_texts(element: Element) -> list[str]:
    """Return what is written for people beside a code."""
    value = element.value
    match element.type:
        case "CodeableConcept":
            shown = [each["display"] for each in value.get("coding", []) if "display" in each]
            return [*shown, value["text"]] if "text" in value else shown
        case "Coding":
            return [value["display"]] if "display" in value else []
        case "Identifier":
            return [value["type"]["text"]] if "text" in value.get("type", {}) else []
    return []


def _coding(value: dict[str, Any]) -> list[tuple[str, str]]:
    return _token(value.get("system", ""), value.get("code", ""))


def _token(system: str, code: str) -> list[tuple[str, str]]:
    return [(system, code)] if system or code else []


def _same_code(type: str, system: str, stored: str, asked: str) -> bool:
    if type == "ContactPoint":
        return _dialled(stored) == _dialled(asked)
    if type in ("Identifier", "uri", "id", "boolean") or system.startswith(SENSITIVE):
        return stored == asked
    return stored.casefold() == asked.casefold()


def _dialled(text: str) -> str:
    text = text.casefold()
    return text if "@" in text else "".join(each for each in text if each.isalnum() or each == "+")


# Strings


def strings(element: Element) -> list[str]:
    """Return the texts of an element that a string parameter looks at."""
    value = element.value
    match element.type:
        case "HumanName":
            names = ("text", "family", "given", "prefix", "suffix")
        case "Address":
            names = ("text", "line", "city", "district", "state", "postalCode", "country")
        case _:
            return [value]
    found: list[str] = []
    for name in names:
        said = value.get(name, [])
        found += [said] if isinstance(said, str) else [each for each in said if each is not None]
    return found


def family_words(element: Element, path: str) -> list[str]:
    """Return the later words of family names, each with what follows it."""
    if element.type == "HumanName":
        families = [element.value["family"]] if "family" in element.value else []
    else:
        families = [element.value] if path.endswith("family") else []
    words = [folded(each).split() for each in families]
    return [" ".join(each[at:]) for each in words for at in range(1, len(each))]


# References


def reference_text(element: Element) -> str:
    """Return what a reference says."""
    if element.type == "Reference":
        return str(element.value.get("reference", ""))
    return str(element.value)
