"""The full proof of the store: `python -m tests.proof.store --faults 1000 --seed 1`.

It prints its progress, goes on where it was interrupted, and writes a report under docs/proof.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, client, create
from tests.proof.revision import PROJECT, commit, digest_of
from tests.proof.store import campaign, concurrency
from tests.proof.store.report import Concurrency, report
from tests.proof.store.trial import Place
from tests.services.dynamodb_local import dynamodb_local

PROVED = ("lambda_src/hearth_server/store", "lambda_src/hearth_server/aws")
"""What the trials are about: those made of another text of it are made again."""

TABLE = "resources"
TRIALS_PER_DATABASE = 400
"""DynamoDB Local keeps everything in memory: after so many trials it is begun anew."""


def main() -> int:
    """Make the proof; return 1 if a promise was broken."""
    arguments = _arguments()
    began = time.monotonic()
    text = digest_of(PROVED)
    notes = campaign.Notes(PROJECT / f"build/proof/store-{arguments.seed}-{text}.jsonl")
    with _place() as place:
        planned = campaign.plan(place, arguments.seed, heavy=True)[: arguments.faults]
    _make_trials(planned, notes, arguments.seed)
    names = {one.name for one in planned}
    results = [result for result in notes.results if result.name in names]
    with _place() as place:
        histories = list(_histories(place, arguments.histories, arguments.seed))
    today = datetime.now(UTC).date().isoformat()
    seconds = time.monotonic() - began
    text = report(today, commit(), arguments.seed, seconds, results, histories)
    target = PROJECT / "docs/proof" / f"store-{today}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    _say(f"{text}\nWritten to {target.relative_to(PROJECT)}")
    wrong = any(result.wrong for result in results)
    return 1 if wrong or not all(one.linearizable for one in histories) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, help="how many trials to make; all by default")
    parser.add_argument("--histories", type=int, default=10, help="how many histories to record")
    parser.add_argument("--seed", type=int, default=1, help="the same seed plans the same trials")
    return parser.parse_args()


@contextmanager
def _place() -> Iterator[Place]:
    with dynamodb_local() as url:
        create(client(url, LOCAL_CREDENTIALS), TABLE)
        yield Place(url, TABLE)


def _make_trials(planned: list[campaign.Planned], notes: campaign.Notes, seed: int) -> None:
    left = [one for one in planned if not notes.has(one.name)]
    made = len(planned) - len(left)
    for start in range(0, len(left), TRIALS_PER_DATABASE):
        with _place() as place:
            for one in left[start : start + TRIALS_PER_DATABASE]:
                result = campaign.carry_out(place, one, seed)
                notes.add(result)
                made += 1
                if result.wrong:
                    _say(f"WRONG: {result.name}: {result.wrong}")
                if made % 50 == 0 or made == len(planned):
                    _say(f"{made} of {len(planned)} trials")


def _histories(place: Place, count: int, seed: int) -> Iterator[Concurrency]:
    for number in range(seed, seed + count):
        for keys in (1, 3):
            for together in (100, 1):
                how = "in one write or transaction" if together > 1 else "staged"
                name = f"20 clients on {keys} resource{'s' if keys > 1 else ''}, {how}"
                verdict, operations = concurrency.check_place(
                    place, keys=keys, together=together, clients=20, rounds=20, seed=number
                )
                one = Concurrency(name, number, operations, verdict)
                _say(f"{name}, seed {number}: {operations} operations, linearizable: {one.verdict}")
                yield one


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
