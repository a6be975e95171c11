"""What is known of a tenant: the types that it has, and into how many shards its history goes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256

from msgspec import Struct

from hearth_server.aws.dynamodb import Item
from hearth_server.store.dynamodb.items import ItemKey, key_attributes, number, text
from hearth_server.store.dynamodb.table import Condition, Refused, Table

SHARDS = 4
"""Shards of a new tenant's types: each takes about 1,000 writes a second."""

_TENANTS_PK = "!tenants"


class Tenant(Struct, frozen=True):
    """What is written down about a tenant."""

    types: frozenset[str]
    shards: int


_UNKNOWN = Tenant(frozenset(), SHARDS)


class Registry:
    """Writes down tenants and their types, and remembers those that it has met."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, Tenant] = {}

    def enrol(self, tenant: str, types: Iterable[str]) -> int:
        """Write down the types before their first record exists; return the number of shards."""
        wanted = frozenset(types)
        known = self._known.get(tenant) or self.read(tenant)
        if not wanted <= known.types:
            known = self._add(tenant, wanted)
        return known.shards

    def read(self, tenant: str) -> Tenant:
        """Return what is written down about a tenant now."""
        item = self._table.get(_types_key(tenant))
        return _UNKNOWN if item is None else self._remember(tenant, item)

    def grow(self, tenant: str, shards: int) -> None:
        """Have what is written from now on go into `shards`; a smaller number changes nothing."""
        fewer = Condition("attribute_not_exists(shards) OR shards < :n", {":n": number(shards)})
        with suppress(Refused):
            self._table.update(_types_key(tenant), "SET shards = :n", fewer)
        self._known.pop(tenant, None)

    def tenants(self) -> list[str]:
        """Return every tenant that has ever had a record."""
        return [item["tenant"]["S"] for item in self._table.range(_TENANTS_PK, above=-1)]

    def _add(self, tenant: str, types: frozenset[str]) -> Tenant:
        if tenant not in self._known:
            place = int.from_bytes(sha256(tenant.encode()).digest()[:15])
            self._table.put_fresh(
                [{**key_attributes(ItemKey(_TENANTS_PK, place)), "tenant": text(tenant)}]
            )
        self._table.update(
            _types_key(tenant),
            "ADD types :t SET shards = if_not_exists(shards, :n)",
            Condition("", {":t": {"SS": sorted(types)}, ":n": number(SHARDS)}),
        )
        return self.read(tenant)

    def _remember(self, tenant: str, item: Item) -> Tenant:
        types = item.get("types", {"SS": []})["SS"]
        found = Tenant(frozenset(types), int(item["shards"]["N"]))
        self._known[tenant] = found
        return found


def _types_key(tenant: str) -> ItemKey:
    return ItemKey(f"{tenant}#!types", 0)
