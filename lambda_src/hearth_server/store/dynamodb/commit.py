"""Commits: one conditional put, one TransactWriteItems, or a staged commit, whichever suffices.

Every put bears a write id, by which a repeated attempt recognises what an earlier one did.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from hearth_server import deadline
from hearth_server.aws.dynamodb import Item
from hearth_server.aws.errors import Unanswered
from hearth_server.errors import Unavailable
from hearth_server.store.dynamodb.bodies import Bodies, Stored
from hearth_server.store.dynamodb.entry import Entry
from hearth_server.store.dynamodb.guards import Guard, Guards
from hearth_server.store.dynamodb.items import (
    digest,
    item_key,
    new_id,
    read_text,
    size,
    text,
    version_item,
)
from hearth_server.store.dynamodb.plan import Obstacles, Planner
from hearth_server.store.dynamodb.reader import Reader
from hearth_server.store.dynamodb.registry import Registry
from hearth_server.store.dynamodb.staging import Refusals, Staging
from hearth_server.store.dynamodb.table import ABSENT, Cancelled, Condition, Put, Refused, Table
from hearth_server.store.dynamodb.transactions import State, Transactions
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

TOGETHER_ITEMS = 100
TOGETHER_BYTES = 2_900_000
"""A TransactWriteItems takes 4 MB; MiniStack counts them as base64."""


_NOTHING: tuple[Item | None, State] = (None, "committed")


class Committer:
    """Makes commits over the parts of a store."""

    def __init__(
        self,
        table: Table,
        bodies: Bodies,
        transactions: Transactions,
        reader: Reader,
        guards: Guards,
        registry: Registry,
        clock: Callable[[], int],
    ) -> None:
        self.table = table
        self.bodies = bodies
        self.transactions = transactions
        self.reader = reader
        self.guards = guards
        self.registry = registry
        self.planner = Planner(table, reader, clock)
        self.staging = Staging(table, bodies, transactions, clock)

    def commit(self, writes: Sequence[Write], receipt: ReceiptRequest | None) -> list[Record]:
        """Write all of `writes` or nothing; return the records in the same order."""
        if not writes and receipt is None:
            return []
        return _Commit(self, writes, receipt).run()


class _Commit:
    """One commit, through as many attempts as it takes."""

    def __init__(
        self, parts: Committer, writes: Sequence[Write], receipt: ReceiptRequest | None
    ) -> None:
        self._parts = parts
        self._writes = writes
        self._receipt = receipt
        self._id = new_id()
        self._wids = [f"{self._id}.{place}" for place in range(len(writes))]
        self._replaced: dict[str, tuple[Item, State]] = {}
        """By the `pk` of a guard: what stands there without force."""
        self._tenant = receipt.tenant if receipt else writes[0].key.tenant
        self._shards = 1

    def run(self) -> list[Record]:
        """Return the records once they are written. Raises as `ResourceStore.commit`."""
        self._refuse_double_claims()
        if self._writes:
            types = {write.key.type for write in self._writes}
            self._shards = self._parts.registry.enrol(self._tenant, types)
        look = False
        attempt = 0
        while True:
            try:
                records, obstacles = self._attempt(look=look)
            except Unanswered as failure:
                _pause(attempt, failure)
            else:
                if obstacles is None:
                    return records
                if obstacles.done and not self._writes:
                    return []
                self._overcome(obstacles)
                look = look or not obstacles.passing
                _pause(attempt)
            attempt += 1

    def _attempt(self, *, look: bool) -> tuple[list[Record], Obstacles | None]:
        """Return the records, and what stood in the way of writing them; None if nothing did."""
        planner, reader = self._parts.planner, self._parts.reader
        records, obstacles = planner.plan(self._writes, self._wids, look=look)
        if len(obstacles.mine) == len(self._writes) > 0:
            found = reader.versions(
                (write.key, item_key(obstacles.mine[place]).sk)
                for place, write in enumerate(self._writes)
            )
            return [
                found[write.key, item_key(obstacles.mine[place]).sk]
                for place, write in enumerate(self._writes)
            ], None
        if obstacles.any:
            if obstacles.stale and not obstacles.mine:
                self._refuse_by_guards()
            return [], obstacles
        entries = self._entries(records)
        refusals = self._write(entries)
        if refusals is None:
            for record in records:
                reader.seen.note(record)
            return records, None
        obstacles = self._judge(entries, refusals)
        if not obstacles.done:
            self._parts.bodies.discard(entry.ref for entry in entries if entry.ref)
        return [], obstacles

    def _entries(self, records: Sequence[Record]) -> list[Entry]:
        """Return what is to be written: the receipt, the claims, the versions."""
        guards: list[Guard] = []
        if self._receipt:
            answer = self._receipt.answer(records)
            guards.append(self._parts.guards.receipt(self._receipt, answer))
        guards += [
            self._parts.guards.claim(write.claim, write.key)
            for write in self._writes
            if write.claim
        ]
        stored = self._parts.bodies.store(records)
        return [self._guard_entry(guard) for guard in guards] + [
            self._version_entry(*parts)
            for parts in zip(self._writes, records, stored, self._wids, strict=True)
        ]

    def _guard_entry(self, guard: Guard) -> Entry:
        seen, state = self._replaced.get(guard.pk, _NOTHING)
        wid = f"{self._id}.{digest(guard.pk)[:8]}"
        item: Item = {**guard.item(seen, state), "wid": text(wid)}
        condition = ABSENT
        if seen is not None:
            condition = Condition("wid = :seen", {":seen": seen["wid"]})
        return Entry(Put(item, condition), wid, guard=guard)

    def _version_entry(self, write: Write, record: Record, stored: Stored, wid: str) -> Entry:
        item = version_item(record, wid, self._shards, stored.inline, stored.ref)
        if write.claim:
            item["claim"] = text(digest(write.claim.criteria))
        fresh = write.fresh and record.version == 1
        return Entry(Put(item), wid, record=record, fresh=fresh, ref=stored.ref)

    def _write(self, entries: Sequence[Entry]) -> Refusals | None:
        """Write the entries; return what stood in the way, None if nothing did."""
        table = self._parts.table
        try:
            if len(entries) == 1:
                table.put(entries[0].put)
            elif (
                len(entries) <= TOGETHER_ITEMS
                and sum(size(entry.put.item) for entry in entries) <= TOGETHER_BYTES
            ):
                table.put_together([entry.put for entry in entries], new_id())
            else:
                return self._parts.staging.commit(self._tenant, entries) or None
        except Refused as refused:
            return {0: refused.old}
        except Cancelled as cancelled:
            return cancelled.refusals
        return None

    def _judge(self, entries: Sequence[Entry], refusals: Refusals) -> Obstacles:
        """Return what the items that were found mean for this commit."""
        obstacles = Obstacles(passing=not refusals)
        for place, old in refusals.items():
            entry = entries[place]
            if entry.guard is not None:
                self._replaced.pop(entry.guard.pk, None)
            if old is None or read_text(old, "wid") == entry.wid:
                obstacles.done = obstacles.done or old is not None
                continue
            state = self._parts.reader.state(self._tenant, old)
            if state == "pending":
                obstacles.busy.append((self._tenant, read_text(old, "tx") or ""))
            elif entry.guard is not None:
                refusal = entry.guard.refusal(old, state)
                if refusal is None:
                    self._replaced[entry.guard.pk] = (old, state)
                else:
                    obstacles.held.append(refusal)
            elif state == "committed" and entry.record is not None:
                obstacles.stale.append(entry.record.key)
        return obstacles

    def _refuse_by_guards(self) -> None:
        """Raise what a receipt or a claim has against this commit, before a stale base is named."""
        guards = self._parts.guards
        if self._receipt:
            kept = guards.kept_receipt(self._receipt.tenant, self._receipt.key)
            if kept:
                raise ReceiptExists(kept)
        for write in self._writes:
            holder = write.claim and guards.holder(write.claim)
            if write.claim and holder and holder not in (write.key, write.claim.replaces):
                raise ClaimHeld(write.claim, holder)

    def _refuse_double_claims(self) -> None:
        """Raise ClaimHeld where two writes of this commit want the same claim."""
        taken: dict[tuple[str, str, str], Key] = {}
        for write in self._writes:
            if write.claim:
                first = taken.setdefault(_identity(write.claim), write.key)
                if first != write.key:
                    self._refuse_by_guards()
                    raise ClaimHeld(write.claim, first)

    def _overcome(self, obstacles: Obstacles) -> None:
        """Wait for what will pass, and raise what will not."""
        if obstacles.done or obstacles.mine:
            return
        if obstacles.held:
            raise obstacles.held[0]
        if obstacles.stale:
            raise StaleBase(sorted(obstacles.stale))
        for tenant, tx in obstacles.busy:
            self._parts.transactions.wait(tenant, tx)


def _pause(attempt: int, failure: Exception | None = None) -> None:
    """Wait a little before the next attempt. Raises Unavailable when the time is up."""
    longest = 0.0 if attempt == 0 else min(0.01 * 2.0 ** min(attempt, 8), 1.0)
    seconds = random.random() * longest  # noqa: S311 - jitter, not a secret
    if deadline.remaining() <= seconds:
        raise Unavailable("The store is too busy to take this write in time.") from failure
    time.sleep(seconds)


def _identity(claim: Claim) -> tuple[str, str, str]:
    return claim.tenant, claim.type, claim.criteria
