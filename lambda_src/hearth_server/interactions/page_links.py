"""The place of a page, as links carry it: signed, and good for one search of one tenant only.

What it holds is where the page before ended, so no server keeps anything for a client.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

import msgspec

from hearth_server.errors import InvalidRequest
from hearth_server.search.engines.protocol import Cursor
from hearth_server.search.parse.results import PAGE

SIGNATURE_BYTES = 16
MAXIMUM_LENGTH = 4000

_encode = msgspec.json.encode
_decoder = msgspec.json.Decoder(tuple[bool, tuple[int | str | None, ...]])


class PageLinks:
    """Writes and reads places for one search: its tenant, path and applied parameters."""

    def __init__(
        self, secret: bytes, tenant: str, path: str, applied: Sequence[tuple[str, str]]
    ) -> None:
        self._secret = secret
        self._search = _encode((tenant, path, sorted(applied)))

    def written(self, cursor: Cursor) -> str:
        """Return the text of a place."""
        payload = _encode((cursor.backwards, cursor.position))
        return base64.urlsafe_b64encode(self._signature(payload) + payload).decode().rstrip("=")

    def read(self, text: str) -> Cursor:
        """Return the place that a text holds.

        Raises InvalidRequest for a text that was not written for this search.
        """
        if len(text) <= MAXIMUM_LENGTH:
            try:
                raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            except (binascii.Error, ValueError):
                raw = b""
            signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
            if payload and hmac.compare_digest(signature, self._signature(payload)):
                backwards, position = _decoder.decode(payload)
                return Cursor(position, backwards)
        raise InvalidRequest(
            f"{PAGE} is not from a link to a page of this search", code="value",
            expression=f"http.{PAGE}",
        )  # fmt: skip

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, self._search + b"\0" + payload, "sha256")[:SIGNATURE_BYTES]
