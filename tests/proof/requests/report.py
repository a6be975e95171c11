"""The dated report of mutated requests, as Markdown."""

from __future__ import annotations

import platform
from http import HTTPStatus

from tests.proof.requests.campaign import Findings


def report(date: str, commit: str, seed: int, seconds: float, findings: Findings) -> str:
    """Return the report."""
    count = findings.statuses.total()
    lines = [
        f"# Mutated requests, {date}",
        "",
        f"`python -m tests.proof.requests --count {count} --seed {seed}`, Python"
        f" {platform.python_version()}; commit {commit}; {seconds:.0f} s.",
        "",
        "Requests of every interaction, each with up to four faults put into method, path,"
        " headers, query or body. An answer of 500 or more, a status that the interaction does not"
        " have, a body that is no JSON, or an error without an OperationOutcome is a finding."
        f" **Findings: {len(findings.faults)}.**",
        "",
        "| status | answers |",
        "|---|--:|",
        *(
            f"| {status} {HTTPStatus(status).phrase} | {answers} |"
            for status, answers in sorted(findings.statuses.items())
        ),
    ]
    faults = [f"- request {number}: {fault}" for number, _, fault in findings.faults]
    if faults:
        lines += ["", "## Findings", "", *faults]
    return "\n".join(lines) + "\n"
