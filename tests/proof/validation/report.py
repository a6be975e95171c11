"""The report of the proof, and the table of it in docs/validation.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.proof.validation.adversarial import Hostile
from tests.proof.validation.cases import Case
from tests.proof.validation.trials import Trial

EXPLAINED: dict[str, Any] = json.loads(Path(__file__).with_name("explained.json").read_bytes())
SLOW = 50.0
"""Milliseconds that no answer may take."""
MIN_AGREEMENT = 0.99


@dataclass(frozen=True)
class Proof:
    """Everything that was tried."""

    examples: Sequence[Trial]
    mutations: Sequence[Trial]
    cases: Sequence[Case]
    hostile: Sequence[Hostile]
    seed: int

    def broken(self) -> list[str]:
        """Return each promise that does not hold, one sentence each."""
        told = [
            f"the example {each.file} is refused where HAPI sees no fault: {each.alone[0]}"
            for each in unexplained_examples(self.examples)
        ]
        told += [
            f"HL7's case {each.name} has another verdict, and no reason is given"
            for each in self.cases
            if not each.agrees and case_reason(each) is None
        ]
        agreeing = sum(each.agrees for each in self.mutations)
        if self.mutations and agreeing < MIN_AGREEMENT * len(self.mutations):
            told.append(f"only {agreeing} of {len(self.mutations)} mutations have HAPI's verdict")
        told += [f"a {each.kind} body crashes: {each.crash}" for each in self.hostile if each.crash]
        told += [
            f"a {each.kind} body takes {each.milliseconds:.0f} ms"
            for each in self.hostile
            if each.milliseconds > SLOW
        ]
        return told


def unexplained_examples(trials: Sequence[Trial]) -> list[Trial]:
    """Return the examples with an error that HAPI does not report there, nor a reason excuses."""
    excused = {name for each in EXPLAINED["examples"] for name in each["names"]}
    return [each for each in trials if each.alone and each.file not in excused]


def case_reason(case: Case) -> str | None:
    """Return why a case's verdict differs, as the checked-in list says."""
    for each in EXPLAINED["cases"]:
        if case.name in each["names"]:
            return str(each["reason"])
    return None


def mutation_reason(trial: Trial) -> tuple[str, str]:
    """Return who is right about a mutation, and why."""
    said = " ".join([*trial.hearth, *trial.hapi, trial.fault])
    for each in EXPLAINED["mutations"]:
        if each["said"] in said:
            return str(each["right"]), str(each["reason"])
    return "?", "not looked at"


def table(proof: Proof) -> str:
    """Return the summary as a table."""
    refused = [each for each in proof.examples if each.hearth]
    unexplained = unexplained_examples(proof.examples)
    slowest = max((each.milliseconds for each in proof.hostile), default=0.0)
    rows = [
        ("official R4 examples", len(proof.examples)),
        ("of them refused by Hearth", len(refused)),
        ("errors of Hearth on these", sum(len(each.hearth) for each in refused)),
        (
            "errors that HAPI does not report at that place, unexplained",
            sum(len(each.alone) for each in unexplained),
        ),
        ("HL7's cases without profiles or packages", len(proof.cases)),
        ("with the expected verdict", sum(each.agrees for each in proof.cases)),
        ("with another, for a reason that is listed", sum(not each.agrees for each in proof.cases)),
        ("faults put into valid examples", len(proof.mutations)),
        ("with HAPI's verdict", _share(proof.mutations)),
        ("random and hostile bodies", len(proof.hostile)),
        ("crashes", sum(bool(each.crash) for each in proof.hostile)),
        ("slowest answer, ms of CPU", f"{slowest:.0f}"),
    ]
    lines = ["| measured | result |", "|---|--:|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows)])


def report(proof: Proof, today: str, commit: str, seconds: float) -> str:
    """Return the whole report as Markdown."""
    parts = [
        f"# The validator's truth, {today}",
        f"Seed {proof.seed}, commit {commit}, {seconds / 60:.0f} minutes. HAPI 8.8.1 with its "
        "in-memory terminology, types of references checked; Hearth at the level `profiles`.",
        table(proof),
        "## Faults by kind",
        _by_kind(proof.mutations),
        "## Faults on which Hearth and HAPI differ",
        _differences(proof.mutations),
        "## HL7's cases with another verdict",
        _cases(proof.cases),
        "## Official examples that Hearth refuses",
        _examples(proof.examples),
    ]
    broken = proof.broken()
    if broken:
        parts += ["## Broken promises", "\n".join(f"- {each}" for each in broken)]
    return "\n\n".join(parts) + "\n"


def _share(trials: Sequence[Trial]) -> str:
    agreeing = sum(each.agrees for each in trials)
    return f"{agreeing} ({agreeing / len(trials):.1%})" if trials else "0"


def _by_kind(trials: Sequence[Trial]) -> str:
    counts = Counter(each.kind for each in trials)
    agreeing = Counter(each.kind for each in trials if each.agrees)
    caught = Counter(each.kind for each in trials if each.hearth)
    lines = ["| fault | tried | refused by Hearth | HAPI's verdict |", "|---|--:|--:|--:|"]
    rows = (f"| {kind} | {counts[kind]} | {caught[kind]} | {agreeing[kind]} |" for kind in counts)
    return "\n".join([*lines, *rows])


def _differences(trials: Sequence[Trial]) -> str:
    lines = ["| example | change | Hearth | right | why |", "|---|---|---|---|---|"]
    for each in trials:
        if not each.agrees:
            right, reason = mutation_reason(each)
            verdict = "invalid" if each.hearth else "valid"
            change = each.change.replace("|", "\\|").replace("\n", " ")[:100]
            lines.append(f"| {each.file} | {change} | {verdict} | {right} | {reason} |")
    return "\n".join(lines)


def _cases(cases: Sequence[Case]) -> str:
    lines = ["| case | expected | why |", "|---|---|---|"]
    for each in cases:
        if not each.agrees:
            expected = "invalid" if each.expected else "valid"
            lines.append(f"| {each.name} | {expected} | {case_reason(each) or '?'} |")
    return "\n".join(lines)


def _examples(trials: Sequence[Trial]) -> str:
    lines = ["| example | first error | HAPI |", "|---|---|---|"]
    for each in trials:
        if each.hearth:
            hapi = "throws" if each.fault else "refuses" if each.hapi else "accepts"
            lines.append(f"| {each.file} | {each.hearth[0].replace('|', chr(92) + '|')} | {hapi} |")
    return "\n".join(lines)
