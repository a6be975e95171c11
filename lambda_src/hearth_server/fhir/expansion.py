"""Finds the codes of value sets by what they include, for tables that are made ahead.

https://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hearth_server.fhir.terminology import ANY

Table = dict[str, Any]
Codes = dict[str, frozenset[str] | None]
"""Codes by system; None stands for every code of the system."""

CLOSED = ("complete",)
"""The contents of a code system that say that there are no other codes."""

LICENSED = frozenset({"http://snomed.info/sct", "http://loinc.org"})
"""Systems whose codes are not repeated in tables, not even the few that a value set lists."""


def system_tables(systems: Iterable[Table]) -> dict[str, Table]:
    """Return the tables of those code systems whose every code is known, by URL."""
    return {
        system["url"]: system_table(system)
        for system in systems
        if system["content"] in CLOSED and system["url"] not in LICENSED
    }


def value_set_tables(value_sets: Iterable[Table], expander: Expander) -> dict[str, Table]:
    """Return the tables of those value sets of which anything is known, by URL."""
    return {
        each["url"]: value_set_table(each, codes)
        for each in sorted(value_sets, key=lambda each: str(each["url"]))
        if (codes := expander.expand(each["url"])) and set(codes) != {ANY}
    }


def system_table(system: Table) -> Table:
    """Return a code system's codes, and the parents of those that have some."""
    parents: dict[str, list[str]] = {}
    _collect(system.get("concept", ()), None, parents)
    table: Table = {"codes": sorted(parents)}
    if below := {code: above for code, above in sorted(parents.items()) if above}:
        table["parents"] = below
    return table


def value_set_table(value_set: Table, codes: Codes) -> Table:
    """Return a value set's name and its codes by system; null for all of a system."""
    return {
        "name": value_set.get("name") or value_set.get("title") or value_set["url"],
        "systems": {
            system: None if chosen is None else sorted(chosen)
            for system, chosen in sorted(codes.items())
        },
    }


class Expander:
    """Finds the codes of value sets by what they include and exclude."""

    def __init__(
        self,
        systems: Mapping[str, Table],
        value_sets: Iterable[Table],
        known: Mapping[str, Codes] | None = None,
    ) -> None:
        """Take tables of code systems, value sets, and the codes of value sets known already."""
        self._systems = systems
        self._value_sets = {each["url"]: each for each in value_sets}
        self._known: dict[str, Codes] = dict(known or {})

    def expand(self, canonical: str) -> Codes:
        """Return the codes of a value set; those of an unknown one may be any."""
        url = canonical.partition("|")[0]
        if url not in self._known:
            if url not in self._value_sets:
                return {ANY: None}
            self._known[url] = {}  # what includes itself adds nothing to itself
            self._known[url] = self._codes(self._value_sets[url])
        return self._known[url]

    def _codes(self, value_set: Table) -> Codes:
        if "compose" in value_set:
            return self._composed(value_set["compose"])
        codes: dict[str, set[str]] = {}
        _collect_contained(value_set.get("expansion", {}).get("contains", ()), codes)
        return {system: frozenset(found) for system, found in codes.items()}

    def _composed(self, compose: Table) -> Codes:
        codes: Codes = {}
        for part in compose.get("include", ()):
            for system, chosen in self._part(part).items():
                codes[system] = _union(codes.get(system, frozenset()), chosen)
        for part in compose.get("exclude", ()):
            for system, chosen in self._part(part).items():
                if system == ANY:
                    continue  # what is unknown takes nothing away for certain
                codes[system] = self._without(system, codes.get(system, frozenset()), chosen)
        return codes

    def _part(self, part: Table) -> Codes:
        imported: Codes | None = None
        for url in part.get("valueSet", ()):
            codes = self.expand(url)
            imported = codes if imported is None else _common(imported, codes)
        if "system" not in part:
            return imported or {}
        own: Codes = {part["system"]: self._chosen(part)}
        return own if imported is None else _common(own, imported)

    def _chosen(self, part: Table) -> frozenset[str] | None:
        system = part["system"]
        if system in LICENSED:
            return None
        if "concept" in part:
            return frozenset(concept["code"] for concept in part["concept"])
        chosen = None
        for condition in part.get("filter", ()):
            chosen = _intersection(chosen, self._filtered(system, condition))
        return chosen

    def _filtered(self, system: str, condition: Table) -> frozenset[str] | None:
        """Return the codes that meet a filter; None, which is all, where it is not understood."""
        table = self._systems.get(system)
        if table is None or condition["property"] != "concept":
            return None
        root = condition["value"]
        below = descendants(table, root)
        match condition["op"]:
            case "is-a":
                return below | {root}
            case "descendent-of":
                return below
            case "is-not-a":
                return frozenset(table["codes"]) - below - {root}
        return None

    def _without(
        self, system: str, codes: frozenset[str] | None, excluded: frozenset[str] | None
    ) -> frozenset[str] | None:
        if excluded is None:
            return frozenset()
        if codes is None:
            if system not in self._systems:
                return None
            codes = frozenset(self._systems[system]["codes"])
        return codes - excluded


def descendants(table: Table, root: str) -> frozenset[str]:
    """Return the codes below `root`, at any depth."""
    children: dict[str, list[str]] = {}
    for code, above in table.get("parents", {}).items():
        for parent in above:
            children.setdefault(parent, []).append(code)
    found: set[str] = set()
    waiting = [root]
    while waiting:
        for code in children.get(waiting.pop(), ()):
            if code not in found:
                found.add(code)
                waiting.append(code)
    return frozenset(found)


def _collect(concepts: Iterable[Table], parent: str | None, into: dict[str, list[str]]) -> None:
    for concept in concepts:
        above = into.setdefault(concept["code"], [])
        above += [parent] if parent is not None and parent not in above else []
        for prop in concept.get("property", ()):
            if prop["code"] in ("subsumedBy", "parent") and prop["valueCode"] not in above:
                above.append(prop["valueCode"])
        _collect(concept.get("concept", ()), concept["code"], into)


def _union(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


def _intersection(
    one: frozenset[str] | None, other: frozenset[str] | None
) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _common(one: Codes, other: Codes) -> Codes:
    """Return what both have; what may be any is left as the other has it."""
    common = {
        system: _intersection(one[system], other[system]) for system in one if system in other
    }
    if ANY in other:
        common |= {system: codes for system, codes in one.items() if system not in other}
    if ANY in one:
        common |= {system: codes for system, codes in other.items() if system not in one}
    return common


def _collect_contained(contained: Iterable[Table], into: dict[str, set[str]]) -> None:
    """Collect the codes of an expansion that is given instead of a composition."""
    for each in contained:
        if "code" in each and "system" in each and not each.get("abstract"):
            into.setdefault(each["system"], set()).add(each["code"])
        _collect_contained(each.get("contains", ()), into)
