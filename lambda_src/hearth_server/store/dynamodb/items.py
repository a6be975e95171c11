"""What the items of the table `resources` look like, and back.

| item | pk | sk |
|---|---|---|
| a version | `<tenant>#<Type>#<id>` | its number |
| a transaction record | `<tenant>#!tx#<tx>` | 0; further parts of its key list from 1 |
| the transactions of a tenant | `<tenant>#!pending` | when each began |
| a claim | `<tenant>#!claim#<Type>#<digest>` | 0 |
| a receipt | `<tenant>#!receipt#<digest>` | 0 |
| a part of a large answer | `<tenant>#!answer#<random>` | from 0 |
| a tenant's types and shards | `<tenant>#!types` | 0 |
| an expunge of a tenant | `<tenant>#!expunged` | when it began |
| the tenants | `!tenants` | a digest of each |
| a secret | `!secret#<name>` | 0 |
| a note of a job | `!job#<name>` | 0 |

No tenant, type or id holds a `#` or a `!`.
"""

from __future__ import annotations

import base64
import secrets
import zlib
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any, NamedTuple, cast

from hearth_server.aws.dynamodb import Item
from hearth_server.store.cursor import Place
from hearth_server.store.protocol import Claim, Key, Method, Record

INLINE_BYTES = 380_000
"""The longest encoded body that an item of at most 400 KB surely holds."""


class ItemKey(NamedTuple):
    """A primary key of the table."""

    pk: str
    sk: int


def text(value: str) -> dict[str, str]:
    """Return a string attribute."""
    return {"S": value}


def number(value: int) -> dict[str, str]:
    """Return a number attribute."""
    return {"N": str(value)}


def binary(value: bytes) -> dict[str, str]:
    """Return a binary attribute."""
    return {"B": b64encode(value).decode()}


def read_text(item: Item, name: str) -> str | None:
    """Return a string attribute; None if the item has none of the name."""
    found = item.get(name)
    return None if found is None else cast(str, found["S"])


def read_number(item: Item, name: str) -> int:
    """Return a number attribute; 0 if the item has none of the name."""
    found = item.get(name)
    return 0 if found is None else int(found["N"])


def read_binary(item: Item, name: str) -> bytes | None:
    """Return a binary attribute; None if the item has none of the name."""
    found = item.get(name)
    return None if found is None else b64decode(found["B"])


def new_id() -> str:
    """Return 16 random characters."""
    return secrets.token_urlsafe(12)


def item_key(item: Item) -> ItemKey:
    """Return the primary key of an item."""
    return ItemKey(item["pk"]["S"], int(item["sk"]["N"]))


def key_attributes(key: ItemKey) -> Item:
    """Return a primary key as attributes."""
    return {"pk": text(key.pk), "sk": number(key.sk)}


def version_pk(key: Key) -> str:
    """Return where the versions of a resource are."""
    return f"{key.tenant}#{key.type}#{key.id}"


def parse_version_pk(pk: str) -> Key | None:
    """Return the resource of a version's item; None for another kind of item."""
    parts = pk.split("#")
    return None if len(parts) != 3 or parts[1].startswith("!") else Key(*parts)


def transaction_pk(tenant: str, tx: str) -> str:
    """Return where the record of a transaction is."""
    return f"{tenant}#!tx#{tx}"


def pending_pk(tenant: str) -> str:
    """Return where a tenant's transactions are listed."""
    return f"{tenant}#!pending"


def erasures_pk(tenant: str) -> str:
    """Return where a tenant's expunges are listed."""
    return f"{tenant}#!expunged"


def claim_pk(claim: Claim) -> str:
    """Return where a claim is."""
    return f"{claim.tenant}#!claim#{claim.type}#{digest(claim.criteria)}"


def receipt_pk(tenant: str, key: str) -> str:
    """Return where the answer of an Idempotency-Key is."""
    return f"{tenant}#!receipt#{digest(key)}"


def digest(value: str) -> str:
    """Return 32 characters that stand for any text."""
    return base64.urlsafe_b64encode(sha256(value.encode()).digest()[:24]).decode()


def version_item(record: Record, wid: str, shards: int, stored: bytes, ref: str | None) -> Item:
    """Return the item of a version; `stored` is its body, or `ref` the object that holds it."""
    key = record.key
    item: Item = {
        "pk": text(version_pk(key)),
        "sk": number(record.version),
        "wid": text(wid),
        "lu": number(record.last_updated),
        "method": text(record.method),
        "gsi1pk": text(index_pk(key.tenant, key.type, shard(key, shards))),
        "gsi1sk": text(f"{record.last_updated:015d}#{key.id}#{record.version}"),
    }
    if record.deleted:
        item["deleted"] = {"BOOL": True}
    elif ref is not None:
        item["body_ref"] = text(ref)
    else:
        item["body"] = binary(stored)
    return item


def read_record(item: Item, body: bytes) -> Record:
    """Return the record of a version's item, given its decoded body."""
    key = parse_version_pk(item["pk"]["S"])
    assert key is not None, "only versions are read as records"
    return Record(
        key,
        int(item["sk"]["N"]),
        read_number(item, "lu"),
        cast(Method, item["method"]["S"]),
        body,
    )


def index_pk(tenant: str, type_: str, number_of_shard: int) -> str:
    """Return a shard of the history index."""
    return f"{tenant}#{type_}#{number_of_shard}"


def shard(key: Key, shards: int) -> int:
    """Return which shard a resource's history is in."""
    return zlib.crc32(version_pk(key).encode()) % shards


def read_place(index_item: Item) -> Place:
    """Return the place in history of an item of the index."""
    moment, id_, version = index_item["gsi1sk"]["S"].split("#")
    return Place(int(moment), id_, index_item["gsi1pk"]["S"].split("#")[1], int(version))


def size(item: Item) -> int:
    """Return how many bytes DynamoDB counts for an item: names and values, without base64.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    written = str(content)
    match kind:
        case "S":
            return len(written.encode())
        case "B":
            return len(written) * 3 // 4 - written.count("=", -2)
        case "N":
            return (len(written) + 1) // 2 + 1
    return 1
