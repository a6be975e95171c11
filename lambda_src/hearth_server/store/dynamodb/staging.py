"""The staged commit: any number of items become visible by one write.

Versions are put beforehand, marked with their transaction; its record says whether they are there.
https://en.wikipedia.org/wiki/Two-phase_commit_protocol without a coordinator that can be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from hearth_server.aws.dynamodb import Item
from hearth_server.aws.errors import CallFailed, Unanswered
from hearth_server.aws.service import CALL_SECONDS
from hearth_server.errors import Unavailable
from hearth_server.store.dynamodb.bodies import Bodies
from hearth_server.store.dynamodb.entry import Entry
from hearth_server.store.dynamodb.items import ItemKey, new_id, read_text, text, version_pk
from hearth_server.store.dynamodb.table import Condition, Refused, Table
from hearth_server.store.dynamodb.transactions import Transaction, Transactions
from hearth_server.store.parallel import each
from hearth_server.store.protocol import Key

Refusals = Mapping[int, Item | None]
"""What was found where an entry's put was refused, by the entry's place."""

FLIP_MILLISECONDS = 2_000
"""What must be left of the lease when the owner commits."""


class _Stop(Exception):
    """A put was refused: no further one is begun."""


class Staging:
    """Makes staged commits, and clears away what aborted ones left."""

    def __init__(
        self,
        table: Table,
        bodies: Bodies,
        transactions: Transactions,
        clock: Callable[[], int],
    ) -> None:
        self._table = table
        self._bodies = bodies
        self._transactions = transactions
        self._clock = clock

    def commit(self, tenant: str, entries: Sequence[Entry]) -> Refusals:
        """Write all entries or none; return what stood in the way, nothing on success.

        Raises Unavailable when the time ran out. It is not tried again then: a put of a fresh
        record that is still on its way knows no condition.
        """
        tx = new_id()
        staged = [entry.staged(tx, place) for place, entry in enumerate(entries)]
        keys = [(e.record.key, e.record.version) for e in staged if e.record is not None]
        transaction = self._transactions.begin(tenant, tx, keys)
        try:
            begun, refusals = self._stage(staged)
            if not refusals and self._flip(transaction):
                return {}
        except Unanswered as failure:
            if self._is_committed(transaction):
                return {}
            raise Unavailable("The transaction could not be finished in time.") from failure
        self._transactions.abort(tenant, tx)
        self._clear(transaction, begun)
        if not refusals:
            raise Unavailable("The transaction took longer than it may.")
        return refusals

    def clear(self, tenant: str, tx: str, line: ItemKey) -> int:
        """Make stubs of what an aborted transaction staged, from its record; return their number.

        Its record expires a week later.
        """
        keys = self._transactions.keys(tenant, tx) or []
        made = self._void(tx, keys)
        self._transactions.forget(tenant, tx)
        self._transactions.finish(line, "aborted")
        return made

    def _stage(self, entries: Sequence[Entry]) -> tuple[list[Entry], Refusals]:
        """Put the entries; return those begun, and what stood in the way of any."""
        refusals: dict[int, Item | None] = {}
        begun: list[Entry] = []

        def put(place: int) -> None:
            entry = entries[place]
            begun.append(entry)
            try:
                self._table.put(entry.put, CALL_SECONDS)
            except Refused as refused:
                if refused.old and read_text(refused.old, "wid") == entry.wid:
                    return  # an earlier attempt of this very put, of which no answer came
                refusals[place] = refused.old
                raise _Stop from None

        places = range(len(entries))
        guards = [place for place in places if entries[place].guard is not None]
        known = [place for place in places if entries[place].record and not entries[place].fresh]
        fresh = [entry for entry in entries if entry.fresh]
        try:
            for place in guards:
                put(place)
            each(put, sorted(known, key=lambda place: _order(entries[place])))
        except _Stop:
            return begun, refusals
        begun += fresh
        self._table.put_fresh([entry.put.item for entry in fresh])
        return begun, {}

    def _flip(self, transaction: Transaction) -> bool:
        """Commit if the lease is good for it; return whether that was done."""
        if self._clock() > transaction.lease - FLIP_MILLISECONDS:
            return False
        if not self._transactions.commit(transaction):
            return False
        with suppress(CallFailed, Unanswered):  # it is committed; whoever looks notes it too
            self._transactions.finish(transaction.line, "committed")
        return True

    def _is_committed(self, transaction: Transaction) -> bool:
        """Abort, and return whether the flip had taken effect although its answer was lost."""
        try:
            return self._transactions.abort(transaction.tenant, transaction.id) == "committed"
        except Unanswered:
            return False  # nobody can tell now; the record decides

    def _clear(self, transaction: Transaction, begun: Sequence[Entry]) -> None:
        """Make stubs of what this process staged itself; what fails is left to the sweep."""
        keys = [(e.record.key, e.record.version) for e in begun if e.record is not None]
        with suppress(CallFailed, Unanswered):
            self._void(transaction.id, keys)
            self._transactions.forget(transaction.tenant, transaction.id)
            self._transactions.finish(transaction.line, "aborted")

    def _void(self, tx: str, keys: Sequence[tuple[Key, int]]) -> int:
        """Make stubs of the versions that `tx` staged; return their number."""

        def void(version: tuple[Key, int]) -> str | None:
            """Return the object that a stub named; empty if there was none; None if no stub."""
            try:
                old = self._table.update(
                    ItemKey(version_pk(version[0]), version[1]), VOID, _staged_by(tx)
                )
            except Refused:
                return None
            return read_text(old, "body_ref") or ""

        made = [ref for ref in each(void, keys) if ref is not None]
        self._bodies.discard(filter(None, made))
        return len(made)


VOID = "SET #void = :void REMOVE body, body_ref, gsi1pk, gsi1sk, wid, claim"
"""What makes a stub of a version: its number and time stay, for they are never used again."""


def _staged_by(tx: str) -> Condition:
    return Condition(
        "#tx = :tx AND attribute_not_exists(#void)",
        {":tx": text(tx), ":void": text("aborted")},
        {"#tx": "tx", "#void": "void"},
    )


def _order(entry: Entry) -> tuple[str, int]:
    assert entry.record is not None, "only records are staged in order"
    return version_pk(entry.record.key), entry.record.version
