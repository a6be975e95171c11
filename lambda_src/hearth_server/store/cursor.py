"""The place where a history page ended, as opaque text."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from hearth_server.errors import InvalidRequest

_PLACE = re.compile(r"([0-9]{1,18})/([A-Za-z0-9\-.]{1,64})/([A-Za-z]{1,64})/([0-9]{1,18})")
"""What a place looks like: nothing longer may reach the table as a key."""


class Place(NamedTuple):
    """A version's place among all versions: this order is the order of a history."""

    last_updated: int
    id: str
    type: str
    version: int


def encode(place: Place) -> str:
    """Return `place` as text that is safe in a URL."""
    text = f"{place.last_updated}/{place.id}/{place.type}/{place.version}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str) -> Place:
    """Return the place that `encode` wrote. Raises InvalidRequest for any other text."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = _PLACE.fullmatch(text.decode())
    except (ValueError, binascii.Error):
        found = None
    if found is None:
        raise InvalidRequest("The page link is not one that this server gave.")
    last_updated, id_, type_, version = found.groups()
    return Place(int(last_updated), id_, type_, int(version))
