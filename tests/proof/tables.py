"""The parts that reports of trials share, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.proof.store.faults import Kind
from tests.proof.trials import Result


def happened(results: Sequence[Result]) -> list[Result]:
    """Return those whose fault was met: some are planned at calls that are not made."""
    return [result for result in results if result.happened]


def broken(results: Sequence[Result]) -> list[str]:
    """Return the section of broken promises, nothing where there are none."""
    wrong = [f"- {each.name}: {each.wrong}" for each in results if each.wrong]
    return ["", "## Broken promises", "", *wrong] if wrong else []


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
