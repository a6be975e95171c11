"""The validator of a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hearth_server.errors import Issue
from hearth_server.fhir.definitions import DEFAULT_RELEASE, TABLES, release
from hearth_server.fhir.terminology import terminology
from hearth_server.validation.compiler import Compiler
from hearth_server.validation.levels import Level
from hearth_server.validation.profiles.registry import Profiles
from hearth_server.validation.scope import Scope


class TableValidator:
    """Judges resources by checks that are compiled from a release's tables."""

    def __init__(self, level: Level, release_name: str = DEFAULT_RELEASE) -> None:
        self._release = release(release_name)
        profiles = Profiles([TABLES / release_name])
        self._compiler = Compiler(self._release, terminology(release_name), profiles, level)

    def validate(self, resource: Mapping[str, Any], *, profiles: Sequence[str] = ()) -> list[Issue]:
        """Return every issue found, at its FHIRPath location; no error among them means valid."""
        found = self._compiler.resource(resource, Scope(resource))
        if found is None:
            return []
        name = resource.get("resourceType")
        if not isinstance(name, str) or name not in self._release.resource_types():
            name = "Resource"
        return [problem.issue(name) for problem in found]


def open_validator(level: str = "full") -> TableValidator:
    """Return the validator of a level. Raises ValueError for a level that there is not."""
    return TableValidator(Level(level))
