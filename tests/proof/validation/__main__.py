"""The full proof of the validator: `python -m tests.proof.validation --seed 1`.

What HAPI has said is kept, so it goes on where it was interrupted. It writes a report under
docs/proof, the table in docs/validation.md and the list of refused examples for the everyday tests.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tests.proof.validation import adversarial, cases, trials
from tests.proof.validation.report import Proof, report, table
from tests.services.hapi import hapi

PROJECT = Path(__file__).parents[3]
REFUSED = Path(__file__).with_name("refused.json")
PAGE = PROJECT / "docs" / "validation.md"
PROVED = ("lambda_src/hearth_server/validation", "lambda_src/hearth_server/fhir")
BEGIN, END = "<!-- proof: begin -->", "<!-- proof: end -->"

Item = TypeVar("Item")


def main() -> int:
    """Make the proof; return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--hostile", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began, commit = time.monotonic(), _commit()
    with hapi() as oracle:
        examples = list(_told("examples", trials.examples(oracle)))
        mutations = list(
            _told("mutations", trials.mutations(oracle, arguments.mutations, arguments.seed))
        )
    proof = Proof(
        examples,
        mutations,
        list(cases.cases()),
        list(_told("hostile bodies", adversarial.hostile(arguments.hostile, arguments.seed))),
        arguments.seed,
    )
    today = datetime.now(UTC).date().isoformat()
    target = PROJECT / "docs" / "proof" / f"validation-{today}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(report(proof, today, commit, time.monotonic() - began))
    refused = sorted(each.file for each in examples if each.hearth)
    REFUSED.write_text(json.dumps(refused, indent=2) + "\n")
    _put_table(f"Seed {proof.seed}, {today}.\n\n{table(proof)}")
    _say(f"{table(proof)}\nWritten to {target.relative_to(PROJECT)}")
    for each in proof.broken():
        _say(f"BROKEN: {each}")
    return 1 if proof.broken() else 0


def _commit() -> str:
    """Return the commit that is proved, and whether what is proved differs from it."""
    commit = _git("rev-parse", "--short", "HEAD")
    return f"{commit} with changes" if _git("status", "--porcelain", "--", *PROVED) else commit


def _git(*words: str) -> str:
    said = subprocess.run(["git", *words], cwd=PROJECT, check=True, capture_output=True, text=True)
    return said.stdout.strip()


def _told(what: str, items: Iterable[Item]) -> Iterator[Item]:
    for number, item in enumerate(items, 1):
        if number % 500 == 0:
            _say(f"{number} {what}")
        yield item


def _put_table(text: str) -> None:
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
