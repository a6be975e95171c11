"""The full proof of the interactions: `python -m tests.proof.interactions --seed 1`.

It prints its progress, goes on where it was interrupted, and writes a report under docs/proof.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.proof import trials
from tests.proof.interactions import campaign
from tests.proof.interactions.report import report
from tests.proof.reports import publish, say, today
from tests.proof.revision import PROJECT, commit, digest_of
from tests.proof.trials import Notes
from tests.services.dynamodb_local import dynamodb_local

PROVED = ("lambda_src/hearth_server", "tests/proof/interactions", "tests/proof/store")
"""What the trials are about: those made of another text of it are made again."""

TRIALS_PER_DATABASE = 150


def main() -> int:
    """Make the proof; return 1 if a promise was broken."""
    arguments = _arguments()
    began, of, seed = time.monotonic(), commit(), arguments.seed
    notes = Notes(PROJECT / f"build/proof/interactions-{seed}-{digest_of(PROVED)}.jsonl")
    with dynamodb_local() as url:
        planned = campaign.plan(url, seed)
    results = trials.carry_out(
        planned[: arguments.faults],
        notes,
        dynamodb_local,
        lambda url, one: campaign.carry_out(url, one, seed),
        TRIALS_PER_DATABASE,
    )
    date = today()
    text = report(date, of, seed, time.monotonic() - began, len(planned), results)
    say(text)
    publish("interactions", date, text)
    return 1 if any(result.wrong for result in results) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, help="how many trials to make; all by default")
    parser.add_argument("--seed", type=int, default=1, help="the same seed plans the same trials")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
