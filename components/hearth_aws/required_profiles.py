"""Profiles that every resource of a type must follow: how they are said, and who knows them.

https://hl7.org/fhir/R4/profiling.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hearth_aws import inputs

RequiredProfiles = Mapping[str, Sequence[str]]
"""Canonical URLs of profiles by resource type."""

TYPE = r"[A-Z][A-Za-z]+"
CANONICAL = r"(https?://|urn:)\S+"
MEANING = "a map of resource types, each with a list of profiles' canonical URLs"
TABLES = Path("hearth_server", "fhir", "tables")
"""Where a bundle keeps what it knows of FHIR: a folder for each release, and for each guide."""


def resolve(name: str, value: Any) -> RequiredProfiles:
    """Return the map, checked. Raises InputError."""
    required = inputs.plain(name, value)
    if not isinstance(required, Mapping):
        raise inputs.InputError(name, f"is {required!r}; allowed: {MEANING}")
    checked: dict[str, list[str]] = {}
    for kind, urls in required.items():
        inputs.matching(f"{name} key", kind, TYPE, "a resource type, such as Patient")
        path = f"{name}.{kind}"
        listed = inputs.several(path, urls)
        checked[kind] = [
            inputs.matching(path, url, CANONICAL, "canonical URLs of profiles") for url in listed
        ]
    return checked


def malformed(required: RequiredProfiles) -> Iterator[str]:
    """Say of each name that is no resource type, and each value that is no canonical URL."""
    for kind, urls in required.items():
        if not re.fullmatch(TYPE, kind):
            yield f"names {kind!r}; allowed: {MEANING}"
        for url in urls:
            if not re.fullmatch(CANONICAL, url):
                yield f"holds {url!r} for {kind}; allowed: {MEANING}"


def unknown(required: RequiredProfiles, bundle: Path) -> Iterator[str]:
    """Say of each profile that the bundle does not have, or has for another type."""
    types = _types(bundle) if required else {}
    for kind, urls in required.items():
        for url in urls:
            found = types.get(url.partition("|")[0])
            if found is None:
                yield (
                    f"names {url!r} for {kind}, which the bundle does not know; add its guide: "
                    "hearth ig add FILE, then: hearth build"
                )
            elif found != kind:
                yield f"names {url!r} for {kind}, and it is a profile of {found}"


def _types(bundle: Path) -> dict[str, str]:
    """Return the type of each profile in a bundle's tables by its URL."""
    types: dict[str, str] = {}
    for table in sorted((bundle / TABLES).rglob("profiles.json")):
        rows = json.loads(table.read_bytes())
        types |= {url: row["type"] for url, row in rows.items()}
    return types
