"""Reads records: a version that was staged is there once its transaction is committed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from hearth_server.aws.dynamodb import Item
from hearth_server.aws.errors import CallFailed
from hearth_server.store.dynamodb.bodies import Bodies, BodyMissing
from hearth_server.store.dynamodb.items import (
    ItemKey,
    item_key,
    read_text,
    version_pk,
)
from hearth_server.store.dynamodb.table import Table
from hearth_server.store.dynamodb.transactions import State, Transactions
from hearth_server.store.parallel import THREADS, each
from hearth_server.store.protocol import Key, Record

_SEEN = 20_000
_HIGHEST = 10**15
"""No resource has so many versions; DynamoDB refuses numbers of more than 38 digits."""


class Seen:
    """The time of versions that this process has met. It never changes, so it is kept."""

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[Key, int], int] = OrderedDict()

    def note(self, record: Record) -> None:
        """Remember the time of a version."""
        self._times[record.key, record.version] = record.last_updated
        while len(self._times) > _SEEN:
            self._times.popitem(last=False)

    def last_updated(self, key: Key, version: int) -> int | None:
        """Return the time of a version; None if it has not been met."""
        return self._times.get((key, version))


class Reader:
    """Reads the committed versions of resources."""

    def __init__(self, table: Table, bodies: Bodies, transactions: Transactions) -> None:
        self._table = table
        self._bodies = bodies
        self._transactions = transactions
        self.seen = Seen()

    def latest(self, key: Key) -> Record | None:
        """Return the newest committed version; None if there is none."""
        for item in self._table.newest(version_pk(key)):
            if self.state(key.tenant, item) == "committed":
                record = self.record(item)
                if record is not None:
                    return record
        return None

    def latest_of(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the newest committed version of each key that has one."""
        wanted = list(dict.fromkeys(keys))
        found = zip(wanted, each(self.latest, wanted), strict=True)
        return {key: record for key, record in found if record is not None}

    def version(self, key: Key, version: int) -> Record | None:
        """Return one committed version."""
        if not 1 <= version <= _HIGHEST:
            return None
        item = self._table.get(ItemKey(version_pk(key), version))
        if item is None or self.state(key.tenant, item) != "committed":
            return None
        return self.record(item)

    def versions(self, wanted: Iterable[tuple[Key, int]]) -> dict[tuple[Key, int], Record]:
        """Return each of the wanted versions that is committed."""
        by_item = {
            ItemKey(version_pk(key), version): (key, version)
            for key, version in wanted
            if 1 <= version <= _HIGHEST
        }
        items = self._table.get_many(by_item)
        visible = self.visible([(by_item[item_key(item)][0].tenant, item) for item in items])
        far = any("body_ref" in item for item in visible)
        records = each(self.record, visible, THREADS if far else 1)
        return {(record.key, record.version): record for record in records if record is not None}

    def standing(self, wanted: Iterable[tuple[Key, int]]) -> set[tuple[Key, int]]:
        """Return those versions that are committed or expunged, without reading bodies."""
        by_item = {ItemKey(version_pk(key), version): (key, version) for key, version in wanted}
        items = self._table.get_many(by_item, ("pk", "sk", "tx", "void"))
        expunged = [item for item in items if read_text(item, "void") == "expunged"]
        tenants = [(by_item[item_key(item)][0].tenant, item) for item in items]
        return {by_item[item_key(item)] for item in (*expunged, *self.visible(tenants))}

    def visible(self, items: Iterable[tuple[str, Item]]) -> list[Item]:
        """Return those items of versions, given with their tenants, that are committed."""
        listed = list(items)
        staged = {
            (tenant, tx) for tenant, item in listed if (tx := read_text(item, "tx")) is not None
        }
        self._transactions.states(staged)
        return [item for tenant, item in listed if self.state(tenant, item) == "committed"]

    def state(self, tenant: str, item: Item) -> State:
        """Return whether the version of an item is there; a void stub counts as aborted."""
        if "void" in item:
            return "aborted"
        tx = read_text(item, "tx")
        return "committed" if tx is None else self._transactions.state(tenant, tx)

    def record(self, item: Item) -> Record | None:
        """Return the record of a committed version; None if it is being expunged just now."""
        try:
            record = self._bodies.record(item)
        except (BodyMissing, CallFailed):
            now = self._table.get(item_key(item), ("pk", "void"))
            if now is None or "void" in now:
                return None
            raise
        self.seen.note(record)
        return record
