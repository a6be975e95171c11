"""A record's body as stored bytes: the first one says how the rest is written.

A number, once given, keeps its meaning for ever; a test keeps old bodies readable.
"""

from __future__ import annotations

import zlib

_PLAIN = 0
_DEFLATE = 1
"""A raw deflate stream (RFC 1951)."""
_CHECKED_PLAIN = 6
_CHECKED_DEFLATE = 7
"""As those two, with the CRC-32 of the owner's name and the body at the end: a flipped bit would
be read as true, and so would another's body. Their numbers differ in two bits at least from those
of what has no check."""

_LEVEL = 6
_WORTH_COMPRESSING = 64
_CHECK_BYTES = 4


def encode(body: bytes, owner: str = "") -> bytes:
    """Return `body` in the shortest encoding that notices damage; `owner` names whose it is."""
    check = _check(body, owner)
    if len(body) >= _WORTH_COMPRESSING:
        compressed = zlib.compress(body, _LEVEL, wbits=-zlib.MAX_WBITS)
        if len(compressed) < len(body):
            return bytes((_CHECKED_DEFLATE,)) + compressed + check
    return bytes((_CHECKED_PLAIN,)) + body + check


def decode(stored: bytes, owner: str = "") -> bytes:
    """Return what `encode` was given, by this version or an earlier one.

    Raises ValueError for bytes that none of them wrote, or not for this owner.
    """
    kind = stored[0] if stored else None
    if kind in (_CHECKED_PLAIN, _CHECKED_DEFLATE):
        written = stored[1:-_CHECK_BYTES]
        body = _inflated(written) if kind == _CHECKED_DEFLATE else written
        if _check(body, owner) != stored[-_CHECK_BYTES:]:
            raise ValueError("a damaged body: it is not what was written")
        return body
    if kind == _DEFLATE:
        return _inflated(stored[1:])
    if kind == _PLAIN:
        return stored[1:]
    raise ValueError(f"a body in the unknown encoding {kind}")


def _check(body: bytes, owner: str) -> bytes:
    return zlib.crc32(body, zlib.crc32(owner.encode())).to_bytes(_CHECK_BYTES)


def _inflated(compressed: bytes) -> bytes:
    try:
        return zlib.decompress(compressed, wbits=-zlib.MAX_WBITS)
    except zlib.error as error:
        raise ValueError(f"a damaged body: {error}") from None
