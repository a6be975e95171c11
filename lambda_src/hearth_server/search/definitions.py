"""The table of search parameters of a release, as the generator writes it.

https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from hearth_server.fhir.definitions import DEFAULT_RELEASE, TABLES
from hearth_server.search.paths import Path

Kind = Literal[
    "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"
]

COMMON = "Resource"
"""The name under which the table holds the parameters that all types have."""


class Component(msgspec.Struct, frozen=True, array_like=True):
    """One part of a composite parameter."""

    kind: Kind
    paths: tuple[tuple[Path, ...], ...]
    """For each of the composite's elements, the paths below it to this part's values."""


class Definition(msgspec.Struct, frozen=True, omit_defaults=True):
    """One search parameter of one resource type."""

    url: str
    kind: Kind
    paths: tuple[Path, ...] = ()
    """Where its values stand; for a composite, the elements that it looks into."""
    targets: tuple[str, ...] = ()
    """For a reference: the resource types that it may point at; none means any."""
    components: tuple[Component, ...] = ()
    refused: str = ""
    """Why it is not served, if it is not."""


SEARCH_DEFINITIONS = "search_definitions.json"
"""Where a guide's folder has the parameters that it adds."""

Definitions = dict[str, Definition]
"""The parameters of one resource type, by name."""


GUIDES = TABLES / "guides"
"""Where the tables of Implementation Guides and of a deployer's own parameters lie."""


@cache
def definitions(type: str, release: str = DEFAULT_RELEASE) -> Definitions:
    """Return the parameters that a resource type (or COMMON) has of its own.

    The release's come before a guide's of the same name.
    """
    found: Definitions = {}
    for table in _tables(release):
        text = table.get(type)
        if text is not None:
            found = msgspec.json.decode(text, type=Definitions) | found
    return found


@cache
def _tables(release: str) -> list[dict[str, msgspec.Raw]]:
    """Return each type's definitions, still as text: a process needs few of them."""
    places = [TABLES / release / "search_parameters.json"]
    places += sorted(GUIDES.glob(f"*/{SEARCH_DEFINITIONS}"))
    return [
        msgspec.json.decode(place.read_bytes(), type=dict[str, msgspec.Raw]) for place in places
    ]


@cache
def documentation(release: str = DEFAULT_RELEASE) -> dict[str, dict[str, str]]:
    """Return a sentence about each search parameter, by resource type and name."""
    text = (TABLES / release / "search_documentation.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, dict[str, str]])


@cache
def compartments(release: str = DEFAULT_RELEASE) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return, by compartment and resource type, the parameters that put a resource into it.

    `{def}` stands for the compartment's own resource.
    """
    text = (TABLES / release / "compartments.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, dict[str, tuple[str, ...]]])
