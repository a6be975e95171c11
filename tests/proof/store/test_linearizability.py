"""The checker finds what is wrong with a history, and nothing else."""

from __future__ import annotations

import pytest

from tests.proof.store.concurrency import STALE, Change, Read, step
from tests.proof.store.linearizability import FOREVER, Operation, is_linearizable

ONE = ((0, 0),)
TWO = ((0, 0), (0, 0))


def write(base: int, value: int, answer: object, begin: float, end: float) -> Operation:
    """Return a write of one resource."""
    return Operation(Change((0,), (base,), value), answer, begin, end)


def read(version: int, value: int, begin: float, end: float, place: int = 0) -> Operation:
    """Return a read."""
    return Operation(Read(place), (version, value), begin, end)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([], id="nothing"),
        pytest.param([write(0, 1, (1,), 0, 1), read(1, 1, 2, 3)], id="write-then-read"),
        pytest.param([write(0, 1, (1,), 0, 5), read(0, 0, 1, 2), read(1, 1, 3, 4)], id="during"),
        pytest.param(
            [write(0, 1, (1,), 0, 5), write(0, 2, STALE, 1, 2), read(1, 1, 6, 7)], id="one-wins"
        ),
        pytest.param([write(0, 1, (1,), 0, FOREVER), read(0, 0, 5, 6)], id="end-unknown"),
        pytest.param([write(0, 1, (3,), 0, 1), read(3, 1, 2, 3)], id="numbers-may-skip"),
    ],
)
def test_a_history_that_makes_sense_passes(history: list[Operation]) -> None:
    assert is_linearizable(history, ONE, step)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([write(0, 1, (1,), 0, 1), read(0, 0, 2, 3)], id="an-old-version-is-read"),
        pytest.param(
            [write(0, 1, (1,), 0, 9), read(1, 1, 1, 2), read(0, 0, 3, 4)], id="a-read-goes-back"
        ),
        pytest.param([write(0, 1, (1,), 0, 1), write(0, 2, (1,), 0, 1)], id="both-win"),
        pytest.param([write(0, 1, (1,), 0, 1), write(0, 2, (2,), 2, 3)], id="a-stale-write-wins"),
        pytest.param([write(0, 1, STALE, 0, 1)], id="stale-without-a-reason"),
        pytest.param([write(0, 1, (1,), 0, 1), read(1, 2, 2, 3)], id="another-value"),
        pytest.param([write(0, 1, (0,), 0, 1)], id="the-number-does-not-rise"),
    ],
)
def test_a_history_that_makes_no_sense_is_found(history: list[Operation]) -> None:
    assert not is_linearizable(history, ONE, step)


def test_a_transaction_that_is_seen_in_part_is_found() -> None:
    both = Operation(Change((0, 1), (0, 0), 7), (1, 1), 0, 10)
    whole = [both, read(1, 7, 1, 2), read(1, 7, 3, 4, place=1)]
    torn = [both, read(1, 7, 1, 2), read(0, 0, 3, 4, place=1)]

    assert is_linearizable(whole, TWO, step)
    assert not is_linearizable(torn, TWO, step)
