"""One item of a commit, before it is written."""

from __future__ import annotations

from msgspec import Struct, structs

from hearth_server.aws.dynamodb import Item
from hearth_server.store.dynamodb.guards import Guard
from hearth_server.store.dynamodb.items import text
from hearth_server.store.dynamodb.table import Put
from hearth_server.store.protocol import Record


class Entry(Struct, frozen=True):
    """A put, and what it is for: a record or a guard."""

    put: Put
    wid: str
    record: Record | None = None
    guard: Guard | None = None
    fresh: bool = False
    """Whether nobody else can know the record's id."""
    ref: str | None = None
    """The object that holds the record's body, if it is not in the item."""

    def staged(self, tx: str, place: int) -> Entry:
        """Return the entry as a part of the staged commit `tx`."""
        wid = f"{tx}.{place}"
        item: Item = {**self.put.item, "wid": text(wid), "tx": text(tx)}
        return structs.replace(self, wid=wid, put=Put(item, self.put.condition))
