"""What a store must answer, in the fewest words: the model that every store is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hearth_server.store.limits import CLAIM_MILLISECONDS
from hearth_server.store.protocol import (
    Claim,
    ClaimHeld,
    Key,
    ReceiptExists,
    ReceiptRequest,
    Record,
    StaleBase,
    Write,
)

Refusal = type[ReceiptExists] | type[ClaimHeld] | type[StaleBase]


@dataclass
class Model:
    """Everything that was committed. Numbers and times are taken from the store, and checked."""

    now: int
    versions: dict[Key, list[Record]] = field(default_factory=dict)
    used: dict[Key, int] = field(default_factory=dict)
    """The highest number that was ever given to a version, also of expunged ones."""
    claims: dict[Claim, tuple[Key, int]] = field(default_factory=dict)
    answers: dict[str, tuple[bytes, int]] = field(default_factory=dict)

    def latest(self, key: Key) -> Record | None:
        """Return the newest version."""
        return self.versions[key][-1] if self.versions.get(key) else None

    def base(self, key: Key) -> int:
        """Return the number of the newest version, 0 if there is none."""
        newest = self.latest(key)
        return newest.version if newest else 0

    def history(self) -> list[Record]:
        """Return all versions, oldest first."""
        everything = [record for records in self.versions.values() for record in records]
        return sorted(everything, key=lambda each: (each.last_updated, each.key.id, each.key.type))

    def holder(self, claim: Claim) -> Key | None:
        """Return who holds a claim."""
        holder, expires = self.claims.get(_plain(claim), (None, 0))
        return holder if expires > self.now else None

    def answer(self, key: str) -> bytes | None:
        """Return the answer kept under a key."""
        answer, expires = self.answers.get(key, (None, 0))
        return answer if expires * 1000 > self.now else None

    def refusal(self, writes: Sequence[Write], receipt: ReceiptRequest | None) -> Refusal | None:
        """Return how a commit fails; None if it does not."""
        if receipt and self.answer(receipt.key) is not None:
            return ReceiptExists
        taken: dict[Claim, Key] = {}
        for write in writes:
            if write.claim:
                if self.holder(write.claim) not in (None, write.key, write.claim.replaces):
                    return ClaimHeld
                if taken.setdefault(_plain(write.claim), write.key) != write.key:
                    return ClaimHeld
        stale = any(write.base != self.base(write.key) for write in writes)
        return StaleBase if stale else None

    def commit(
        self, writes: Sequence[Write], records: Sequence[Record], receipt: ReceiptRequest | None
    ) -> None:
        """Take in what a store committed, once it is found to be right."""
        for write, record in zip(writes, records, strict=True):
            newest = self.latest(write.key)
            assert record.key == write.key
            assert record.method == write.method
            assert record.version > self.used.get(write.key, 0)
            assert record.last_updated >= self.now
            assert newest is None or record.last_updated > newest.last_updated
            self.used[write.key] = record.version
            self.versions.setdefault(write.key, []).append(record)
            if write.claim:
                self.claims[_plain(write.claim)] = (write.key, self.now + CLAIM_MILLISECONDS)
        if receipt:
            self.answers[receipt.key] = (receipt.answer(records), receipt.expires)

    def expunge(self, key: Key) -> int:
        """Forget a resource; return how many versions that are."""
        self.claims = {claim: held for claim, held in self.claims.items() if held[0] != key}
        return len(self.versions.pop(key, []))


def _plain(claim: Claim) -> Claim:
    return Claim(claim.tenant, claim.type, claim.criteria)
