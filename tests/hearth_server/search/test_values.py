"""Folded text, sortable decimals, ranges of time: S-STR-1, S-NUM-4, S-DATE-1, S-DATE-2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hearth_server.search import moments
from hearth_server.search.decimals import precision, sortable
from hearth_server.search.folding import KEY_LENGTH, cut, fold, later_words
from hypothesis import given
from hypothesis import strategies as st

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Éva", "eva"),
        ("O'Brien", "obrien"),
        ("O\u2019Brien", "obrien"),
        ("Smith-Jones", "smith jones"),
        ("  St.  Mary ", "st mary"),
        ("Strauß", "strauss"),
        ("100%_sure", "100 sure"),
        ("山田", "山田"),
        ("\0\x1f", ""),
        ("...", ""),
    ],
)
def test_folding_leaves_letters_and_digits(text: str, folded: str):
    """S-STR-1."""
    assert fold(text) == folded


@given(st.text())
def test_folded_text_folds_to_itself(text: str):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=400))
def test_keys_are_short_and_keep_what_is_short(text: str):
    plain = text.replace("\0", " ")

    key = cut(text)

    assert key == plain if len(plain) <= KEY_LENGTH else key.startswith(plain[:KEY_LENGTH])
    assert len(key) <= KEY_LENGTH + 17


def test_texts_that_differ_after_the_cut_have_different_keys():
    assert cut("x" * 300) != cut("x" * 301)


def test_a_name_is_also_found_from_each_of_its_later_words():
    """S-STR-4."""
    assert later_words("von smith jones") == ["smith jones", "jones"]


@given(numbers, numbers)
def test_decimals_sort_as_text_as_they_do_as_numbers(one: Decimal, other: Decimal):
    """S-NUM-4."""
    assert (sortable(one) < sortable(other)) == (one < other)
    assert (sortable(one) == sortable(other)) == (one == other)


@given(numbers, numbers)
def test_what_is_just_above_a_number_is_below_every_greater_one(one: Decimal, other: Decimal):
    assert sortable(one, "just below") < sortable(one) < sortable(one, "just above")
    if one < other:
        assert sortable(one, "just above") < sortable(other, "just below")


@pytest.mark.parametrize(
    ("written", "half"),
    [("7", "0.5"), ("7.0", "0.05"), ("0.070", "0.0005"), ("100", "0.5"), ("1e2", "50")],
)
def test_a_number_is_as_precise_as_it_is_written(written: str, half: str):
    """S-NUM-1, S-NUM-2."""
    assert precision(written) == Decimal(half)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2021", "2021-01-01T00:00:00+00:00", "2022-01-01T00:00:00+00:00"),
        ("2021-12", "2021-12-01T00:00:00+00:00", "2022-01-01T00:00:00+00:00"),
        ("2020-02-29", "2020-02-29T00:00:00+00:00", "2020-03-01T00:00:00+00:00"),
        ("2021-05-17T10:00", "2021-05-17T10:00:00+00:00", "2021-05-17T10:01:00+00:00"),
        ("2021-05-17T10:00:05", "2021-05-17T10:00:05+00:00", "2021-05-17T10:00:06+00:00"),
        ("2021-05-17T10:00:05.5Z", "2021-05-17T10:00:05.5", "2021-05-17T10:00:05.6"),
        ("2021-05-17T23:30:00-05:00", "2021-05-18T04:30:00+00:00", "2021-05-18T04:30:01+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00", "2017-01-01T00:00:01+00:00"),
    ],
)  # fmt: skip
def test_a_time_covers_all_of_what_it_names(text: str, start: str, end: str):
    """S-DATE-1."""
    assert moments.span(text) == (_microseconds(start), _microseconds(end))


def test_an_instant_has_no_width():
    found = moments.instant("2021-05-17T10:00:05Z")

    assert found is not None
    assert found[1] - found[0] == 1


@pytest.mark.parametrize(
    "text",
    ["", "2021-13", "2021-02-30", "2021-5-1", "21", "2021-05-17T10", "2021-05-17T25:00Z", "0000",
     "2021-05-17T10:00:00 02:00", "2021-05-17 10:00", "2021-05-17T10:61Z", "9999999"],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str):
    """S-DATE-2."""
    assert moments.span(text) is None


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_times_are_counted_from_1970(moment: datetime):
    text = moment.isoformat(timespec="milliseconds") + "Z"

    found = moments.span(text)

    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found[0] if found else 0)
    assert expected.isoformat(timespec="milliseconds").replace("+00:00", "Z") == text


def _microseconds(text: str) -> int:
    since = datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)
