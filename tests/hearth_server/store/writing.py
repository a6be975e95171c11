"""Short ways to say a write, for the tests of stores."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hearth_server.store.protocol import (
    ABSENT,
    Claim,
    Key,
    Method,
    ReceiptRequest,
    Record,
    Write,
)


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: int = 1_790_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        """Return the milliseconds since 1970."""
        return self.now

    def turn(self, milliseconds: int) -> None:
        """Move on, or back."""
        self.now += milliseconds


def key(tenant: str, id: str | None = None, type: str = "Patient") -> Key:
    """Return a key; its id is a new one unless it is given."""
    return Key(tenant, type, id or str(uuid.uuid4()))


def put(
    key: Key,
    base: int = ABSENT,
    *,
    method: Method = "PUT",
    claim: Claim | None = None,
    fresh: bool = False,
    **elements: Any,
) -> Write:
    """Return a write of a small resource."""
    resource = {"resourceType": key.type, "id": key.id, **elements}
    return Write(key, method, resource, base, claim, fresh)


def delete(key: Key, base: int) -> Write:
    """Return the write of a tombstone."""
    return Write(key, "DELETE", None, base)


def idempotency(
    tenant: str, key: str, *, expires: int = 1_790_086_400, fingerprint: str = "f"
) -> ReceiptRequest:
    """Return a request to keep an answer that lists the versions made."""

    def answer(records: Sequence[Record]) -> bytes:
        return ",".join(f"{record.key.id}/{record.version}" for record in records).encode()

    return ReceiptRequest(tenant, key, fingerprint, expires, answer)
