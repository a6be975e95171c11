"""What proofs say while they run, and their dated reports under docs/proof, as Markdown."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from tests.proof.revision import PROJECT


def say(line: str) -> None:
    """Print a line at once, also into a file or a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def today() -> str:
    """Return the date that a report of this run has."""
    return datetime.now(UTC).date().isoformat()


def publish(proof: str, date: str, text: str) -> None:
    """Put the report of a proof into the docs and say where."""
    target = PROJECT / "docs" / "proof" / f"{proof}-{date}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    say(f"Written to {target.relative_to(PROJECT)}")
