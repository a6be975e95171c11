"""The full proof of the store: `python -m tests.proof.store --faults 1000 --seed 1`.

It prints its progress, goes on where it was interrupted, and writes a report under docs/proof.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, client, create
from tests.proof import trials
from tests.proof.reports import publish, say, today
from tests.proof.revision import PROJECT, commit, digest_of
from tests.proof.store import campaign, concurrency
from tests.proof.store.report import Concurrency, report
from tests.proof.store.trial import Place
from tests.proof.trials import Notes
from tests.services.dynamodb_local import dynamodb_local

PROVED = ("lambda_src/hearth_server/store", "lambda_src/hearth_server/aws")
"""What the trials are about: those made of another text of it are made again."""

TABLE = "resources"
TRIALS_PER_DATABASE = 400


def main() -> int:
    """Make the proof; return 1 if a promise was broken."""
    arguments = _arguments()
    began, seed = time.monotonic(), arguments.seed
    notes = Notes(PROJECT / f"build/proof/store-{seed}-{digest_of(PROVED)}.jsonl")
    with _place() as place:
        planned = campaign.plan(place, seed, heavy=True)[: arguments.faults]
    results = trials.carry_out(
        planned,
        notes,
        _place,
        lambda place, one: campaign.carry_out(place, one, seed),
        TRIALS_PER_DATABASE,
    )
    with _place() as place:
        histories = list(_histories(place, arguments.histories, seed))
    date = today()
    text = report(date, commit(), seed, time.monotonic() - began, results, histories)
    say(text)
    publish("store", date, text)
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
                say(f"{name}, seed {number}: {operations} operations, linearizable: {one.verdict}")
                yield one


if __name__ == "__main__":
    sys.exit(main())
