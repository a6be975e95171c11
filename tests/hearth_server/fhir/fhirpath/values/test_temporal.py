"""Dates and times: what is read, how it compares, how it moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hearth_server.fhir.fhirpath.values import calendar, temporal
from hearth_server.fhir.fhirpath.values.quantity import Quantity
from hypothesis import given
from hypothesis import strategies as st

_zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=_zones)  # noqa: DTZ001


@given(_moments)
def test_a_moment_is_read_back_from_its_text(moment: datetime) -> None:
    value = temporal.from_datetime(moment)

    assert temporal.parse_date_time(str(value)) == value


@given(_moments, _moments)
def test_moments_compare_as_pythons_do(one: datetime, other: datetime) -> None:
    one, other = (each.replace(microsecond=0) for each in (one, other))

    found = temporal.compare(temporal.from_datetime(one), temporal.from_datetime(other))

    assert found == (one > other) - (one < other)


@given(_moments, _moments, st.integers(1, 5), st.booleans())
def test_an_answer_at_less_precision_is_true_of_every_moment_that_is_meant(
    one: datetime, other: datetime, last: int, zoned: bool
) -> None:
    exact, full = temporal.from_datetime(one), temporal.from_datetime(other)
    cut = temporal.DateTime(full.parts[:last], full.zone if zoned and last == 5 else None)

    found = temporal.compare(exact, cut)

    if found is not None and zoned and last == 5:
        assert found == temporal.compare(exact, full)
    if found is not None and last < 3:
        local = temporal.DateTime(exact.parts[:last])
        assert found in (0, temporal.compare(local, cut)) or one.utcoffset()


@given(
    _moments,
    st.sampled_from(["weeks", "days", "hours", "minutes", "seconds"]),
    st.integers(-500, 500),
)
def test_adding_a_duration_moves_as_pythons_does(moment: datetime, unit: str, amount: int) -> None:
    moment = moment.replace(microsecond=0)
    duration = Quantity(Decimal(amount), unit, calendar=True)

    moved = calendar.add(temporal.from_datetime(moment), duration, 1)

    assert moved == temporal.from_datetime(moment + timedelta(**{unit: amount}))


@pytest.mark.parametrize(
    "text",
    ["", "2015-", "2015-13", "2015-02-29", "2015-1-1", "20150101", "2015-W01-1", "0000",
     "\uff12\uff10\uff11\uff15",
     "2015-01T10", "2015-01-01T24", "2015-01-01T10:60", "2015-01-01T10:00:61",
     "2015-01-01T10:00+15:00", "2015-01-01T10:00+1:00", "2015-01-01 10:00", "2015-01-01T10:00:00."],
)  # fmt: skip
def test_what_is_no_date_time_is_not_read(text: str) -> None:
    assert temporal.parse_date_time(text) is None


@given(st.text("0123456789-:.TZ+", max_size=30))
def test_any_text_is_read_or_not(text: str) -> None:
    for parse in (temporal.parse_date, temporal.parse_date_time, temporal.parse_time):
        value = parse(text)
        assert value is None or str(value).rstrip("T") == text.removeprefix("T").rstrip("T")


def test_a_leap_second_is_read() -> None:
    value = temporal.parse_date_time("2016-12-31T23:59:60Z")

    assert value is not None
    assert temporal.compare(value, temporal.from_datetime(datetime(2017, 1, 2, tzinfo=UTC))) == -1
