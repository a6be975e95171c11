"""The full proof of the validator: `python -m tests.proof.validation --seed 1`.

What HAPI has said is kept, so it goes on where it was interrupted. It writes a report under
docs/proof, the table in docs/validation.md and the list of refused examples for the everyday tests.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from tests.proof.reports import publish, say, today
from tests.proof.revision import PROJECT, commit
from tests.proof.validation import adversarial, cases, trials
from tests.proof.validation.report import Proof, report, table
from tests.services.hapi import hapi

REFUSED = Path(__file__).with_name("refused.json")
PAGE = PROJECT / "docs" / "validation.md"
BEGIN, END = "<!-- proof: begin -->", "<!-- proof: end -->"

Item = TypeVar("Item")


def main() -> int:
    """Make the proof; return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--hostile", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began, of = time.monotonic(), commit()
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
    date = today()
    text = report(proof, date, of, time.monotonic() - began)
    refused = sorted(each.file for each in examples if each.hearth)
    REFUSED.write_text(json.dumps(refused, indent=2) + "\n")
    _put_table(f"Seed {proof.seed}, {date}.\n\n{table(proof)}")
    say(table(proof))
    publish("validation", date, text)
    for each in proof.broken():
        say(f"BROKEN: {each}")
    return 1 if proof.broken() else 0


def _told(what: str, items: Iterable[Item]) -> Iterator[Item]:
    for number, item in enumerate(items, 1):
        if number % 500 == 0:
            say(f"{number} {what}")
        yield item


def _put_table(text: str) -> None:
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}")


if __name__ == "__main__":
    sys.exit(main())
