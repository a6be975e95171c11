"""Tables of search parameters: each with the paths that its expression comes down to.

Source is HL7's own registry of R4's parameters, unmodified.
https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from hearth_server.fhir.definitions import Element, Release
from hearth_server.search.definitions import COMMON
from hearth_server.search.lowered import EVERY_TYPE, lowered

from hearth_definitions import source

MANDATORY = 2
"""The fields that each path has: its steps and its type."""

Parameters = Mapping[str, dict[str, Any]]
"""SearchParameter resources by their URL."""


def read_parameters() -> dict[str, dict[str, Any]]:
    """Return the SearchParameters of the release's registry. Raises SourceError."""
    bundle = source.EXAMPLES.read("Bundle-searchParams.json")
    return {entry["resource"]["url"]: entry["resource"] for entry in bundle["entry"]}


def parameter_tables(parameters: Parameters, release: Release) -> dict[str, Any]:
    """Return the tables of parameters and of their descriptions, by path."""
    definitions: dict[str, dict[str, Any]] = {}
    documentation: dict[str, dict[str, str]] = {}
    for parameter in sorted(parameters.values(), key=lambda each: str(each["code"])):
        for base in parameter["base"]:
            name = COMMON if base in EVERY_TYPE else base
            made = lowered(parameter, parameters, release, base, implied_system)
            definitions.setdefault(name, {})[parameter["code"]] = _trimmed(
                msgspec.to_builtins(made)
            )
            documentation.setdefault(name, {})[parameter["code"]] = description(parameter, base)
    return {
        "search_parameters.json": dict(sorted(definitions.items())),
        "search_documentation.json": dict(sorted(documentation.items())),
    }


def description(parameter: Mapping[str, Any], base: str) -> str:
    """Return what the definition says about the parameter, the part about `base` only."""
    text = str(parameter["description"])
    own = re.search(rf"^\* \[{base}\]\(\w+\.html\): (.*)$", text, re.MULTILINE)
    return " ".join((own[1] if own else text).split())


@cache
def implied_system(element: Element) -> str:
    """Return the code system that an element's codes are from, when its value set has only one."""
    if element.binding is None:
        return ""
    included = _value_sets().get(element.binding.value_set.partition("|")[0], [])
    systems = {part.get("system", "") for part in included}
    return systems.pop() if len(systems) == 1 else ""


def _trimmed(value: Any) -> Any:
    """Return the table without the empty fields at the end of each path."""
    if isinstance(value, dict):
        return {key: _trimmed(each) for key, each in value.items()}
    if not isinstance(value, list | tuple):
        return value
    kept = [_trimmed(each) for each in value]
    if len(kept) > MANDATORY and isinstance(kept[MANDATORY - 1], str):
        while len(kept) > MANDATORY and not kept[-1]:
            kept.pop()
    return kept


@cache
def _value_sets() -> dict[str, list[dict[str, Any]]]:
    return {
        resource["url"]: resource.get("compose", {}).get("include", [])
        for resource in source.r4("valuesets")
        if resource["resourceType"] == "ValueSet"
    }
