"""The dated report of a campaign, as Markdown."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.proof.store.faults import Kind
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
    happened = [result for result in results if result.happened]
    wrong = [result for result in results if result.wrong]
    lines = [
        f"# Proof of the store, {date}",
        "",
        f"`python -m tests.proof.store --faults {len(results)} --seed {seed}` on DynamoDB Local"
        f" 2.6.1, Python {platform.python_version()}, {platform.system()}"
        f" {platform.machine()}; commit {commit}; {seconds:.0f} s.",
        "",
        f"{len(happened)} faults happened ({len(results) - len(happened)} more were planned at"
        f" calls that were not made). **Broken promises: {len(wrong)}.**",
        "",
        "After each fault the commit is read by latest, by version number, by the history of the"
        " instance and of the tenant, with its claims and its kept answer: it is there as a whole"
        " or not at all. Then the lease passes, nothing may be pending, the same request comes"
        " again, and the next writer writes every resource once more.",
        "",
        *by_kind(happened),
        "",
        *by_scenario("commit", happened),
        "",
        "| recorded history | seed | operations | linearizable |",
        "|---|--:|--:|---|",
        *(f"| {one.name} | {one.seed} | {one.operations} | {one.verdict} |" for one in histories),
    ]
    if wrong:
        lines += ["", "## Broken promises", "", *(f"- {one.name}: {one.wrong}" for one in wrong)]
    return "\n".join(lines) + "\n"


def by_kind(results: Sequence[Result]) -> list[str]:
    """Return the table of what the faults came to."""
    made = {result.kind for result in results}
    titles = [(kind.value, kind.name) for kind in Kind if kind.name in made]
    return [
        "| fault | happened | committed | nothing visible |",
        "|---|--:|--:|--:|",
        *_rows(titles, results, "kind"),
    ]


def by_scenario(title: str, results: Sequence[Result]) -> list[str]:
    """Return the table of what became of each scenario."""
    names = dict.fromkeys(result.scenario for result in results)
    return [
        f"| {title} | faults | committed | nothing visible |",
        "|---|--:|--:|--:|",
        *_rows([(name, name) for name in sorted(names)], results, "scenario"),
    ]


def _rows(
    titles: Sequence[tuple[str, str]], results: Sequence[Result], attribute: str
) -> list[str]:
    done = Counter((getattr(result, attribute), result.done) for result in results)
    return [
        f"| {title} | {done[name, True] + done[name, False]} | {done[name, True]}"
        f" | {done[name, False]} |"
        for title, name in titles
    ]
