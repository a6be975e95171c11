"""Transaction records: what decides whether a staged version is there.

A record is `pending` until its one flip to `committed`, or to `aborted` by its owner or by
whoever meets it past its lease. Both are final.
"""

from __future__ import annotations

import json
import random
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Literal, cast

from msgspec import Struct

from hearth_server import deadline
from hearth_server.aws.dynamodb import Item
from hearth_server.aws.errors import CallFailed
from hearth_server.aws.service import CALL_SECONDS
from hearth_server.errors import Unavailable
from hearth_server.store.dynamodb.items import (
    ItemKey,
    binary,
    key_attributes,
    number,
    pending_pk,
    read_binary,
    read_number,
    read_text,
    text,
    transaction_pk,
)
from hearth_server.store.dynamodb.table import Condition, Put, Refused, Table
from hearth_server.store.protocol import Key

State = Literal["pending", "committed", "aborted"]

PART_BYTES = 300_000
"""The longest part of a key list in one item."""

LEASE_MARGIN = 5_000
"""Milliseconds by which a lease outlives the time that its owner has."""

_REMEMBERED = 10_000
PLACES_PER_MILLISECOND = 1_000_000
_ABORTED_SECONDS = 7 * 24 * 3600
_LISTED_SECONDS = 24 * 3600


class Transaction(Struct, frozen=True):
    """One staged commit, as its owner knows it."""

    tenant: str
    id: str
    started: int
    """Milliseconds since 1970, as is `lease`."""
    lease: int
    place: int
    """The `sk` of its line in the tenant's list of transactions."""

    @property
    def record(self) -> ItemKey:
        """Where its record is."""
        return ItemKey(transaction_pk(self.tenant, self.id), 0)

    @property
    def line(self) -> ItemKey:
        """Where its line in the tenant's list is."""
        return ItemKey(pending_pk(self.tenant), self.place)


