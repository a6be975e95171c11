"""The sweep: finds what crashed commits left behind, and clears it away.

It is run once an hour; nothing waits for it, for whoever meets such a commit aborts it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from hearth_server.aws.s3 import Bucket, ObjectVersion
from hearth_server.store.dynamodb.horizon import Horizons
from hearth_server.store.dynamodb.items import ItemKey, read_text
from hearth_server.store.dynamodb.registry import Registry
from hearth_server.store.dynamodb.staging import Staging
from hearth_server.store.dynamodb.table import Table
from hearth_server.store.dynamodb.transactions import Transactions
from hearth_server.store.protocol import Key

ORPHAN_MILLISECONDS = 24 * 3600 * 1000
"""How old an object must be before the sweep asks whether an item names it."""

_ASKED_MILLISECONDS = 3 * ORPHAN_MILLISECONDS
"""How old an object may be for that: what the sweeps of two days have passed is not asked about
again, so that a sweep costs what was written lately, not what is there."""

_LISTED_MILLISECONDS = 24 * 3600 * 1000
_AT_ONCE = 100
_BODY = re.compile(r"[^/]+/[A-Za-z]+/[A-Za-z0-9\-.]+/[0-9]+/[^/]+")
"""What the name of a body's object looks like: no other object is the sweep's to delete."""


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
        now = self._clock()
        deleted = 0
        asked: list[ObjectVersion] = []
        for version in self._bucket.versions(""):
            age = now - _written(version)
            if ORPHAN_MILLISECONDS <= age < _ASKED_MILLISECONDS and _BODY.fullmatch(version.key):
                asked.append(version)
            if len(asked) == _AT_ONCE:
                deleted += self._delete_orphans(asked)
                asked = []
        return deleted + self._delete_orphans(asked)

    def _delete_orphans(self, asked: Sequence[ObjectVersion]) -> int:
        items = self._table.get_many(
            [_item_of(version.key) for version in asked], ("pk", "sk", "body_ref")
        )
        named = {read_text(item, "body_ref") for item in items}
        orphans = [version for version in asked if version.key not in named]
        for orphan in orphans:
            self._bucket.delete(orphan.key, orphan.version)
        return len(orphans)


def _written(version: ObjectVersion) -> int:
    """Return when an object was written, in milliseconds since 1970."""
    return int(datetime.fromisoformat(version.modified).astimezone(UTC).timestamp() * 1000)


def _item_of(ref: str) -> ItemKey:
    """Return the key of the item that an object was written for."""
    owner, number, _ = ref.rsplit("/", 2)
    return ItemKey(owner.replace("/", "#"), int(number))
