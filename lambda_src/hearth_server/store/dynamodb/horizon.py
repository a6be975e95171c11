"""The horizon of a tenant: up to when nothing can still be committed.

A staged commit becomes visible later than its versions' time says. As long as one is pending,
histories end where it began; and a committed one holds back what a polling client asks for next
until the index surely shows its versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from hearth_server.aws.dynamodb import Item
from hearth_server.store.dynamodb.items import (
    ItemKey,
    item_key,
    number,
    pending_pk,
    read_number,
    read_text,
)
from hearth_server.store.dynamodb.table import Condition, Refused, Table
from hearth_server.store.dynamodb.transactions import PLACES_PER_MILLISECOND, Transactions
from hearth_server.store.limits import HORIZON_MILLISECONDS

SKEW_MILLISECONDS = 1_000
"""How far the clocks of two functions may differ."""

WATCHED_MILLISECONDS = 2 * 3600 * 1000
"""How old a transaction is watched: far longer than any lease, and than the sweep's interval."""


LATE_MILLISECONDS = 60_000
"""How late a transaction may appear in the list, seen from when it began."""


class Horizon(Struct, frozen=True):
    """Two moments in milliseconds since 1970."""

    shown: int | None
    """Histories show only what is older; None if they show everything."""
    settled: int
    """Nothing at or before it can still be committed."""


class Line(Struct, frozen=True):
    """A transaction in its tenant's list."""

    key: ItemKey
    tx: str
    started: int
    done: int | None
    """When it was committed, 0 if it was aborted, None while nobody has noted its end."""


class Horizons:
    """Looks up a tenant's horizon."""

    def __init__(self, table: Table, transactions: Transactions, clock: Callable[[], int]) -> None:
        self._table = table
        self._transactions = transactions
        self._clock = clock
        self._settled: dict[str, int] = {}
        """By tenant: before when every transaction has long been over, as was found out."""

    def of(self, tenant: str) -> Horizon:
        """Return the horizon of a tenant now."""
        now = self._clock()
        settled = now - HORIZON_MILLISECONDS
        shown: int | None = None
        unsettled = now - LATE_MILLISECONDS
        since = max(now - WATCHED_MILLISECONDS, self._settled.get(tenant, 0))
        for line in self.lines(tenant, since, now - HORIZON_MILLISECONDS):
            unsettled = min(unsettled, line.started)
            began = line.started - SKEW_MILLISECONDS
            state = "committed" if line.done else self._transactions.state(tenant, line.tx)
            if state == "pending":
                shown = began if shown is None else min(shown, began)
            elif state == "committed" and line.done is None:
                self.note(line.key, now)
            if state != "aborted":
                settled = min(settled, began - 1)
        self._settled[tenant] = unsettled
        return Horizon(shown, settled)

    def lines(self, tenant: str, since: int, over: int | None = None) -> Iterator[Line]:
        """Yield the transactions of a tenant that began at `since` or later, oldest first.

        Those that ended at `over` or before are left out; if it is None, all that ended.
        """
        above = since * PLACES_PER_MILLISECOND - 1
        going = Condition("attribute_not_exists(done)")
        if over is not None:
            going = Condition(f"{going.expression} OR done > :o", {":o": number(over)})
        for item in self._table.range(pending_pk(tenant), above=above, first=1000, only=going):
            yield _line(item)

    def note(self, key: ItemKey, now: int) -> None:
        """Note the end of a transaction whose owner did not come to it."""
        try:
            self._table.update(
                key,
                "SET done = :d",
                Condition(
                    "attribute_not_exists(done) AND attribute_exists(pk)", {":d": number(now)}
                ),
            )
        except Refused:
            return


def _line(item: Item) -> Line:
    done = read_number(item, "done") if "done" in item else None
    return Line(item_key(item), read_text(item, "tx") or "", read_number(item, "started"), done)
