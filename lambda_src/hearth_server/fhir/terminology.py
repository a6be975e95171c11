"""Which codes a value set or a code system has, as far as a release's tables say.

Where a system is too large for a table, or not ours to pass on, only the form of a code is judged.
https://hl7.org/fhir/R4/terminologies.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from pathlib import Path

import msgspec

from hearth_server.fhir.definitions import DEFAULT_RELEASE, TABLES

ANY = "*"
"""Stands for systems of which nothing is known: a value set that includes an unknown one."""

MAX_MET = 1000
"""How many codes of an open value set are remembered as right."""

FORMS = {
    "urn:ietf:bcp:47": re.compile(r"(?:[A-Za-z]{2,8}|[xX])(?:-[A-Za-z0-9]{1,8})*"),
    "urn:ietf:bcp:13": re.compile(r"(?:xml|json|ttl|html|[\w!#$&^.+-]+/[\w!#$&^.+*-]+\s*(?:;.*)?)"),
    "urn:iso:std:iso:4217": re.compile(r"[A-Z]{3}"),
    "http://unitsofmeasure.org": re.compile(r"[!-~]+"),
    "http://snomed.info/sct": re.compile(r"\d{6,18}(?::.+)?"),
    "http://loinc.org": re.compile(r"\d{1,7}-\d|L[ALPG]\d{1,7}-\d|MTHU\d+"),
}
"""What a code of a system without a table looks like."""


class _SystemTable(msgspec.Struct, frozen=True):
    codes: frozenset[str]


class _ValueSetTable(msgspec.Struct, frozen=True):
    name: str
    systems: dict[str, frozenset[str] | None]


class ValueSet:
    """The codes that one value set allows."""

    def __init__(self, url: str, table: _ValueSetTable, terminology: Terminology) -> None:
        self.url = url
        self.name = table.name
        self.systems = {
            system: chosen if chosen is not None else terminology.codes(system)
            for system, chosen in table.systems.items()
        }
        """The codes of each system; None where only their form is known."""
        self._met: set[str] = set()

    @cached_property
    def codes(self) -> frozenset[str] | None:
        """Every code, whatever its system; None where they cannot be listed."""
        every: set[str] = set()
        for codes in self.systems.values():
            if codes is None:
                return None
            every |= codes
        return frozenset(every)

    def has_code(self, code: str) -> bool:
        """Whether any of its systems has, or could have, this code."""
        if code in self._met:
            return True
        known = any(self.has(system, code) for system in self.systems)
        if known and len(self._met) < MAX_MET:
            self._met.add(code)
        return known

    def has(self, system: str, code: str) -> bool:
        """Whether it has, or could have, a code of this system."""
        if system not in self.systems:
            return ANY in self.systems
        codes = self.systems[system]
        return well_formed(system, code) if codes is None else code in codes


class Terminology:
    """The code systems and value sets of one release, and of the guides beside it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._value_sets: dict[str, ValueSet | None] = {}
        self._codes: dict[str, frozenset[str] | None] = {}

    def value_set(self, canonical: str) -> ValueSet | None:
        """Return a value set by its canonical URL; None where nothing is known of its codes."""
        url = canonical.partition("|")[0]
        if url not in self._value_sets:
            raw = self._value_set_rows.get(url)
            table = None if raw is None else msgspec.json.decode(raw, type=_ValueSetTable)
            self._value_sets[url] = None if table is None else ValueSet(url, table, self)
        return self._value_sets[url]

    def codes(self, system: str) -> frozenset[str] | None:
        """Return every code of a system; None where the tables do not list them."""
        if system not in self._codes:
            raw = self._system_rows.get(system)
            table = None if raw is None else msgspec.json.decode(raw, type=_SystemTable)
            self._codes[system] = None if table is None else table.codes
        return self._codes[system]

    @cached_property
    def _value_set_rows(self) -> dict[str, msgspec.Raw]:
        return _rows(folder / "value_sets.json" for folder in self._folders)

    @cached_property
    def _system_rows(self) -> dict[str, msgspec.Raw]:
        return _rows(folder / "code_systems.json" for folder in self._folders)


@cache
def terminology(release: str = DEFAULT_RELEASE, guides: tuple[Path, ...] = ()) -> Terminology:
    """Return the terminology of a release, by its folder's name, and of guides' folders."""
    return Terminology([TABLES / release, *guides])


def well_formed(system: str, code: str) -> bool:
    """Whether a code has the form that its system gives to codes, if that is known."""
    form = FORMS.get(system)
    return form is None or form.fullmatch(code) is not None


def _rows(paths: Iterable[Path]) -> dict[str, msgspec.Raw]:
    rows: dict[str, msgspec.Raw] = {}
    for path in paths:
        if path.exists():
            rows |= msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    return rows
