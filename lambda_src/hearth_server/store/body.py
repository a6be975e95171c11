"""A record's body as stored bytes: the first one says how the rest is written.

A number, once given, keeps its meaning for ever; a test keeps old bodies readable.
"""

from __future__ import annotations

import zlib

_PLAIN = 0
_DEFLATE = 1
"""A raw deflate stream (RFC 1951)."""

_LEVEL = 6
_WORTH_COMPRESSING = 64


def encode(body: bytes) -> bytes:
    """Return `body` in the shortest encoding."""
    if len(body) >= _WORTH_COMPRESSING:
        compressed = zlib.compress(body, _LEVEL, wbits=-zlib.MAX_WBITS)
        if len(compressed) < len(body):
            return bytes((_DEFLATE,)) + compressed
    return bytes((_PLAIN,)) + body


def decode(stored: bytes) -> bytes:
    """Return what `encode` was given, by this version or an earlier one.

    Raises ValueError for bytes that none of them wrote.
    """
    kind = stored[0] if stored else None
    if kind == _DEFLATE:
        try:
            return zlib.decompress(memoryview(stored)[1:], wbits=-zlib.MAX_WBITS)
        except zlib.error as error:
            raise ValueError(f"a damaged body: {error}") from None
    if kind == _PLAIN:
        return stored[1:]
    raise ValueError(f"a body in the unknown encoding {kind}")
