"""The place of a page, as links carry it: sealed, and good for one search of one tenant only.

What it holds is where the page before ended, and up to when the first page was complete, so no
server keeps anything for a client. That may be somebody's name, and links get into logs: hence it
is encrypted as well as signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

import msgspec

from hearth_server.errors import InvalidRequest
from hearth_server.search.engines.protocol import Cursor, Position
from hearth_server.search.parse.results import PAGE

SIGNATURE_BYTES = 16
NONCE_BYTES = 12
MAXIMUM_LENGTH = 4000

_encode = msgspec.json.encode


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page is in its walk."""

    backwards: bool
    position: Position
    horizon: int
    """Of the walk's first page: what changed since may have been passed by."""

    @property
    def cursor(self) -> Cursor:
        """What an engine starts from."""
        return Cursor(self.position, self.backwards)


_decoder = msgspec.json.Decoder(Place)


class PageLinks:
    """Writes and reads places for one search: its tenant, path and applied parameters."""

    def __init__(
        self, secret: bytes, tenant: str, path: str, applied: Sequence[tuple[str, str]]
    ) -> None:
        self._secret = secret
        self._search = _encode((tenant, path, sorted(applied)))

    def written(self, cursor: Cursor, horizon: int) -> str:
        """Return the text of a place in a walk that began with this horizon."""
        place = Place(cursor.backwards, cursor.position, horizon)
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._masked(nonce, _encode(place))
        return base64.urlsafe_b64encode(self._signature(sealed) + sealed).decode().rstrip("=")

    def read(self, text: str) -> Place:
        """Return the place that a text holds.

        Raises InvalidRequest for a text that was not written for this search.
        """
        raw = _decoded(text) if len(text) <= MAXIMUM_LENGTH else b""
        signature, sealed = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(sealed)):
            raise InvalidRequest(
                f"{PAGE} is not from a link to a page of this search",
                code="value",
                expression=f"http.{PAGE}",
            )
        payload = self._masked(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:])
        return _decoder.decode(payload)

    def _signature(self, sealed: bytes) -> bytes:
        signed = b"place\0" + self._search + b"\0" + sealed
        return hmac.digest(self._secret, signed, "sha256")[:SIGNATURE_BYTES]

    def _masked(self, nonce: bytes, text: bytes) -> bytes:
        """Return the text under a mask of its own; masked again, it is plain."""
        key = hmac.digest(self._secret, b"mask\0" + nonce, "sha256")
        mask = hashlib.shake_256(key).digest(len(text))
        return bytes(one ^ other for one, other in zip(text, mask, strict=True))


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
