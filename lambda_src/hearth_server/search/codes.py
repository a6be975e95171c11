"""What value sets and code systems say, for `:in`, `:not-in`, `:above` and `:below`.

Those that the tenant has stored come first, then those of the release.
https://hl7.org/fhir/R4/search.html#token
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec

from hearth_server.fhir import json
from hearth_server.fhir.definitions import DEFAULT_RELEASE, TABLES
from hearth_server.fhir.expansion import Expander, descendants, system_tables
from hearth_server.fhir.terminology import terminology
from hearth_server.search.parse.context import Members
from hearth_server.store.protocol import Key, ResourceStore

MAXIMUM_CODES = 5000
"""Codes that one value set may add to a search."""

MAXIMUM_SETS = 50
"""Value sets and code systems that one value set may refer to, directly or not."""

UNDERSTOOD = frozenset({"is-a", "descendent-of", "is-not-a"})
"""Filters of value sets that are applied; others make a set unknown, not larger."""

Table = dict[str, Any]


class Matching(Protocol):
    """What is asked of the search itself: where a canonical URL is stored."""

    def matching(self, tenant: str, type: str, criteria: str, *, limit: int = 2) -> list[Key]:
        """Return the resources that meet the criteria."""


class _Unlisted(Exception):
    """The codes of a set are not known."""


class StoredCodes:
    """The terminology of one tenant."""

    def __init__(self, store: ResourceStore, search: Matching, tenant: str) -> None:
        self._store = store
        self._search = search
        self._tenant = tenant

    def in_value_set(self, url: str) -> Members | None:
        """Return the codes of a value set by system; None where they are not known.

        An empty set of codes is none; None as a set stands for every code of the system.
        """
        stored = self._literal(url) or self._stored("ValueSet", url)
        try:
            found = self._expanded(stored) if stored else _published(url)
        except _Unlisted:
            return None
        listed = sum(len(codes) for codes in found.values() if codes is not None)
        return found if found and listed <= MAXIMUM_CODES else None

    def related(self, system: str, code: str, *, below: bool) -> list[str] | None:
        """Return a code with those below or above it; None where that is not known."""
        table = self._system(system)
        if table is None or code not in table["codes"]:
            return None
        return [code, *sorted(descendants(table, code) if below else _ancestors(table, code))]

    def _literal(self, url: str) -> Table | None:
        type, _, id = url.partition("/")
        if type != "ValueSet" or not id:
            return None
        record = self._store.latest(Key(self._tenant, type, id))
        return None if record is None or record.deleted else json.stored(record.body)

    def _stored(self, type: str, url: str) -> Table | None:
        """Return the stored resource with a canonical URL; of several, the one updated last."""
        canonical, _, version = url.partition("|")
        asked = {"url": canonical} | ({"version": version} if version else {})
        keys = self._search.matching(self._tenant, type, urlencode(asked), limit=MAXIMUM_SETS)
        records = [each for each in self._store.latest_of(keys).values() if not each.deleted]
        if not records:
            return None
        newest = max(records, key=lambda each: each.last_updated)
        found: Table = json.stored(newest.body)
        return found

    def _expanded(self, value_set: Table) -> Members:
        """Return the codes of a stored value set. Raises _Unlisted."""
        if "contains" in value_set.get("expansion", {}):
            return _contained(value_set["expansion"]["contains"])
        gathered = {value_set.get("url", ""): value_set}
        systems: dict[str, Table] = {}
        known: dict[str, Any] = {}
        self._gather(value_set, gathered, systems, known)
        sets = [{**each, "url": url} for url, each in gathered.items()]
        return Expander(systems, sets, known).expand(next(iter(gathered)))

    def _gather(
        self,
        value_set: Table,
        gathered: dict[str, Table],
        systems: dict[str, Table],
        known: dict[str, Any],
    ) -> None:
        """Collect what a value set refers to. Raises _Unlisted for what is not understood."""
        for part in _parts(value_set):
            _check_filters(part)
            system = part.get("system")
            if system and system not in systems:
                table = self._system(system)
                if table is not None:
                    systems[system] = table
                elif "filter" in part:
                    raise _Unlisted
            for url in part.get("valueSet", ()):
                canonical = url.partition("|")[0]
                if canonical in gathered or canonical in known:
                    continue
                if len(gathered) + len(known) >= MAXIMUM_SETS:
                    raise _Unlisted
                other = self._stored("ValueSet", url)
                if other is None:
                    known[canonical] = _published(url)
                else:
                    gathered[canonical] = other
                    self._gather(other, gathered, systems, known)

    def _system(self, url: str) -> Table | None:
        """Return the table of a code system, None where its codes are not known."""
        stored = self._stored("CodeSystem", url)
        if stored is not None:
            tables = system_tables([{"content": "", **stored, "url": url}])
            return tables.get(url)
        raw = _systems().get(url)
        return None if raw is None else msgspec.json.decode(raw, type=dict[str, Any])


def _published(url: str) -> Members:
    """Return the codes of one of the release's value sets. Raises _Unlisted."""
    found = terminology().value_set(url)
    if found is None or any(codes is None for codes in found.systems.values()):
        raise _Unlisted
    return dict(found.systems)


def _contained(contains: list[Table]) -> Members:
    """Return the codes of an expansion that is stored with its value set."""
    codes: dict[str, set[str]] = {}
    waiting = list(contains)
    while waiting:
        each = waiting.pop()
        if "code" in each and not each.get("abstract"):
            codes.setdefault(each.get("system", ""), set()).add(each["code"])
        waiting += each.get("contains", ())
    return {system: frozenset(found) for system, found in codes.items()}


def _parts(value_set: Table) -> Iterator[Table]:
    compose = value_set.get("compose")
    if compose is None:
        raise _Unlisted
    yield from compose.get("include", ())
    yield from compose.get("exclude", ())


def _check_filters(part: Table) -> None:
    for each in part.get("filter", ()):
        if each.get("property") != "concept" or each.get("op") not in UNDERSTOOD:
            raise _Unlisted


def _ancestors(table: Mapping[str, Any], code: str) -> set[str]:
    parents: Mapping[str, list[str]] = table.get("parents", {})
    found: set[str] = set()
    waiting = [code]
    while waiting:
        for parent in parents.get(waiting.pop(), ()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


@cache
def _systems(release: str = DEFAULT_RELEASE) -> dict[str, msgspec.Raw]:
    text = (TABLES / release / "code_systems.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
