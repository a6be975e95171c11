"""A walk over everything that a table holds, by the index `gsi1`: keys and versions, no bodies.

The index is eventually consistent: what was committed within the last seconds may be missing.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from hearth_server.aws.dynamodb import Item
from hearth_server.store.dynamodb.items import index_pk, read_place
from hearth_server.store.dynamodb.reader import Reader
from hearth_server.store.dynamodb.registry import Registry
from hearth_server.store.dynamodb.table import Table
from hearth_server.store.protocol import Key

_END = "~"
"""Sorts behind every place in a shard."""


class Stretch(Struct, frozen=True):
    """A part of a walk."""

    versions: tuple[tuple[Key, int], ...]
    """Committed versions, oldest first within a shard; a resource may come many times."""
    next: str | None
    """Where to go on; None at the end."""
    done: int
    """Shards that are behind."""
    shards: int


class Walk:
    """Goes through the shards of all types, one after the other."""

    def __init__(
        self,
        table: Table,
        reader: Reader,
        registry: Registry,
        types: Collection[str] | None,
        since: int,
    ) -> None:
        """Take the types, None for all, and the milliseconds since 1970 to begin at."""
        self._table = table
        self._reader = reader
        self._since = since
        self._shards = sorted(
            index_pk(tenant, type_, shard)
            for tenant in registry.tenants()
            for known in (registry.read(tenant),)
            for type_ in known.types
            if types is None or type_ in types
            for shard in range(known.shards)
        )

    def after(self, place: str | None, limit: int) -> Stretch:
        """Return the versions beyond `place`, `limit` at most; fewer are not the end."""
        shard, _, low = (place or "").partition("\n")
        behind = sum(each < shard for each in self._shards)
        if behind == len(self._shards):
            return Stretch((), None, behind, behind)
        if self._shards[behind] != shard:
            shard, low = self._shards[behind], f"{self._since:015d}"
        items, more = self._table.index_page(shard, low, _END, limit, forward=True)
        if more:
            return self._stretch(items, f"{shard}\n{items[-1]['gsi1sk']['S']}{_END}", behind)
        behind += 1
        following = f"{self._shards[behind]}\n" if behind < len(self._shards) else None
        if following is not None:
            following += f"{self._since:015d}"
        return self._stretch(items, following, behind)

    def _stretch(self, items: list[Item], following: str | None, behind: int) -> Stretch:
        versions: list[tuple[Key, int]] = []
        tenant = items[0]["gsi1pk"]["S"].partition("#")[0] if items else ""
        for item in self._reader.visible((tenant, item) for item in items):
            place = read_place(item)
            versions.append((Key(tenant, place.type, place.id), place.version))
        return Stretch(tuple(versions), following, behind, len(self._shards))
