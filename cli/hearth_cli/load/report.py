"""What a load prints when it is done: a table by resource type, and what failed and why."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hearth_cli.load.run import Outcome
from hearth_cli.load.sending import Failure


def summary_lines(outcome: Outcome, seconds: float) -> list[str]:
    """Return the summary by resource type, widest column first."""
    width = max((len(name) for name in outcome.stored), default=0)
    lines = [f"{name:<{width}}  {count:>7}" for name, count in sorted(outcome.stored.items())]
    total = outcome.stored.total()
    rate = f", {total / seconds:.0f} a second" if seconds > 0 and total else ""
    lines.append(f"{total} stored in {seconds:.1f} s{rate}, {len(outcome.failures)} failed")
    if outcome.known:
        lines.append(f"{outcome.known} had been loaded before")
    return lines


def failure_lines(failure: Failure) -> list[str]:
    """Return the place and every issue of one failure, for a person."""
    lines = [f"{failure.name}: {failure.status or 'not sent'}"]
    issues = _issues(failure.outcome)
    if not issues:
        return [f"{lines[0]} {failure.outcome.decode(errors='replace')[:300]}".rstrip()]
    for issue in issues:
        text = issue.get("details", {}).get("text") or issue.get("diagnostics", "")
        where = ", ".join(issue.get("expression", []))
        lines.append(f"  {issue.get('code', '')}: {text}" + (f" ({where})" if where else ""))
    return lines


def as_json(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """Return the whole result as one JSON object."""
    return {
        "stored": dict(sorted(outcome.stored.items())),
        "storedTotal": Counter.total(outcome.stored),
        "loadedBefore": outcome.known,
        "failed": [
            {
                "file": str(failure.file),
                "position": failure.position,
                "entry": failure.entry,
                "status": failure.status,
                "outcome": _parsed(failure.outcome),
            }
            for failure in outcome.failures
        ],
        "seconds": round(seconds, 3),
    }


def _parsed(outcome: bytes) -> Any:
    try:
        return json.loads(outcome)
    except ValueError:
        return outcome.decode(errors="replace")


def _issues(outcome: bytes) -> list[dict[str, Any]]:
    parsed = _parsed(outcome)
    return parsed.get("issue", []) if isinstance(parsed, dict) else []
