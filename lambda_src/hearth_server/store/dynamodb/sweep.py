"""The sweep: finds what crashed commits left behind, and clears it away.

It is run once an hour; nothing waits for it, for whoever meets such a commit aborts it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from msgspec import Struct

from hearth_server.aws.s3 import Bucket
from hearth_server.store.dynamodb.horizon import Horizons
from hearth_server.store.dynamodb.items import ItemKey, read_text
from hearth_server.store.dynamodb.registry import Registry
from hearth_server.store.dynamodb.staging import Staging
from hearth_server.store.dynamodb.table import Table
from hearth_server.store.dynamodb.transactions import Transactions
from hearth_server.store.protocol import Key

ORPHAN_MILLISECONDS = 24 * 3600 * 1000
"""How old an object must be before the sweep asks whether an item names it."""

_LISTED_MILLISECONDS = 24 * 3600 * 1000


class Swept(Struct, frozen=True):
    """What a sweep found."""

    pending: int
    """Transactions that are still in time."""
    aborted: int
    """Transactions whose remains were cleared away."""
    stubs: int
    committed: tuple[tuple[Key, int], ...]
    """Versions of commits whose owner did not come to note their end: index them again."""


class Sweep:
    """Clears away what crashed commits left."""

    def __init__(
        self,
        table: Table,
        bucket: Bucket,
        transactions: Transactions,
        horizons: Horizons,
        staging: Staging,
        registry: Registry,
        clock: Callable[[], int],
    ) -> None:
        self._table = table
        self._bucket = bucket
        self._transactions = transactions
        self._horizons = horizons
        self._staging = staging
        self._registry = registry
        self._clock = clock

    def transactions(self, tenants: Iterable[str] | None = None) -> Swept:
        """Abort what is past its lease, make stubs of what aborted commits staged."""
        pending = aborted = stubs = 0
        committed: list[tuple[Key, int]] = []
        since = self._clock() - _LISTED_MILLISECONDS
        for tenant in self._registry.tenants() if tenants is None else tenants:
            for line in self._horizons.lines(tenant, since):
                if line.done is not None:
                    continue
                state = self._transactions.state(tenant, line.tx)
                if state == "pending":
                    pending += 1
                elif state == "aborted":
                    aborted += 1
                    stubs += self._staging.clear(tenant, line.tx, line.key)
                else:
                    committed += self._transactions.keys(tenant, line.tx) or []
                    self._horizons.note(line.key, self._clock())
        return Swept(pending, aborted, stubs, tuple(committed))

    def orphans(self) -> int:
        """Delete objects that no item names, a day after they were written; return their number."""
        deleted = 0
        for version in self._bucket.versions(""):
            written = datetime.fromisoformat(version.modified).astimezone(UTC)
            age = self._clock() - int(written.timestamp() * 1000)
            if age >= ORPHAN_MILLISECONDS and not self._is_named(version.key):
                self._bucket.delete(version.key, version.version)
                deleted += 1
        return deleted

    def _is_named(self, ref: str) -> bool:
        pk, number = _item_of(ref)
        item = self._table.get(ItemKey(pk, number), ("body_ref",))
        return item is not None and read_text(item, "body_ref") == ref


def _item_of(ref: str) -> tuple[str, int]:
    """Return the key of the item that an object was written for."""
    owner, number, _ = ref.rsplit("/", 2)
    return owner.replace("/", "#"), int(number)
