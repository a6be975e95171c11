"""Times as FHIR and HTTP write them."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hearth_server.fhir.dates import http_date, instant, read_http_date
from hypothesis import given
from hypothesis import strategies as st


def test_an_instant_has_milliseconds_and_a_zone():
    assert instant(1795311561735) == "2026-11-22T01:39:21.735Z"
    assert instant(1000) == "1970-01-01T00:00:01.000Z"


@given(st.integers(0, 253_402_300_799_000))
def test_an_http_date_is_written_as_the_mail_library_writes_it(milliseconds: int):
    assert http_date(milliseconds) == formatdate(milliseconds // 1000, usegmt=True)
    assert read_http_date(http_date(milliseconds)) == milliseconds // 1000


@pytest.mark.parametrize("text", ["", "yesterday", "Mon, 99 Foo 2020", "Thu, 01 Jan 99999 00:00"])
def test_any_other_text_is_no_http_date(text: str):
    assert read_http_date(text) is None
