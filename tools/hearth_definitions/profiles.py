"""The table of the release's own profiles, those that define its extensions among them.

https://hl7.org/fhir/R4/profilelist.html
"""

from __future__ import annotations

from typing import Any

import msgspec
from hearth_server.fhir.definitions import Release
from hearth_server.validation.profiles.lower import NotAProfile, lower
from hearth_server.validation.profiles.table import STRUCTURE_URL, Context

from hearth_definitions import source

WIDER = {
    "regex": ("ElementDefinition.type",),
    "structuredefinition-fhir-type": ("ElementDefinition.type",),
    "structuredefinition-normative-version": (
        "CodeSystem", "ElementDefinition", "OperationDefinition", "ValueSet",
    ),
    "valueset-concept-comments": ("CodeSystem.concept",),
}  # fmt: skip
"""Where the release's own definitions hold extensions that are not declared for there."""


def profile_tables(release: Release) -> dict[str, Any]:
    """Return the table by path: profiles by canonical URL. Raises SourceError."""
    table = {}
    for definition in source.examples("StructureDefinition"):
        if definition["url"].startswith(STRUCTURE_URL) and "snapshot" in definition:
            try:
                profile = lower(definition, release, lambda _: None)
            except NotAProfile:
                continue
            wider = WIDER.get(definition["id"], ())
            profile.context += [Context("element", expression) for expression in wider]
            table[profile.url] = msgspec.to_builtins(profile)
    return {"profiles.json": dict(sorted(table.items()))}
