"""The dated report of a campaign, as Markdown."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass

from tests.proof.tables import broken, by_kind, by_scenario, happened
from tests.proof.trials import Result


@dataclass(frozen=True)
class Concurrency:
    """One recorded history and its verdict."""

    name: str
    seed: int
    operations: int
    linearizable: bool

    @property
    def verdict(self) -> str:
        """Yes or no."""
        return "yes" if self.linearizable else "NO"


def report(
    date: str,
    commit: str,
    seed: int,
    seconds: float,
    results: Sequence[Result],
    histories: Sequence[Concurrency],
) -> str:
    """Return the report."""
    met = happened(results)
    wrong = sum(bool(result.wrong) for result in results)
    lines = [
        f"# Proof of the store, {date}",
        "",
        f"`python -m tests.proof.store --faults {len(results)} --seed {seed}` on DynamoDB Local"
        f" 2.6.1, Python {platform.python_version()}, {platform.system()}"
        f" {platform.machine()}; commit {commit}; {seconds:.0f} s.",
        "",
        f"{len(met)} faults happened ({len(results) - len(met)} more were planned at"
        f" calls that were not made). **Broken promises: {wrong}.**",
        "",
        "After each fault the commit is read by latest, by version number, by the history of the"
        " instance and of the tenant, with its claims and its kept answer: it is there as a whole"
        " or not at all. Then the lease passes, nothing may be pending, the same request comes"
        " again, and the next writer writes every resource once more.",
        "",
        *by_kind(met),
        "",
        *by_scenario("commit", met),
        "",
        "| recorded history | seed | operations | linearizable |",
        "|---|--:|--:|---|",
        *(f"| {one.name} | {one.seed} | {one.operations} | {one.verdict} |" for one in histories),
        *broken(results),
    ]
    return "\n".join(lines) + "\n"
