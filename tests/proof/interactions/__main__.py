"""The full proof of the interactions: `python -m tests.proof.interactions --seed 1`.

It prints its progress, goes on where it was interrupted, and writes a report under docs/proof.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime

from tests.proof.interactions import campaign
from tests.proof.interactions.report import report
from tests.proof.revision import PROJECT, commit, digest_of
from tests.proof.store.campaign import Notes
from tests.services.dynamodb_local import dynamodb_local

PROVED = ("lambda_src/hearth_server", "tests/proof/interactions", "tests/proof/store")
"""What the trials are about: those made of another text of it are made again."""

TRIALS_PER_DATABASE = 150
"""DynamoDB Local keeps everything in memory: after so many trials it is begun anew."""


def main() -> int:
    """Make the proof; return 1 if a promise was broken."""
    arguments = _arguments()
    began, of = time.monotonic(), commit()
    digest = digest_of(PROVED)
    notes = Notes(PROJECT / f"build/proof/interactions-{arguments.seed}-{digest}.jsonl")
    with dynamodb_local() as url:
        planned = campaign.plan(url, arguments.seed)
    chosen = planned[: arguments.faults]
    _make_trials(chosen, notes, arguments.seed)
    names = {one.name for one in chosen}
    results = [result for result in notes.results if result.name in names]
    today = datetime.now(UTC).date().isoformat()
    seconds = time.monotonic() - began
    text = report(today, of, arguments.seed, seconds, len(planned), results)
    target = PROJECT / "docs/proof" / f"interactions-{today}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    _say(f"{text}\nWritten to {target.relative_to(PROJECT)}")
    return 1 if any(result.wrong for result in results) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, help="how many trials to make; all by default")
    parser.add_argument("--seed", type=int, default=1, help="the same seed plans the same trials")
    return parser.parse_args()


def _make_trials(planned: list[campaign.Planned], notes: Notes, seed: int) -> None:
    left = [one for one in planned if not notes.has(one.name)]
    made = len(planned) - len(left)
    for start in range(0, len(left), TRIALS_PER_DATABASE):
        with dynamodb_local() as url:
            for one in left[start : start + TRIALS_PER_DATABASE]:
                result = campaign.carry_out(url, one, seed)
                notes.add(result)
                made += 1
                if result.wrong:
                    _say(f"WRONG: {result.name}: {result.wrong}")
                if made % 50 == 0 or made == len(planned):
                    _say(f"{made} of {len(planned)} trials")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
