"""Notes: how far a long piece of work has come, kept in the table so that it survives a crash.

A note is changed only by whoever has read its last revision, so that two never work at once.
"""

from __future__ import annotations

from msgspec import Struct

from hearth_server.store.dynamodb.items import (
    ItemKey,
    binary,
    key_attributes,
    number,
    read_binary,
    read_number,
)
from hearth_server.store.dynamodb.table import Condition, Put, Refused, Table

NOTE_PREFIX = "!job#"
"""What the keys of notes begin with: a function that keeps some may write nothing else."""


class Note(Struct, frozen=True):
    """What was noted, and in which revision; 0 where nothing has been."""

    content: bytes
    revision: int


class Overtaken(Exception):
    """Somebody else has changed the note since it was read."""


class Notes:
    """Reads and writes notes."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, name: str) -> Note:
        """Return what is noted under a name."""
        item = self._table.get(_key(name))
        if item is None:
            return Note(b"", 0)
        return Note(read_binary(item, "content") or b"", read_number(item, "revision"))

    def write(self, name: str, content: bytes, revision: int) -> int:
        """Replace the note of `revision`; return the new one. Raises Overtaken."""
        item = {
            **key_attributes(_key(name)),
            "content": binary(content),
            "revision": number(revision + 1),
        }
        unchanged = Condition("revision = :r", {":r": number(revision)})
        if revision == 0:
            unchanged = Condition("attribute_not_exists(pk)")
        try:
            self._table.put(Put(item, unchanged))
        except Refused as refused:
            written = refused.old is not None and read_number(refused.old, "revision")
            if written == revision + 1 and refused.old["content"] == item["content"]:  # type: ignore[index]
                return revision + 1  # the answer to a first attempt was lost
            raise Overtaken from None
        return revision + 1


def _key(name: str) -> ItemKey:
    return ItemKey(f"{NOTE_PREFIX}{name}", 0)
