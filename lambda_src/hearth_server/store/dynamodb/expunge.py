"""Expunge: what a resource said is removed for good; the numbers of its versions stay taken."""

from __future__ import annotations

import random
from collections.abc import Callable

from hearth_server.aws.dynamodb import Item
from hearth_server.store.dynamodb.bodies import Bodies
from hearth_server.store.dynamodb.guards import Guards
from hearth_server.store.dynamodb.items import (
    ItemKey,
    erasures_pk,
    item_key,
    key_attributes,
    number,
    read_number,
    read_text,
    text,
    version_pk,
)
from hearth_server.store.dynamodb.staging import VOID
from hearth_server.store.dynamodb.table import Condition, Refused, Table
from hearth_server.store.dynamodb.transactions import PLACES_PER_MILLISECOND
from hearth_server.store.parallel import each
from hearth_server.store.protocol import Erasure, Key

_ATTRIBUTES = ("pk", "sk", "tx", "void", "claim", "deleted")


class Expunger:
    """Expunges resources."""

    def __init__(
        self, table: Table, bodies: Bodies, guards: Guards, clock: Callable[[], int]
    ) -> None:
        self._table = table
        self._bodies = bodies
        self._guards = guards
        self._clock = clock

    def expunge(self, key: Key, by: str, request: str, through: int | None) -> int:
        """Remove claims, versions and objects; return the number of versions removed.

        What is above the version `through`, or is committed meanwhile, stays; what is above it
        keeps the claims too.

        First of all it is written down. A pending transaction is waited for. The newest version
        goes after the older ones, which would be read in its place; a tombstone goes last of all,
        so that after an interruption the resource is still there to be expunged again.
        """
        found = list(self._table.newest(version_pk(key), _ATTRIBUTES, first=50))
        highest = item_key(found[0]).sk if found else 0
        last = highest if through is None else min(through, highest)
        items = [item for item in found if "void" not in item and item_key(item).sk <= last]
        committed = [
            item for item in items if self._guards.settled(key.tenant, item) == "committed"
        ]
        if committed:
            self._table.put_fresh([_noted(Erasure(key, self._clock(), by, request))])
        for item in committed if last == highest else ():
            self._release(key, item)
        newest = committed[:1]
        tombstone = [item for item in newest if "deleted" in item]
        each(self._void, [item for item in items if item not in newest])
        each(self._void, [item for item in newest if item not in tombstone])
        self._bodies.erase(key, last)
        each(self._void, tombstone)
        return len(committed)

    def erasures(self, tenant: str) -> list[Erasure]:
        """Return every expunge of a tenant that was begun, oldest first."""
        return [_erasure(tenant, item) for item in self._table.range(erasures_pk(tenant), above=-1)]

    def _release(self, key: Key, item: Item) -> None:
        """Empty the claim that a version brought along, if the resource holds it."""
        digest = read_text(item, "claim")
        if digest is None:
            return
        try:
            self._table.update(
                ItemKey(f"{key.tenant}#!claim#{key.type}#{digest}", 0),
                "SET expires = :zero REMOVE holder, was, was_expires",
                Condition("holder = :holder", {":holder": text(key.id), ":zero": {"N": "0"}}),
            )
        except Refused:
            return

    def _void(self, item: Item) -> None:
        self._table.update(
            item_key(item),
            VOID,
            Condition("attribute_exists(pk)", {":void": text("expunged")}, {"#void": "void"}),
        )


def _noted(erasure: Erasure) -> Item:
    """Return the item that keeps an erasure: nobody ever changes it or lets it expire."""
    place = erasure.at * PLACES_PER_MILLISECOND + random.randrange(PLACES_PER_MILLISECOND)  # noqa: S311
    return {
        **key_attributes(ItemKey(erasures_pk(erasure.key.tenant), place)),
        "type": text(erasure.key.type),
        "id": text(erasure.key.id),
        "at": number(erasure.at),
        "by": text(erasure.by),
        "request": text(erasure.request),
    }


def _erasure(tenant: str, item: Item) -> Erasure:
    key = Key(tenant, read_text(item, "type") or "", read_text(item, "id") or "")
    by, request = read_text(item, "by") or "", read_text(item, "request") or ""
    return Erasure(key, read_number(item, "at"), by, request)
