"""`MemoryStore`: records in this process's memory, for fast tests and as the shortest example.

One lock around everything makes every method atomic, so there is nothing to retry or to repair.
"""

from __future__ import annotations

import secrets
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from threading import RLock

from hearth_server.store import cursor
from hearth_server.store.cursor import Place
from hearth_server.store.limits import (
    CLAIM_MILLISECONDS,
    HORIZON_MILLISECONDS,
    now_milliseconds,
)
from hearth_server.store.protocol import (
    Claim,
    ClaimHeld,
    Erasure,
    HistoryPage,
    HistoryQuery,
    Key,
    Receipt,
    ReceiptExists,
    ReceiptRequest,
    Record,
    Scope,
    StaleBase,
    Write,
)
from hearth_server.store.stamp import stamped

_Claimed = tuple[str, str, str]


class MemoryStore:
    """A `ResourceStore` that forgets everything when the process ends."""

    def __init__(self, clock: Callable[[], int] = now_milliseconds) -> None:
        self._clock = clock
        self._lock = RLock()
        self._versions: dict[Key, list[Record | None]] = {}  # version n at n - 1; None is void
        self._places: dict[str, list[Place]] = {}  # by tenant, oldest first
        self._claims: dict[_Claimed, tuple[Key, int]] = {}  # holder and expiry
        self._receipts: dict[tuple[str, str], Receipt] = {}
        self._erasures: list[Erasure] = []
        self._secrets: dict[str, bytes] = {}

    def latest(self, key: Key) -> Record | None:
        """Return the newest version, a tombstone included; None if there is none."""
        with self._lock:
            versions = self._versions.get(key, [])
            return next((record for record in reversed(versions) if record is not None), None)

    def latest_of(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the newest version of each key that has one."""
        found = ((key, self.latest(key)) for key in keys)
        return {key: record for key, record in found if record is not None}

    def version(self, key: Key, version: int) -> Record | None:
        """Return one version, a tombstone included."""
        with self._lock:
            versions = self._versions.get(key, [])
            return versions[version - 1] if 1 <= version <= len(versions) else None

    def versions(self, wanted: Iterable[tuple[Key, int]]) -> dict[tuple[Key, int], Record]:
        """Return each of the wanted versions that exists."""
        found = ((pair, self.version(*pair)) for pair in wanted)
        return {pair: record for pair, record in found if record is not None}

    def history(self, query: HistoryQuery) -> HistoryPage:
        """Return a page of versions, sorted by time."""
        with self._lock:
            places = [
                place for place in self._places.get(query.scope.tenant, []) if _within(query, place)
            ]
            ordered = places if query.oldest_first else places[::-1]
            rest = _after(ordered, query)
            records = _fitting((self._at(query.scope, place) for place in rest), query)
            more = len(records) < len(rest) and query.count > 0
            return HistoryPage(
                records=records,
                next=cursor.encode(rest[len(records) - 1]) if more else None,
                horizon=self.horizon(query.scope.tenant),
                total=len(ordered),
            )

    def horizon(self, tenant: str) -> int:
        """Return the time up to which a client that polls has seen everything."""
        return self._clock() - HORIZON_MILLISECONDS

    def commit(
        self, writes: Sequence[Write], receipt: ReceiptRequest | None = None
    ) -> list[Record]:
        """Write all of `writes` or nothing; return the records in the same order."""
        with self._lock:
            self._refuse_used_key(receipt)
            self._refuse_held_claims(writes)
            stale = [write.key for write in writes if self._base(write.key) != write.base]
            if stale:
                raise StaleBase(stale)
            records = [self._stamp(write) for write in writes]
            kept = receipt and Receipt(
                receipt.tenant,
                receipt.key,
                receipt.fingerprint,
                receipt.answer(records),
                receipt.expires,
            )
            for write, record in zip(writes, records, strict=True):
                self._keep(write, record)
            if kept:
                self._receipts[kept.tenant, kept.key] = kept
            return records

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        """Return the kept answer of an Idempotency-Key that has not expired."""
        with self._lock:
            kept = self._receipts.get((tenant, key))
            return kept if kept and kept.expires * 1000 > self._clock() else None

    def claim_holder(self, claim: Claim) -> Key | None:
        """Return the resource that holds the claim; None when nobody does or it has expired."""
        with self._lock:
            holder, expires = self._claims.get(_claimed(claim), (None, 0))
            return holder if expires > self._clock() else None

    def expunge(
        self, key: Key, by: str = "", request: str = "", *, through: int | None = None
    ) -> int:
        """Remove every body of a resource for good, leave void stubs, return their number."""
        with self._lock:
            versions = self._versions.get(key, [])
            last = len(versions) if through is None else min(through, len(versions))
            removed = sum(record is not None for record in versions[:last])
            if removed:
                self._erasures.append(Erasure(key, self._clock(), by, request))
            versions[:last] = [None] * last
            self._places[key.tenant] = [
                place
                for place in self._places.get(key.tenant, [])
                if (place.type, place.id) != (key.type, key.id) or place.version > last
            ]
            if last == len(versions):
                self._claims = {
                    claimed: held for claimed, held in self._claims.items() if held[0] != key
                }
            return removed

    def erasures(self, tenant: str) -> list[Erasure]:
        """Return every expunge that was begun, oldest first."""
        with self._lock:
            return [erasure for erasure in self._erasures if erasure.key.tenant == tenant]

    def secret(self, name: str) -> bytes:
        """Return 32 random bytes kept under `name`, made at first use."""
        with self._lock:
            return self._secrets.setdefault(name, secrets.token_bytes(32))

    def _base(self, key: Key) -> int:
        newest = self.latest(key)
        return newest.version if newest else 0

    def _stamp(self, write: Write) -> Record:
        versions = self._versions.get(write.key, [])
        newest = self.latest(write.key)
        version = len(versions) + 1
        moment = max(self._clock(), newest.last_updated + 1 if newest else 0)
        return Record(write.key, version, moment, write.method, stamped(write, version, moment))

    def _keep(self, write: Write, record: Record) -> None:
        key = record.key
        self._versions.setdefault(key, []).append(record)
        insort(
            self._places.setdefault(key.tenant, []),
            Place(record.last_updated, key.id, key.type, record.version),
        )
        if write.claim:
            self._claims[_claimed(write.claim)] = (key, self._clock() + CLAIM_MILLISECONDS)

    def _at(self, scope: Scope, place: Place) -> Record:
        record = self._versions[Key(scope.tenant, place.type, place.id)][place.version - 1]
        assert record is not None, "a void version has no place"
        return record

    def _refuse_used_key(self, receipt: ReceiptRequest | None) -> None:
        used = receipt and self.receipt(receipt.tenant, receipt.key)
        if used:
            raise ReceiptExists(used)

    def _refuse_held_claims(self, writes: Sequence[Write]) -> None:
        taken: dict[_Claimed, Key] = {}
        for write in writes:
            claim = write.claim
            if claim is None:
                continue
            holder = self.claim_holder(claim)
            if holder is not None and holder not in (write.key, claim.replaces):
                raise ClaimHeld(claim, holder)
            first = taken.setdefault(_claimed(claim), write.key)
            if first != write.key:
                raise ClaimHeld(claim, first)


def _claimed(claim: Claim) -> _Claimed:
    return (claim.tenant, claim.type, claim.criteria)


def _within(query: HistoryQuery, place: Place) -> bool:
    return (
        query.scope.type in (None, place.type)
        and (query.types is None or place.type in query.types)
        and query.scope.id in (None, place.id)
        and (query.since is None or place.last_updated >= query.since)
        and (query.before is None or place.last_updated < query.before)
    )


def _after(ordered: list[Place], query: HistoryQuery) -> list[Place]:
    """Return the places that follow the page before."""
    if query.after is None:
        return ordered
    last = cursor.decode(query.after)
    if query.oldest_first:
        return [place for place in ordered if place > last]
    return [place for place in ordered if place < last]


def _fitting(records: Iterable[Record], query: HistoryQuery) -> list[Record]:
    """Return the records that one page takes."""
    page: list[Record] = []
    size = 0
    for record in records:
        size += len(record.body)
        full = query.max_bytes is not None and size > query.max_bytes and page
        if len(page) == query.count or full:
            break
        page.append(record)
    return page
