"""From SearchParameter resources to definitions: of a release, of a guide, of a deployer's own.

https://hl7.org/fhir/R4/searchparameter.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from hearth_server.fhir.definitions import Release
from hearth_server.search.definitions import COMMON, Component, Definition, Kind, definitions
from hearth_server.search.lowering import CannotLower, Lowering, SystemOf

EVERY_TYPE = ("Resource", "DomainResource")

REFUSED = {
    "phonetic": "no way of comparing sounds is built in",
    "_query": "no named queries are defined",
}
"""Parameters that are not served, by name, and why."""

SWAPPED = frozenset({"http://hl7.org/fhir/SearchParameter/DocumentReference-relationship"})
"""Composites whose published components name each other's definition."""

ANY_TARGET = 0.9
"""The share of all types above which a list of targets means any: the registry's are incomplete."""

Parameter = Mapping[str, Any]
"""A SearchParameter resource."""


@dataclass(slots=True)
class Lowered:
    """Definitions by resource type and name, and why some parameters are not among them."""

    definitions: dict[str, dict[str, Definition]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def no_system(_: object) -> str:
    """Answer that nothing is known of the code systems of value sets."""
    return ""


def lowered(
    parameter: Parameter,
    others: Mapping[str, Parameter],
    release: Release,
    base: str,
    system_of: SystemOf = no_system,
) -> Definition:
    """Return a parameter as one resource type has it, refused where it cannot be lowered.

    `others` are the parameters that a composite's components may name, by URL.
    """
    url, kind, expression = parameter["url"], parameter["type"], parameter.get("expression")
    if parameter["code"] in REFUSED:
        return Definition(url, kind, refused=REFUSED[parameter["code"]])
    if not expression:
        return Definition(url, kind)
    lowering = Lowering(release, base, system_of)
    try:
        if kind == "composite":
            return _composite(parameter, others, lowering)
        paths = lowering.values(expression, kind)
    except CannotLower as reason:
        return Definition(url, kind, refused=str(reason))
    if kind != "reference":
        return Definition(url, kind, paths)
    possible, declared = lowering.targets(expression), frozenset(parameter.get("target", ()))
    targets = (possible & declared or possible) if possible else declared
    if len(targets) >= ANY_TARGET * len(release.resource_types()):
        targets = frozenset()
    return Definition(url, kind, paths, tuple(sorted(targets)))


def lowered_all(parameters: Iterable[Parameter], release: Release) -> Lowered:
    """Return the definitions that custom parameters add to a release's.

    A parameter that the release has under the same name stays the release's; one that cannot be
    served is left out with the reason.
    """
    listed = list(parameters)
    others = {each["url"]: each for each in listed if "url" in each}
    made = Lowered()
    for parameter in sorted(listed, key=lambda each: str(each.get("url"))):
        problem = _problem(parameter, release)
        if problem:
            made.skipped.append(f"{parameter.get('url', 'a SearchParameter')}: {problem}")
            continue
        for base in parameter["base"]:
            _add(made, parameter, others, release, base)
    return made


def _add(
    made: Lowered,
    parameter: Parameter,
    others: Mapping[str, Parameter],
    release: Release,
    base: str,
) -> None:
    code, type = parameter["code"], COMMON if base in EVERY_TYPE else base
    if code in definitions(type) or code in definitions(COMMON):
        return
    definition = lowered(parameter, others, release, base)
    if definition.refused or not definition.paths:
        reason = definition.refused or "it has no expression"
        made.skipped.append(f"{parameter['url']}, of {base}: {reason}")
    else:
        made.definitions.setdefault(type, {})[code] = definition


def _problem(parameter: Parameter, release: Release) -> str | None:
    """Return what is wrong with a parameter's own elements."""
    for name in ("url", "code", "type", "base"):
        if not parameter.get(name):
            return f"it has no {name}"
    if parameter["type"] not in get_args(Kind):
        return f"its type {parameter['type']!r} is none that FHIR has"
    known = release.resource_types() | set(EVERY_TYPE)
    wrong = [each for each in parameter["base"] if each not in known]
    return f"{', '.join(map(str, wrong))} is no resource type" if wrong else None


def _composite(
    parameter: Parameter, others: Mapping[str, Parameter], lowering: Lowering
) -> Definition:
    elements = lowering.elements(parameter["expression"])
    parts = parameter.get("component", ())
    kinds = [_kind(part["definition"], others) for part in parts]
    if parameter["url"] in SWAPPED:
        kinds.reverse()
    components = tuple(
        Component(kind, tuple(lowering.parts(part["expression"], kind, each) for each in elements))
        for kind, part in zip(kinds, parts, strict=True)
    )
    if not components:
        raise CannotLower("it has no components")
    return Definition(parameter["url"], "composite", elements, components=components)


def _kind(url: str, others: Mapping[str, Parameter]) -> Kind:
    canonical = url.partition("|")[0]
    if canonical not in others:
        raise CannotLower(f"its component {canonical} is not at hand")
    kind: Kind = others[canonical]["type"]
    return kind
