"""Expunge: what a resource said is removed for good; the numbers of its versions stay taken."""

from __future__ import annotations

from hearth_server.aws.dynamodb import Item
from hearth_server.store.dynamodb.bodies import Bodies
from hearth_server.store.dynamodb.guards import Guards
from hearth_server.store.dynamodb.items import ItemKey, item_key, read_text, text, version_pk
from hearth_server.store.dynamodb.staging import VOID
from hearth_server.store.dynamodb.table import Condition, Refused, Table
from hearth_server.store.parallel import each
from hearth_server.store.protocol import Key

_ATTRIBUTES = ("pk", "sk", "tx", "void", "claim")


class Expunger:
    """Expunges resources."""

    def __init__(self, table: Table, bodies: Bodies, guards: Guards) -> None:
        self._table = table
        self._bodies = bodies
        self._guards = guards

    def expunge(self, key: Key) -> int:
        """Remove claims, then versions, then objects; return the number of versions removed.

        It can be repeated after an interruption. A pending transaction is waited for.
        """
        items = [
            item
            for item in self._table.newest(version_pk(key), _ATTRIBUTES, first=50)
            if "void" not in item
        ]
        committed = [
            item for item in items if self._guards.settled(key.tenant, item) == "committed"
        ]
        for item in committed:
            self._release(key, item)
        each(self._void, items)
        self._bodies.erase(key)
        return len(committed)

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
