"""Where profiles are found: the release's own table, and those of Implementation Guides.

https://hl7.org/fhir/R4/references.html#canonical
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from hearth_server.fhir import json
from hearth_server.validation.profiles.table import Profile


class Profiles:
    """The profiles of some folders of tables, each read when it is first asked for."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._known: dict[str, list[Profile]] = {}

    def find(self, canonical: str) -> Profile | None:
        """Return a profile by its canonical URL; None where it is not known.

        With `|version`, only that version is the one; without, the last folder's that has it.
        """
        url, _, version = canonical.partition("|")
        if url not in self._known:
            self._known[url] = [read(rows[url]) for rows in self._tables if url in rows]
        for profile in reversed(self._known[url]):
            if version in ("", profile.version):
                return profile
        return None

    @cached_property
    def _tables(self) -> list[dict[str, msgspec.Raw]]:
        return [
            msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
            for path in (folder / "profiles.json" for folder in self._folders)
            if path.exists()
        ]


def read(row: msgspec.Raw) -> Profile:
    """Return a profile from its row, with every digit of the decimals that it fixes."""
    return msgspec.convert(json.parse(bytes(row)), Profile)
