"""The validator of a stage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hearth_server.errors import Issue
from hearth_server.fhir.definitions import DEFAULT_RELEASE, TABLES, release
from hearth_server.fhir.terminology import terminology
from hearth_server.validation.compiler import Compiler
from hearth_server.validation.levels import Level
from hearth_server.validation.problem import is_shaped, joined
from hearth_server.validation.profiles.registry import Profiles
from hearth_server.validation.scope import Scope

GUIDES = TABLES / "guides"
"""Where the tables of guides lie: a folder for each."""


class TableValidator:
    """Judges resources by checks that are compiled from a release's tables."""

    def __init__(
        self,
        level: Level,
        *,
        release_name: str = DEFAULT_RELEASE,
        guides: Sequence[Path] = (),
        required: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Read tables when they are needed.

        `guides` are folders of Implementation Guides' tables; `required` names the profiles that
        every resource of a type must follow.
        """
        self._release = release(release_name)
        self._compiler = Compiler(
            self._release,
            terminology(release_name, tuple(guides)),
            Profiles([TABLES / release_name, *guides]),
            level,
            required or {},
        )

    def validate(self, resource: Mapping[str, Any], *, profiles: Sequence[str] = ()) -> list[Issue]:
        """Return every issue found, at its FHIRPath location; no error among them means valid."""
        scope = Scope(resource)
        found = self._compiler.resource(resource, scope)
        if profiles and is_shaped(found):
            found = joined(found, self._compiler.claims.asked(resource, profiles, scope))
        if found is None:
            return []
        name = resource.get("resourceType")
        if not isinstance(name, str) or name not in self._release.resource_types():
            name = "Resource"
        return list(dict.fromkeys(problem.issue(name) for problem in found))


def open_validator(
    level: str = "full",
    *,
    guides: Sequence[Path] | None = None,
    required: Mapping[str, Sequence[str]] | None = None,
) -> TableValidator:
    """Return the validator of a level. Raises ValueError for a level that there is not.

    Without `guides`, it knows those that lie beside the release's tables.
    """
    known = installed_guides() if guides is None else tuple(guides)
    return TableValidator(Level(level), guides=known, required=required)


def installed_guides() -> tuple[Path, ...]:
    """Return the folder of each guide that lies beside the release's tables, newer ones later."""
    return tuple(sorted((path.parent for path in GUIDES.glob("*/guide.json")), key=_by_version))


def _by_version(folder: Path) -> list[tuple[bool, int, str]]:
    """Return what orders `name-6.1.0` before `name-10.0.0`."""
    parts = re.split(r"(\d+)", folder.name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]
