"""The time that a request has left: it only ever gets shorter."""

from __future__ import annotations

import time

from hearth_server import deadline


def test_without_a_deadline_there_is_all_the_time_in_the_world() -> None:
    assert deadline.moment() == float("inf")
    assert deadline.remaining() == float("inf")


def test_a_deadline_holds_inside_and_ends_outside() -> None:
    with deadline.within(10):
        inside = deadline.remaining()

    assert 9 < inside <= 10
    assert deadline.moment() == float("inf")


def test_a_nearer_deadline_stays() -> None:
    with deadline.within(1), deadline.within(100):
        assert deadline.remaining() <= 1


def test_a_deadline_may_have_passed() -> None:
    with deadline.until(time.monotonic() - 5):
        assert deadline.remaining() < 0
