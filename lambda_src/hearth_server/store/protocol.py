"""`ResourceStore`: what the server asks of the place where records are kept.

A record is one version of one resource and never changes. The store alone gives out version
numbers and `lastUpdated`, and stamps both into `meta` before it writes. Every read is strongly
consistent. Implementations pass `tests/hearth_server/store/contract.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct

Resource = Mapping[str, Any]
"""A resource as parsed JSON: decimals are `Decimal`, keys stand in the client's order."""

Method = Literal["POST", "PUT", "PATCH", "DELETE"]

SINGLE_TENANT = "-"
"""The tenant of a stage that has only one."""

ABSENT = 0
"""The `base` of a write whose resource must never have existed."""


class Key(Struct, frozen=True, order=True):
    """What names a resource: its tenant, type and id."""

    tenant: str
    type: str
    id: str


class Record(Struct, frozen=True):
    """One committed version of a resource."""

    key: Key
    version: int
    last_updated: int
    """Milliseconds since 1970 in UTC; rises with every version of a resource."""
    method: Method
    body: bytes
    """The resource as compact UTF-8 JSON with `id`, `meta.versionId` and `meta.lastUpdated`;
    empty for a tombstone."""

    @property
    def deleted(self) -> bool:
        """Whether this version is the tombstone of a delete."""
        return self.method == "DELETE"


class Claim(Struct, frozen=True):
    """The right to be the one resource that a condition such as If-None-Exist made."""

    tenant: str
    type: str
    criteria: str
    """The condition in canonical form: parameters sorted, values as written."""
    replaces: Key | None = None
    """The holder to take the claim from, because it is deleted or no longer matches."""


class Write(Struct, frozen=True):
    """One change to one resource."""

    key: Key
    method: Method
    resource: Resource | None
    """The content, without the version and time that the store stamps; None for a delete."""
    base: int
    """The newest committed version that the change was made from, as a read returned it; ABSENT
    if there was none. The commit fails with `StaleBase` when another version has been committed
    since."""
    claim: Claim | None = None
    fresh: bool = False
    """Whether the server made the id for this very write, so that nobody else can use it. Many
    fresh creates are much faster than as many others. Never set it for an id that came in."""


class Receipt(Struct, frozen=True):
    """The kept answer of a request that carried an Idempotency-Key."""

    tenant: str
    key: str
    fingerprint: str
    """A digest of the request, so that another body under the same key is noticed."""
    answer: bytes
    expires: int
    """Seconds since 1970."""


class ReceiptRequest(Struct, frozen=True):
    """Asks `commit` to keep the answer in the same commit as the records."""

    tenant: str
    key: str
    fingerprint: str
    expires: int
    answer: Callable[[Sequence[Record]], bytes]
    """Makes the answer from the stamped records, in the order of the writes."""


class Erasure(Struct, frozen=True):
    """What is kept of an expunge, for good: who erased what and when, and nothing of what it
    said."""

    key: Key
    at: int
    """Milliseconds since 1970."""
    by: str
    """The subject of the caller, as the identity provider names it."""
    request: str
    """The id of the request, as the log has it."""


class Scope(Struct, frozen=True):
    """The part of a tenant's records that a history is about."""

    tenant: str
    type: str | None = None
    """None for every type."""
    id: str | None = None


class HistoryQuery(Struct, frozen=True):
    """Which versions a history page shows, newest first unless `oldest_first`."""

    scope: Scope
    count: int
    since: int | None = None
    """Milliseconds since 1970: only versions at or after it."""
    before: int | None = None
    """Milliseconds since 1970: only versions before it."""
    after: str | None = None
    """The `next` of the page before."""
    oldest_first: bool = False
    max_bytes: int | None = None
    """Ends the page early, after one record at least, when its bodies would exceed this."""
    types: frozenset[str] | None = None
    """In a scope of every type: only these."""


class HistoryPage(Struct, frozen=True):
    """One page of a history."""

    records: Sequence[Record]
    next: str | None
    """An opaque cursor; None on the last page."""
    horizon: int
    """Milliseconds since 1970 up to which nothing can still be committed: what a client that
    polls asks for next as `since`. Records above it may be on the page and come again."""
    total: int | None = None
    """Where it is cheap to know; of one resource always if no version was asked for."""


class StaleBase(Exception):
    """Another version was committed since the write's base was read. Nothing was written."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"{len(self.keys)} writes are built on a stale version")


class ClaimHeld(Exception):
    """Another resource holds the claim. Nothing was written."""

    def __init__(self, claim: Claim, holder: Key) -> None:
        self.claim = claim
        self.holder = holder
        super().__init__("another resource holds the claim")


class ReceiptExists(Exception):
    """The Idempotency-Key has been used. Nothing was written; `receipt` has the kept answer."""

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        super().__init__("the idempotency key has been used")


class ResourceStore(Protocol):
    """Keeps records. Each method raises `errors.Unavailable` when the time budget is spent."""

    def latest(self, key: Key) -> Record | None:
        """Return the newest committed version, a tombstone included; None if there is none."""

    def latest_of(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the newest committed version of each key that has one."""

    def version(self, key: Key, version: int) -> Record | None:
        """Return one committed version, a tombstone included."""

    def versions(self, wanted: Iterable[tuple[Key, int]]) -> dict[tuple[Key, int], Record]:
        """Return each of the wanted versions that is committed, by batch reads."""

    def history(self, query: HistoryQuery) -> HistoryPage:
        """Return a page of versions, tombstones included, sorted by time."""

    def horizon(self, tenant: str) -> int:
        """Return the milliseconds since 1970 up to which nothing can still be committed."""

    def commit(
        self, writes: Sequence[Write], receipt: ReceiptRequest | None = None
    ) -> list[Record]:
        """Write all of `writes` or nothing; return the records in the same order.

        Raises ReceiptExists, ClaimHeld, StaleBase, in this order when several hold;
        `errors.TooLarge` for a resource over the store's limit. The keys of `writes` differ from
        each other. Without writes, only the receipt is kept.
        """

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        """Return the kept answer of an Idempotency-Key that has not expired."""

    def claim_holder(self, claim: Claim) -> Key | None:
        """Return the resource that holds the claim; None when nobody does or it has expired."""

    def expunge(
        self, key: Key, by: str = "", request: str = "", *, through: int | None = None
    ) -> int:
        """Remove every body of a resource for good, leave void stubs, return their number.

        With `through`, versions above that one stay, as does whatever is committed meanwhile.
        Before anything is removed, it is written down who asked for it in which request.
        """

    def erasures(self, tenant: str) -> Sequence[Erasure]:
        """Return every expunge that was begun, oldest first: a restore brings back what they
        removed."""

    def secret(self, name: str) -> bytes:
        """Return 32 random bytes kept under `name`, made at first use: for signing page links."""
