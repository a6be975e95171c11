"""The whole proof by mutated requests.

python -m tests.proof.requests --count 20000 --seed 1
"""

from __future__ import annotations

import argparse
import sys

from tests.proof.requests.campaign import run


def main() -> int:
    """Run as the command line asks; return 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first request")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    findings = run(given.seed, range(given.first, given.first + given.count))
    sys.stdout.write(
        f"seed {given.seed}: {given.count} requests, {dict(sorted(findings.statuses.items()))}\n"
    )
    for number, sent, fault in findings.faults[:20]:
        sys.stderr.write(f"--- request {number}: {fault}\n{sent}\n")
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
