"""The whole proof by mutated requests: `python -m tests.proof.requests --count 20000 --seed 1`.

It prints what it found and writes a report under docs/proof.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.proof.reports import publish, say, today
from tests.proof.requests.campaign import run
from tests.proof.requests.report import report
from tests.proof.revision import commit


def main() -> int:
    """Run as the command line asks; return 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first request")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began, of = time.monotonic(), commit()
    findings = run(given.seed, range(given.first, given.first + given.count))
    date = today()
    text = report(date, of, given.seed, time.monotonic() - began, findings)
    say(text)
    publish("requests", date, text)
    for number, sent, fault in findings.faults[:20]:
        sys.stderr.write(f"--- request {number}: {fault}\n{sent}\n")
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
