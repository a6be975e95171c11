"""Faults put into valid resources, one each, by a seed: what validators are compared on."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hearth_server.fhir.definitions import Type, release

BROKEN_DATES = (
    "2020-13-01", "2021-02-29", "20-1-1", "2020-01-01T10:00", "2020-01-01T10:00:00",
    "2020-01-01 10:00:00Z", "yesterday", "2020-04-31", "2020-1-1", "0000-01-01",
)  # fmt: skip
"""None of them is a date, a dateTime or an instant."""


@dataclass(frozen=True)
class Place:
    """One element of a resource: the object or array that holds it, and its type if known."""

    holder: Any
    key: Any
    type: str
    """The name of the element's type; empty where it is none of FHIR's."""
    owner: str
    """The name of the type of the object that the element belongs to."""

    @property
    def value(self) -> Any:
        """Return what stands there."""
        return self.holder[self.key]


Mutation = Callable[[dict[str, Any], random.Random], str | None]
"""Changes a resource in place and says how; None where there is nothing to change."""


def mutated(
    resource: Mapping[str, Any], kind: str, chance: random.Random
) -> tuple[Any, str] | None:
    """Return a copy of a resource with one fault of a kind, and what it is; None if none fits."""
    changed = copy.deepcopy(dict(resource))
    said = MUTATIONS[kind](changed, chance)
    return None if said is None else (changed, said)


def places(value: dict[str, Any], kind: Type) -> Iterator[Place]:
    """Yield every element below an object of a type, items of arrays among them."""
    for name, inner in value.items():
        prop = kind.properties.get(name)
        type_name = prop.type if prop else ""
        if name == "resourceType" or prop is None:
            continue
        yield Place(value, name, type_name, kind.name)
        for holder, key in (
            [(inner, index) for index in range(len(inner))]
            if isinstance(inner, list)
            else [(value, name)]
        ):
            each = holder[key]
            if holder is not value:
                yield Place(holder, key, type_name, kind.name)
            if isinstance(each, dict):
                inner_kind = release().type(each.get("resourceType", type_name))
                if inner_kind is not None:
                    yield from places(each, inner_kind)


def _all(resource: dict[str, Any]) -> list[Place]:
    kind = release().type(resource["resourceType"])
    assert kind is not None
    return list(places(resource, kind))


def _remove(resource: dict[str, Any], chance: random.Random) -> str | None:
    place = chance.choice(_all(resource))
    said = f"{place.owner}: {place.key} removed"
    del place.holder[place.key]
    return said


def _rename(resource: dict[str, Any], chance: random.Random) -> str | None:
    named = [each for each in _all(resource) if isinstance(each.key, str)]
    place = chance.choice(named)
    name = chance.choice([f"{place.key}x", place.key[:-1], place.key.upper(), f"_{place.key}"])
    place.holder[name] = place.holder.pop(place.key)
    return f"{place.owner}: {place.key} renamed to {name}"


def _retype(resource: dict[str, Any], chance: random.Random) -> str | None:
    place = chance.choice(_all(resource))
    value = place.value
    others = [7, Decimal("1.5"), "text", True, {"text": "x"}, ["x"], None]
    place.holder[place.key] = chance.choice(
        [each for each in others if each.__class__ is not value.__class__]
    )
    return f"{place.owner}: {place.key} is {place.value!r}"


def _duplicate(resource: dict[str, Any], chance: random.Random) -> str | None:
    place = chance.choice([each for each in _all(resource) if isinstance(each.key, str)])
    value = place.value
    if isinstance(value, list):
        value.append(copy.deepcopy(value[-1]))
        return f"{place.owner}: the last of {place.key} twice"
    kind = release().type(place.owner)
    assert kind is not None
    prop = kind.properties[place.key]
    if prop.element.choice:
        other = chance.choice([use.code for use in prop.element.types])
        name = prop.element.name + other[0].upper() + other[1:]
        place.holder[name] = copy.deepcopy(value)
        return f"{place.owner}: {name} beside {place.key}"
    place.holder[place.key] = [value, copy.deepcopy(value)]
    return f"{place.owner}: {place.key} twice"


def _change_code(resource: dict[str, Any], chance: random.Random) -> str | None:
    codes = [each for each in _all(resource) if each.type == "code" and isinstance(each.value, str)]
    if not codes:
        return None
    place = chance.choice(codes)
    place.holder[place.key] = chance.choice(
        [
            f"{place.value}x",
            place.value.upper(),
            place.value.capitalize(),
            "unheard-of",
            f" {place.value}",
        ]
    )
    return f"{place.owner}: {place.key} is {place.value!r}"


def _break_date(resource: dict[str, Any], chance: random.Random) -> str | None:
    dates = [
        each
        for each in _all(resource)
        if each.type in ("date", "dateTime", "instant") and isinstance(each.value, str)
    ]
    if not dates:
        return None
    place = chance.choice(dates)
    place.holder[place.key] = chance.choice(BROKEN_DATES)
    return f"{place.owner}: {place.key} is {place.value!r}"


def _retarget(resource: dict[str, Any], chance: random.Random) -> str | None:
    references = [
        each
        for each in _all(resource)
        if each.owner == "Reference" and each.key == "reference" and isinstance(each.value, str)
    ]
    if not references:
        return None
    place = chance.choice(references)
    kind = chance.choice(sorted(release().resource_types()))
    place.holder[place.key] = chance.choice(
        [f"{kind}/1", f"http://example.org/fhir/{kind}/1", "#nowhere"]
    )
    return f"reference is {place.value!r}"


def _malform_extension(resource: dict[str, Any], chance: random.Random) -> str | None:
    objects = [each.value for each in _all(resource) if isinstance(each.value, dict)]
    target = chance.choice([resource, *objects])
    if "resourceType" in target and target["resourceType"] in ("Bundle", "Binary", "Parameters"):
        return None
    core = "http://hl7.org/fhir/StructureDefinition/"
    broken: dict[str, Any] = chance.choice(
        [
            {"valueString": "no url"},
            {"url": "http://example.org/x"},
            {"url": "http://example.org/x", "valueFoo": "x"},
            {"url": "http://example.org/x", "valueString": "a", "valueCode": "b"},
            {
                "url": "http://example.org/x",
                "valueString": "a",
                "extension": [{"url": "b", "valueCode": "c"}],
            },
            {"url": "http://example.org/x", "valueInteger": "1"},
            {"url": f"{core}patient-birthPlace", "valueString": "wrong type"},
            {"url": f"{core}data-absent-reason", "valueString": "wrong type"},
            {"url": "relative", "valueString": "x"},
            {"url": "", "valueString": "x"},
        ]
    )
    target["extension"] = [*target.get("extension", ()), broken]
    return f"extension {broken}"


MUTATIONS: Mapping[str, Mutation] = {
    "element removed": _remove,
    "element renamed": _rename,
    "element retyped": _retype,
    "element duplicated": _duplicate,
    "code changed": _change_code,
    "date broken": _break_date,
    "reference retargeted": _retarget,
    "extension malformed": _malform_extension,
}
