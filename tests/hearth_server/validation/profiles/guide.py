"""Small Implementation Guides, made for one test each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hearth_server.fhir import json
from hearth_server.validation.open import TableValidator, open_validator
from hearth_server.validation.profiles.guides import compile_guide

BASE = "http://hl7.org/fhir/StructureDefinition/"
OWN = "http://example.org/StructureDefinition/"
PACKAGE = {"name": "example.guide", "version": "1.0.0", "fhirVersions": ["4.0.1"]}


def profile(type: str, *elements: dict[str, Any], name: str = "own", base: str = "") -> Any:
    """Return a StructureDefinition with a differential of these elements.

    An element's `id` is its path with the names of slices; its `path` is made from that.
    """
    return {
        "resourceType": "StructureDefinition",
        "url": OWN + name,
        "name": name,
        "title": f"Profile {name}",
        "type": type,
        "derivation": "constraint",
        "baseDefinition": base or BASE + type,
        "differential": {
            "element": [
                {"path": ".".join(step.partition(":")[0] for step in each["id"].split(".")), **each}
                for each in elements
            ]
        },
    }


def guide(folder: Path, *resources: Mapping[str, Any]) -> Path:
    """Write the tables of a guide of these resources, and return their folder."""
    for path, content in compile_guide(PACKAGE, [dict(each) for each in resources]).tables.items():
        (folder / path).write_bytes(json.encode(content))
    return folder


def validator(folder: Path, *resources: Mapping[str, Any], **options: Any) -> TableValidator:
    """Return a validator at the level of profiles that knows a guide of these resources."""
    return open_validator("profiles", guides=[guide(folder, *resources)], **options)


def errors(judge: TableValidator, resource: Any, *, profiles: Sequence[str] = ()) -> list[str]:
    """Return the text of every error; the resource is said to follow `own` if it names nothing."""
    claimed = {"meta": {"profile": [OWN + "own"]}, **resource}
    issues = judge.validate(claimed, profiles=profiles)
    return [issue.text for issue in issues if issue.severity == "error"]
