"""Hearth and HAPI on the same bodies: official examples, and faults put into valid ones."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearth_server.errors import Issue
from hearth_server.fhir import json

from tests.hearth_server.fhir.examples import example_files
from tests.proof.validation.mutations import MUTATIONS, mutated
from tests.proof.validation.verdicts import errors
from tests.services.hapi import Hapi

LARGEST_EXAMPLE = 1_500_000
"""Bytes: HAPI takes minutes and gigabytes for the few larger ones, bundles of definitions.

Of these it judges the entries in which Hearth finds an error.
"""
LARGEST_MUTATED = 15_000
NOT_MUTATED = frozenset({"StructureDefinition", "ImplementationGuide"})
"""HAPI makes snapshots of these and fails on some; what it says of a fault is lost in that."""


@dataclass(frozen=True)
class Trial:
    """One body before two judges."""

    file: str
    kind: str
    """The kind of mutation; empty for an example as it is."""
    change: str
    hearth: tuple[str, ...]
    """The errors that Hearth found."""
    hapi: tuple[str, ...]
    """The errors that HAPI found."""
    fault: str
    """What HAPI threw instead of an answer; it counts as invalid."""

    @property
    def agrees(self) -> bool:
        """Whether both call it valid, or both invalid."""
        return bool(self.hearth) == bool(self.hapi or self.fault)

    @property
    def alone(self) -> list[str]:
        """Hearth's errors where HAPI has none: not there, nor around it, nor by that rule."""
        if self.fault:
            return []
        places = {_place(said.partition(": ")[0]) for said in self.hapi}
        rules = {rule for said in self.hapi for rule in _BROKEN.findall(said)}
        return [
            said
            for said in self.hearth
            if places.isdisjoint(_with_holder(_place(said.partition(" ")[0])))
            and rules.isdisjoint(_NAMED.findall(said))
        ]


_BROKEN = re.compile(r"Constraint failed: ([a-z]+-\d+)")
"""How HAPI names a rule."""
_NAMED = re.compile(r"\(([a-z]+-\d+)\)$")
"""How Hearth names one."""
_ENTRY = re.compile(r"Bundle\.entry\[(\d+)\]")
_BESIDE_NAMES = re.compile(r"/\*.*?\*/|\[[^]]*\]|\.ofType\(\w+\)")
"""Indices, which HAPI gets wrong in bundles, and what only it writes between names."""


def _place(location: str) -> str:
    return _BESIDE_NAMES.sub("", location)


def _with_holder(place: str) -> set[str]:
    return {place, place.rpartition(".")[0]}


def examples(oracle: Hapi) -> Iterator[Trial]:
    """Yield a trial of each official example."""
    for path in example_files():
        body = path.read_bytes()
        if len(body) <= LARGEST_EXAMPLE:
            yield _trial(oracle, path, "", "", body)
        else:
            yield _large_trial(oracle, path, body)


def _large_trial(oracle: Hapi, path: Path, body: bytes) -> Trial:
    """Let HAPI judge only the entries in which Hearth finds an error, and none else."""
    issues = errors(body)
    resource = json.parse(body)
    if issues and resource["resourceType"] == "Bundle":
        return _trial(oracle, path, "", "", json.encode(_cut(resource, issues)))
    return Trial(path.name, "", "", tuple(issue.text for issue in issues), (), "")


def _cut(bundle: dict[str, Any], issues: Sequence[Issue]) -> dict[str, Any]:
    """Return a bundle of the entries that issues are about, and of those of the same fullUrl."""
    entries = bundle["entry"]
    named = {int(found[1]) for each in issues if (found := _ENTRY.match(each.expression or ""))}
    urls = {entries[index].get("fullUrl") for index in named}
    kept = [each for each in entries if each.get("fullUrl") in urls]
    return {**bundle, "entry": kept}


def mutations(oracle: Hapi, count: int, seed: int) -> Iterator[Trial]:
    """Yield trials of examples that both judges call valid, with one fault each."""
    chance = random.Random(seed)
    by_type: dict[str, list[Path]] = {}
    for path in example_files():
        name = path.name.partition("-")[0]
        if path.stat().st_size < LARGEST_MUTATED and name not in NOT_MUTATED:
            by_type.setdefault(name, []).append(path)
    kinds, types = list(MUTATIONS), sorted(by_type)
    made = 0
    while made < count:
        path = chance.choice(by_type[chance.choice(types)])
        kind = kinds[made % len(kinds)]
        body = path.read_bytes()
        whole = _trial(oracle, path, "", "", body)
        if whole.hearth or whole.hapi or whole.fault:
            continue
        changed = mutated(json.parse(body), kind, chance)
        if changed is not None:
            made += 1
            yield _trial(oracle, path, kind, changed[1], json.encode(changed[0]))


def _trial(oracle: Hapi, path: Path, kind: str, change: str, body: bytes) -> Trial:
    judgement = oracle.judge(body)
    return Trial(
        path.name,
        kind,
        change,
        tuple(issue.text for issue in errors(body)),
        tuple(f"{each.location}: {each.text}" for each in judgement.errors),
        judgement.fault or "",
    )