class Transactions:
    """Begins, ends and looks up transactions."""

    def __init__(self, table: Table, clock: Callable[[], int]) -> None:
        self._table = table
        self._clock = clock
        self._final: OrderedDict[tuple[str, str], State] = OrderedDict()

    def begin(self, tenant: str, tx: str, keys: Sequence[tuple[Key, int]]) -> Transaction:
        """Record a pending transaction that will stage `keys`, and return it.

        Its state is put under a condition: an attempt that was given up, and arrives once the
        transaction is over, would make it pending again. It is put before the line, since whoever
        finds a line without a state takes the transaction for aborted.
        """
        now = self._clock()
        lease = now + int(max(0.0, deadline.remaining()) * 1000) + LEASE_MARGIN
        place = now * PLACES_PER_MILLISECOND + random.randrange(PLACES_PER_MILLISECOND)  # noqa: S311
        transaction = Transaction(tenant, tx, now, lease, place)
        parts = _parts(keys)
        head: Item = {
            **key_attributes(transaction.record),
            "state": text("pending"),
            "started": number(now),
            "lease": number(lease),
            "place": number(place),
            "parts": number(len(parts)),
            "keys": binary(parts[0]),
        }
        line: Item = {
            **key_attributes(transaction.line),
            "tx": text(tx),
            "started": number(now),
            "ttl": number(now // 1000 + _LISTED_SECONDS),
        }
        rest = [
            {
                **key_attributes(ItemKey(transaction.record.pk, at)),
                "keys": binary(part),
            }
            for at, part in enumerate(parts[1:], 1)
        ]
        with suppress(Refused):  # an earlier attempt of this very put, of which no answer came
            self._table.put(Put(head), CALL_SECONDS)
        self._table.put_fresh([line, *rest])
        return transaction

    def commit(self, transaction: Transaction) -> bool:
        """Flip the record to committed: this is the commit. Return False if it was aborted."""
        return self._flip(transaction.tenant, transaction.id, "committed") == "committed"

    def abort(self, tenant: str, tx: str) -> State:
        """Flip the record to aborted unless it is final; return what it is now."""
        return self._flip(tenant, tx, "aborted")

    def finish(self, line: ItemKey, state: State) -> None:
        """Note in the tenant's list that the transaction is over.

        A committed one keeps the horizon back for a moment, until the index shows its versions.
        """
        done = self._clock() if state == "committed" else 0
        condition = Condition("attribute_exists(pk)", {":d": number(done)})
        with suppress(Refused):  # the line has expired
            self._table.update(line, "SET done = :d", condition)

    def state(self, tenant: str, tx: str) -> State:
        """Return the state of a transaction; one past its lease is aborted first."""
        known = self._final.get((tenant, tx))
        if known is not None:
            return known
        record = self._table.get(ItemKey(transaction_pk(tenant, tx), 0), ("state", "lease"))
        if record is None:  # it expired, which only aborted ones do
            return self._remember(tenant, tx, "aborted")
        state = cast(State, read_text(record, "state"))
        if state == "pending":
            if read_number(record, "lease") >= self._clock():
                return state
            return self._abort_if_allowed(tenant, tx)
        return self._remember(tenant, tx, state)

    def states(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], State]:
        """Return the state of each transaction, named by tenant and id, by batch reads."""
        pairs = set(wanted)
        unknown = {pair for pair in pairs if pair not in self._final}
        records = (
            self._table.get_many(
                [ItemKey(transaction_pk(*pair), 0) for pair in unknown], ("pk", "state")
            )
            if len(unknown) > 1
            else []
        )
        for record in records:
            state = cast(State, read_text(record, "state"))
            if state != "pending":
                tenant, _, tx = record["pk"]["S"].split("#", 2)
                self._remember(tenant, tx, state)
        return {pair: self.state(*pair) for pair in pairs}

    def wait(self, tenant: str, tx: str) -> State:
        """Return the final state of a transaction. Raises Unavailable when the time is up."""
        attempt = 0
        while (state := self.state(tenant, tx)) == "pending":
            attempt += 1
            seconds = random.uniform(0.5, 1) * min(0.01 * 2**attempt, 0.25)  # noqa: S311
            if deadline.remaining() < seconds:
                raise Unavailable("Another transaction holds what this request writes.")
            time.sleep(seconds)
        return state

    def keys(self, tenant: str, tx: str) -> list[tuple[Key, int]] | None:
        """Return the versions that a transaction planned; None if its list was never whole."""
        parts = list(self._table.range(transaction_pk(tenant, tx), above=-1))
        if not parts or len(parts) < read_number(parts[0], "parts"):
            return None
        return unpack_keys(tenant, [read_binary(part, "keys") or b"" for part in parts])

    def forget(self, tenant: str, tx: str) -> None:
        """Let the record of an aborted transaction expire: its stubs are made."""
        self._table.update(
            ItemKey(transaction_pk(tenant, tx), 0),
            "SET #t = :t",
            Condition(
                "#s = :a",
                {":t": number(self._clock() // 1000 + _ABORTED_SECONDS), ":a": text("aborted")},
                {"#t": "ttl", "#s": "state"},
            ),
        )

    def _abort_if_allowed(self, tenant: str, tx: str) -> State:
        """Abort; a function that may only read leaves it to others, and passes it over."""
        try:
            return self.abort(tenant, tx)
        except CallFailed as failure:
            if failure.code != "AccessDeniedException":
                raise
            return "pending"

    def _flip(self, tenant: str, tx: str, state: State) -> State:
        values = {":new": text(state), ":old": text("pending"), ":now": number(self._clock())}
        try:
            self._table.update(
                ItemKey(transaction_pk(tenant, tx), 0),
                "SET #s = :new, flipped = :now",
                Condition("#s = :old", values, {"#s": "state"}),
            )
        except Refused as refused:
            found = refused.old and read_text(refused.old, "state")
            state = cast(State, found or "aborted")
        return self._remember(tenant, tx, state)

    def _remember(self, tenant: str, tx: str, state: State) -> State:
        self._final[tenant, tx] = state
        while len(self._final) > _REMEMBERED:
            self._final.popitem(last=False)
        return state


def _parts(keys: Sequence[tuple[Key, int]]) -> list[bytes]:
    """Return the list of planned versions, compressed, in parts that fit into items."""
    by_type: dict[str, list[str]] = {}
    for key, version in keys:
        by_type.setdefault(key.type, []).append(f"{key.id}/{version}")
    packed = zlib.compress(json.dumps(by_type, separators=(",", ":")).encode())
    return [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]


def unpack_keys(tenant: str, parts: Iterable[bytes]) -> list[tuple[Key, int]]:
    """Return the versions that the parts of a transaction's key list name."""
    keys = []
    for type_, names in json.loads(zlib.decompress(b"".join(parts))).items():
        for name in names:
            id_, _, version = name.rpartition("/")
            keys.append((Key(tenant, type_, id_), int(version)))
    return keys
