"""Claims and receipts: small items that let one commit through and hold the next one back.

Each is put where nothing stands. If something does, it is judged: it holds the commit back, or it
has no force any more and is replaced under the condition that it is still the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hearth_server.aws.dynamodb import Item
from hearth_server.store import body
from hearth_server.store.dynamodb.items import (
    ItemKey,
    binary,
    claim_pk,
    key_attributes,
    new_id,
    number,
    read_binary,
    read_number,
    read_text,
    receipt_pk,
    text,
)
from hearth_server.store.dynamodb.table import Table
from hearth_server.store.dynamodb.transactions import State, Transactions
from hearth_server.store.limits import CLAIM_MILLISECONDS
from hearth_server.store.protocol import (
    Claim,
    ClaimHeld,
    Key,
    Receipt,
    ReceiptExists,
    ReceiptRequest,
)

ANSWER_PART_BYTES = 300_000


class Guard(Protocol):
    """An item that is written in the same commit as the records."""

    @property
    def tenant(self) -> str:
        """Whose it is."""

    @property
    def pk(self) -> str:
        """Where it stands."""

    def item(self, seen: Item | None, state: State) -> Item:
        """Return the item to write in place of `seen`, whose transaction has the final `state`."""

    def refusal(self, seen: Item, state: State) -> Exception | None:
        """Return why `seen` holds the commit back; None if it does not."""


class ClaimGuard:
    """The claim that one write brings along."""

    def __init__(self, claim: Claim, holder: Key, now: int) -> None:
        self.tenant = claim.tenant
        self.pk = claim_pk(claim)
        self._claim = claim
        self._holder = holder
        self._now = now

    def item(self, seen: Item | None, state: State) -> Item:
        """Return the claim; should its commit be aborted, the holder that it replaces still is."""
        expires = self._now + CLAIM_MILLISECONDS
        item = {
            **key_attributes(ItemKey(self.pk, 0)),
            "holder": text(self._holder.id),
            "expires": number(expires),
            "ttl": number(expires // 1000),
        }
        before = seen and effective_holder(seen, state)
        if before:
            item["was"] = text(before[0])
            item["was_expires"] = number(before[1])
        return item

    def refusal(self, seen: Item, state: State) -> Exception | None:
        """Return ClaimHeld when another resource holds the claim."""
        found = effective_holder(seen, state)
        if found is None or found[1] <= self._now:
            return None
        holder = Key(self._claim.tenant, self._claim.type, found[0])
        if holder in (self._holder, self._claim.replaces):
            return None
        return ClaimHeld(self._claim, holder)


def effective_holder(item: Item, state: State) -> tuple[str, int] | None:
    """Return the id that a claim's item names, and until when; None when it names none.

    The claim of an aborted commit is still its former holder's.
    """
    prefix = "was_" if state == "aborted" else ""
    holder = read_text(item, "was" if state == "aborted" else "holder")
    return None if holder is None else (holder, read_number(item, f"{prefix}expires"))


class ReceiptGuard:
    """The answer that is kept under an Idempotency-Key."""

    def __init__(
        self, request: ReceiptRequest, answer: Item, read: Callable[[Item], Receipt], now: int
    ) -> None:
        self.tenant = request.tenant
        self.pk = receipt_pk(request.tenant, request.key)
        self._request = request
        self._answer = answer
        self._read = read
        self._now = now

    def item(self, seen: Item | None, state: State) -> Item:
        """Return the receipt; what it replaces is without force and forgotten."""
        return {
            **key_attributes(ItemKey(self.pk, 0)),
            "fingerprint": text(self._request.fingerprint),
            "expires": number(self._request.expires),
            "ttl": number(self._request.expires),
            **self._answer,
        }

    def refusal(self, seen: Item, state: State) -> Exception | None:
        """Return ReceiptExists while another answer stands."""
        if state == "aborted" or read_number(seen, "expires") * 1000 <= self._now:
            return None
        return ReceiptExists(self._read(seen))


class Guards:
    """Makes guards, and looks them up."""

    def __init__(self, table: Table, transactions: Transactions, clock: Callable[[], int]) -> None:
        self._table = table
        self._transactions = transactions
        self._clock = clock

    def claim(self, claim: Claim, holder: Key) -> Guard:
        """Return the guard of a claim."""
        return ClaimGuard(claim, holder, self._clock())

    def receipt(self, request: ReceiptRequest, answer: bytes) -> Guard:
        """Return the guard of a receipt; the parts of a large answer are written first."""

        def read(item: Item) -> Receipt:
            return self._receipt(request.tenant, request.key, item)

        return ReceiptGuard(request, self._store_answer(request, answer), read, self._clock())

    def holder(self, claim: Claim) -> Key | None:
        """Return who holds a claim; a pending commit that takes it is waited for."""
        item = self._table.get(ItemKey(claim_pk(claim), 0))
        found = item and effective_holder(item, self.settled(claim.tenant, item))
        if not found or found[1] <= self._clock():
            return None
        return Key(claim.tenant, claim.type, found[0])

    def kept_receipt(self, tenant: str, key: str) -> Receipt | None:
        """Return the answer kept under a key; a pending commit that keeps it is waited for."""
        item = self._table.get(ItemKey(receipt_pk(tenant, key), 0))
        if (
            item is None
            or self.settled(tenant, item) == "aborted"
            or read_number(item, "expires") * 1000 <= self._clock()
        ):
            return None
        return self._receipt(tenant, key, item)

    def settled(self, tenant: str, item: Item) -> State:
        """Return the final state of an item, once it has one. Raises Unavailable."""
        tx = read_text(item, "tx")
        return "committed" if tx is None else self._transactions.wait(tenant, tx)

    def _store_answer(self, request: ReceiptRequest, answer: bytes) -> Item:
        """Return the attributes of a receipt that hold its answer or name its parts."""
        encoded = body.encode(answer)
        if len(encoded) <= ANSWER_PART_BYTES:
            return {"answer": binary(encoded)}
        pk = f"{request.tenant}#!answer#{new_id()}"
        parts = [
            encoded[at : at + ANSWER_PART_BYTES] for at in range(0, len(encoded), ANSWER_PART_BYTES)
        ]
        self._table.put_fresh(
            [
                {
                    **key_attributes(ItemKey(pk, at)),
                    "answer": binary(part),
                    "ttl": number(request.expires),
                }
                for at, part in enumerate(parts)
            ]
        )
        return {"answer_pk": text(pk)}

    def _receipt(self, tenant: str, key: str, item: Item) -> Receipt:
        pk = read_text(item, "answer_pk")
        parts = [item] if pk is None else list(self._table.range(pk, above=-1))
        encoded = b"".join(read_binary(part, "answer") or b"" for part in parts)
        return Receipt(
            tenant,
            key,
            read_text(item, "fingerprint") or "",
            body.decode(encoded),
            read_number(item, "expires"),
        )
