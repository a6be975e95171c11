"""Stored bodies: every encoding that was ever written stays readable."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hearth_server.store import body
from hypothesis import given
from hypothesis import strategies as st

PATIENT = (
    b'{"resourceType":"Patient","id":"example","meta":{"versionId":"1","lastUpdated":'
    b'"2026-11-22T01:02:03.004Z"},"name":[{"family":"Chalmers","given":["Peter","James"]}]}'
)


@pytest.mark.parametrize(
    ("stored", "content"),
    [
        pytest.param("007b7d", b"{}", id="0-plain"),
        pytest.param(
            "01158db10ec2300c44ffc5738b928018b232c1d4a15d401d2c6a2052924689a9a8aafc3bee78ef9e"
            "ee36c854e66f7e52bf26020b1db2a3c8d0809b24d20f43f224311023d80d16cac5cdf1bab75ab8c7"
            "c2439a906927469973ab756b4cafb455c6aae341a9d31d6a0311833c3c367861707e15fbf2411f64"
            "4f66de6ea1282d74c49405dcc42e30d6b1fe01",
            PATIENT,
            id="1-deflate",
        ),
        pytest.param("067b7da3a6bf43", b"{}", id="6-checked-plain"),
        pytest.param(
            "07158db10ec2300c44ffc5738b928018b232c1d4a15d401d2c6a2052924689a9a8aafc3bee78ef9e"
            "ee36c854e66f7e52bf26020b1db2a3c8d0809b24d20f43f224311023d80d16cac5cdf1bab75ab8c7"
            "c2439a906927469973ab756b4cafb455c6aae341a9d31d6a0311833c3c367861707e15fbf2411f64"
            "4f66de6ea1282d74c49405dcc42e30d6b1fe01738380aa",
            PATIENT,
            id="7-checked-deflate",
        ),
    ],
)
def test_what_was_written_once_stays_readable(stored: str, content: bytes) -> None:
    """These bytes are in someone's table: a case is added for a new encoding, none is changed."""
    assert body.decode(bytes.fromhex(stored)) == content


@given(st.binary(max_size=2000))
def test_a_body_comes_back_as_it_was(content: bytes) -> None:
    assert body.decode(body.encode(content)) == content


@given(st.binary(max_size=300))
def test_a_body_never_grows_by_more_than_the_number_of_its_encoding_and_a_check(
    content: bytes,
) -> None:
    assert len(body.encode(content)) <= len(content) + 5


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_body_of_which_a_bit_has_flipped_is_refused(content: bytes, data: st.DataObject) -> None:
    """It would be another record of a patient, and as well formed as the true one."""
    stored = bytearray(body.encode(content))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= 1 << data.draw(st.integers(0, 7))

    assert _decoded(bytes(stored)) in (None, content)  # deflate does not use every bit


def test_a_body_is_nobody_elses() -> None:
    """An object that was put back under a wrong name holds another patient's record."""
    stored = body.encode(PATIENT, "-#Patient#a#1")

    assert body.decode(stored, "-#Patient#a#1") == PATIENT
    for owner in ("-#Patient#a#2", "-#Patient#b#1", ""):
        with pytest.raises(ValueError, match="damaged"):
            body.decode(stored, owner)


def _decoded(stored: bytes) -> bytes | None:
    with suppress(ValueError):
        return body.decode(stored)
    return None


def test_a_resource_is_stored_compressed() -> None:
    assert len(body.encode(PATIENT * 10)) < len(PATIENT) * 2


@pytest.mark.parametrize(
    "stored",
    [b"", b"\x02{}", b"\x06", b"\x07", b"\xff", b"\x01", b"\x01{}", body.encode(PATIENT)[:-9]],
)
def test_what_no_version_wrote_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="body"):
        body.decode(stored)
