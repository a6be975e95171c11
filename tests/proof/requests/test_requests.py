"""The everyday part of the proof by mutated requests."""

from __future__ import annotations

from tests.proof.requests.campaign import run


def test_two_thousand_mutated_requests_are_never_a_fault_of_the_server():
    """R-CODE-1. The whole proof is `python -m tests.proof.requests`."""
    findings = run(seed=20261122, numbers=range(2_000))

    assert findings.faults == []
    assert min(findings.statuses[status] for status in (200, 201, 204, 400, 404, 412)) > 10
