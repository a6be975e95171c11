"""Bodies of records: in the item as long as they fit, else as an object in S3.

An object is written before the item that names it, under a name of its own, and never changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from msgspec import Struct

from hearth_server.aws.dynamodb import Item
from hearth_server.aws.errors import CallFailed, Unanswered
from hearth_server.aws.s3 import Bucket
from hearth_server.store import body
from hearth_server.store.dynamodb.items import (
    INLINE_BYTES,
    new_id,
    read_binary,
    read_record,
    read_text,
    version_pk,
)
from hearth_server.store.parallel import each
from hearth_server.store.protocol import Key, Record


class BodyMissing(Exception):
    """An item names an object that is not there."""


class Stored(Struct, frozen=True):
    """A body as it will stand in an item: its bytes, or the name of the object that has them."""

    inline: bytes
    ref: str | None = None


class Bodies:
    """Stores bodies and fetches them."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def store(self, records: Iterable[Record]) -> list[Stored]:
        """Return the bodies as their items keep them; the objects that they need are written."""
        stored = []
        objects: list[tuple[str, bytes]] = []
        for record in records:
            owner = _owner(version_pk(record.key), record.version)
            encoded = b"" if record.deleted else body.encode(record.body, owner)
            if len(encoded) <= INLINE_BYTES:
                stored.append(Stored(encoded))
            else:
                ref = f"{prefix(record.key)}{record.version}/{new_id()}"
                objects.append((ref, encoded))
                stored.append(Stored(b"", ref))
        each(lambda object_: self._bucket.put(*object_), objects)
        return stored

    def record(self, item: Item) -> Record:
        """Return the record of a version's item. Raises BodyMissing."""
        if "deleted" in item:
            return read_record(item, b"")
        ref = read_text(item, "body_ref")
        encoded = read_binary(item, "body") if ref is None else self._bucket.get(ref)
        if encoded is None:
            raise BodyMissing("the body of a record is not where the record says")
        return read_record(item, body.decode(encoded, _owner(item["pk"]["S"], item["sk"]["N"])))

    def discard(self, refs: Iterable[str]) -> None:
        """Delete objects that no item names; those that cannot be are left to the sweep."""
        with suppress(CallFailed, Unanswered):
            each(self._bucket.delete, refs)

    def erase(self, key: Key, through: int) -> None:
        """Delete every object of a resource's versions up to one, for good.

        An object of a later version may be that of a write which is just being made.
        """
        named = prefix(key)
        found = [
            version
            for version in self._bucket.versions(named)
            if _number(version.key.removeprefix(named)) <= through
        ]
        each(lambda version: self._bucket.delete(version.key, version.version), found)


def _owner(pk: str, version: int | str) -> str:
    """Return what a body is bound to: one version of one resource."""
    return f"{pk}#{version}"


def _number(name: str) -> float:
    """Return which version an object is of; infinity for one that is no body."""
    digits = name.partition("/")[0]
    return int(digits) if digits.isdigit() else float("inf")


def prefix(key: Key) -> str:
    """Return what the names of a resource's objects begin with."""
    return f"{key.tenant}/{key.type}/{key.id}/"
