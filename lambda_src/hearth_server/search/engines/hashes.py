"""The 64-bit hashes that stand for resources, fields and systems in an index.

Hashes hold the tenant, so that a row is of no use to another; resources are checked besides.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from hearth_server.search.fields import Field

NONE = 0
"""Stands for no qualifier."""


@lru_cache(maxsize=65_536)
def resource_hash(tenant: str, type: str, id: str) -> int:
    """Return the number of a resource, and of every reference to it."""
    return _hash(f"{tenant}\0{type}/{id}")


@lru_cache(maxsize=16384)
def url_hash(tenant: str, url: str) -> int:
    """Return the number of a reference to something elsewhere."""
    return _hash(f"{tenant}\0{url}")


@lru_cache(maxsize=16384)
def field_hash(tenant: str, field: Field) -> int:
    """Return the number of a field."""
    return _hash(f"{tenant}\0{field.name}")


@lru_cache(maxsize=16384)
def text_hash(text: str) -> int:
    """Return the number of a system, a unit or a text as it was written."""
    return _hash(text) if text else NONE


def digest(text: str) -> bytes:
    """Return the eight bytes that stand for a text, which need not be valid Unicode."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()


def _hash(text: str) -> int:
    return int.from_bytes(digest(text), signed=True)
