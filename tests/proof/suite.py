"""The long tests of one part, with a report: `python -m tests.proof.suite search --seed 1`.

What has passed over the same text of the server with the same seed is not run again, so a run that
was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.proof.reports import publish, today
from tests.proof.revision import PROJECT, commit, digest_of


@dataclass(frozen=True, slots=True)
class Part:
    """What is proved, by the tests marked slow in which folders."""

    title: str
    folders: Sequence[str]


PARTS = {
    "fhir": Part("JSON and FHIRPath over every official example", ["tests/hearth_server/fhir"]),
    "search": Part(
        "Search engines: the naive search, Synthea, the stream, losses, repairs, polling",
        ["tests/hearth_server/search", "tests/hearth_server/functions",
         "tests/hearth_server/interactions"],
    ),
    "stage": Part(
        "The local stage: kills, refills, repairs",
        ["tests/conformance", "tests/hearth_cli", "tests/hearth_local/test_stage.py"],
    ),
}  # fmt: skip


class Notes:
    """Hears what becomes of each test, and leaves out those that have passed before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self.seconds: dict[str, float] = dict(json.loads(line) for line in lines)
        self.wrong: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what has not passed yet."""
        items[:] = [item for item in items if item.nodeid not in self.seconds]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that passed, and one that did not."""
        if report.failed or report.skipped:
            self.wrong.append(f"{report.nodeid}: {report.outcome}")
        elif report.when == "call":
            self.seconds[report.nodeid] = report.duration
            with self._path.open("a") as file:
                file.write(json.dumps([report.nodeid, report.duration]) + "\n")


def main() -> int:
    """Run the tests and write the report; return 1 unless all of them pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=sorted(PARTS))
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same examples")
    arguments = parser.parse_args()
    part, began, of = PARTS[arguments.part], time.monotonic(), commit()
    digest = digest_of(["lambda_src", "components", "local", "cli", "tests"])
    notes = Notes(PROJECT / f"build/proof/{arguments.part}-{arguments.seed}-{digest}.jsonl")
    status = pytest.main(
        ["-m", "slow", "-v", f"--hypothesis-seed={arguments.seed}", *part.folders], plugins=[notes]
    )
    failed = status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    date = today()
    text = _report(arguments, date, of, notes, time.monotonic() - began)
    publish(arguments.part, date, text)
    return int(failed or bool(notes.wrong))


def _report(arguments: argparse.Namespace, date: str, of: str, notes: Notes, seconds: float) -> str:
    part = PARTS[arguments.part]
    rows = "".join(
        f"| `{name.removeprefix('tests/')}` | {took:.1f} |\n"
        for name, took in sorted(notes.seconds.items())
    )
    wrong = "".join(f"- `{each}`\n" for each in notes.wrong) + ("\n" if notes.wrong else "")
    return (
        f"# {part.title}, {date}\n\n"
        f"`python -m tests.proof.suite {arguments.part} --seed {arguments.seed}`, Python "
        f"{sys.version.split()[0]}; commit {of}; {seconds:.0f} s in the last run.\n\n"
        f"Passed: {len(notes.seconds)}. **Failed or skipped: {len(notes.wrong)}.**\n\n"
        f"{wrong}| test | seconds |\n|---|--:|\n{rows}"
    )


if __name__ == "__main__":
    sys.exit(main())
