"""Turns the resources of an Implementation Guide into tables like those of a release.

https://hl7.org/fhir/R4/implementationguide.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from hearth_server.fhir.definitions import DEFAULT_RELEASE, TABLES, Release, release
from hearth_server.fhir.expansion import Codes, Expander, system_tables, value_set_tables
from hearth_server.validation.profiles.lower import NotAProfile, lower
from hearth_server.validation.profiles.registry import Profiles
from hearth_server.validation.profiles.table import Profile

KEPT = {"SearchParameter": "search_parameters.json", "CapabilityStatement": "capabilities.json"}
"""What a guide holds beside profiles and codes, and where it is kept as it is."""

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Guide:
    """An Implementation Guide as tables."""

    tables: Mapping[str, Any]
    """The content of each table by its path."""
    skipped: Sequence[str]
    """Why a resource is not in them, one sentence each."""


def compile_guide(
    package: Mapping[str, Any], resources: Iterable[Resource], others: Sequence[Path] = ()
) -> Guide:
    """Return the tables of an Implementation Guide's package.

    `package` is its package.json; `others` are the folders of guides that it may build on.
    """
    by_type: dict[str, list[Resource]] = {}
    for resource in resources:
        by_type.setdefault(resource.get("resourceType", ""), []).append(resource)
    definitions = {each["url"]: each for each in by_type.get("StructureDefinition", ())}
    folders = [TABLES / DEFAULT_RELEASE, *others]
    lowering = _Profiles(definitions, release(), Profiles(folders))
    profiles = {url: lowering.find(url) for url in sorted(definitions)}
    systems = system_tables(each for each in by_type.get("CodeSystem", ()) if "url" in each)
    value_sets = [each for each in by_type.get("ValueSet", ()) if "url" in each]
    expander = Expander(
        _rows(folders, "code_systems.json") | systems, value_sets, _known_codes(folders)
    )
    tables: dict[str, Any] = {
        "profiles.json": {
            url: msgspec.to_builtins(each, builtin_types=(Decimal,))
            for url, each in profiles.items()
            if each
        },
        "code_systems.json": dict(sorted(systems.items())),
        "value_sets.json": value_set_tables(value_sets, expander),
    }
    for kind, path in KEPT.items():
        kept = sorted(by_type.get(kind, ()), key=lambda each: str(each.get("url")))
        tables[path] = [
            {name: value for name, value in each.items() if name != "text"} for each in kept
        ]
    tables["guide.json"] = {
        "name": package["name"],
        "version": package["version"],
        "title": package.get("title") or package["name"],
        "canonical": package.get("canonical", ""),
        "release": package.get("fhirVersions") or package.get("fhir-version-list") or [],
    }
    return Guide(tables, lowering.skipped)


class _Profiles:
    """Lowers the profiles of a guide, each after the one that it builds on."""

    def __init__(self, definitions: Mapping[str, Resource], own: Release, known: Profiles) -> None:
        self._definitions = definitions
        self._release = own
        self._known = known
        self._made: dict[str, Profile | None] = {}
        self.skipped: list[str] = []

    def find(self, canonical: str) -> Profile | None:
        """Return a profile of the guide, of another guide, or of the release."""
        url = canonical.partition("|")[0]
        if url not in self._definitions:
            return self._known.find(url)
        if url not in self._made:
            self._made[url] = None  # a profile that builds on itself starts from nothing
            try:
                self._made[url] = lower(self._definitions[url], self._release, self.find)
            except NotAProfile as reason:
                self.skipped.append(str(reason))
        return self._made[url]


def _rows(folders: Iterable[Path], name: str) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for folder in folders:
        if (folder / name).exists():
            rows |= msgspec.json.decode((folder / name).read_bytes())
    return rows


def _known_codes(folders: Iterable[Path]) -> dict[str, Codes]:
    """Return the codes of the value sets that tables hold already."""
    return {
        url: {
            system: None if codes is None else frozenset(codes)
            for system, codes in row["systems"].items()
        }
        for url, row in _rows(folders, "value_sets.json").items()
    }
