"""Doing the same to many at a time: results in order, the first failure ends it."""

from __future__ import annotations

import threading
import time

import pytest
from hearth_server import deadline
from hearth_server.store.parallel import each


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_results_come_in_the_order_of_what_was_given(count: int) -> None:
    assert each(lambda number: number * 2, range(count)) == [number * 2 for number in range(count)]


def test_several_are_done_at_the_same_time() -> None:
    together = threading.Barrier(4, timeout=10)

    assert each(lambda _: together.wait() >= 0, range(4), threads=4) == [True] * 4


def test_the_request_still_has_its_deadline_in_every_thread() -> None:
    with deadline.within(5):
        moments = each(lambda _: deadline.moment(), range(4))

        assert moments == [deadline.moment()] * 4


def test_a_failure_is_raised_and_later_ones_are_not_begun() -> None:
    begun = []

    def fail_at_three(number: int) -> None:
        begun.append(number)
        time.sleep(0.002)
        if number == 3:
            raise LookupError(number)

    with pytest.raises(LookupError, match="3"):
        each(fail_at_three, range(1000), threads=2)

    assert len(begun) < 100
