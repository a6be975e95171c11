"""From numbers and quantities to the ranges that an index holds of them.

https://hl7.org/fhir/R4/search.html#quantity
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hearth_server.search import decimals
from hearth_server.search.entries import Amount, Converter, Entries
from hearth_server.search.fields import Field
from hearth_server.search.paths import Path
from hearth_server.search.units import BASE_UNITS, converted


def number_converter(field: Field, path: Path) -> Converter:
    """Return the function that adds a number, or the numbers of a Range."""

    def number(value: Decimal | int, ordinal: int, entries: Entries) -> None:
        key = decimals.sortable(value)
        entries.amounts.append(Amount(field, key, key, ordinal=ordinal))

    return _range(field) if path.type == "Range" else number


def quantity_converter(field: Field, path: Path) -> Converter:
    """Return the function that adds a quantity of any kind, in base units too if they are known."""
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
