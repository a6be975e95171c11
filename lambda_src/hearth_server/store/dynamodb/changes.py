"""What an item of the table's stream says has changed: the resources that have a new version.

A staged version is there only once its transaction's record has flipped, so the flip is what
tells of it, and the version's own item is passed over.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

from collections.abc import Callable

from hearth_server.aws.dynamodb import Item
from hearth_server.store.dynamodb.items import parse_version_pk, read_binary, read_number, read_text
from hearth_server.store.dynamodb.transactions import unpack_keys
from hearth_server.store.protocol import Key

PlannedKeys = Callable[[str, str], "list[tuple[Key, int]] | None"]
"""Returns the versions that a transaction planned, by its tenant and id."""


def changed_keys(image: Item, planned: PlannedKeys) -> list[Key]:
    """Return the resources that an item, as it is now, brings a committed version of.

    A resource that is expunged is among them, though the store has no version of it any more.
    Raises KeyError and ValueError for an item that does not say what it should.
    """
    pk = image["pk"]["S"]
    key = parse_version_pk(pk)
    if key is not None:
        void = read_text(image, "void")
        there = "tx" not in image if void is None else void == "expunged"
        return [key] if there else []
    tenant, _, rest = pk.partition("#")
    kind, _, tx = rest.partition("#")
    if kind != "!tx" or read_text(image, "state") != "committed":
        return []
    versions: list[tuple[Key, int]] | None
    if read_number(image, "parts") == 1:
        versions = unpack_keys(tenant, [read_binary(image, "keys") or b""])
    else:
        versions = planned(tenant, tx)
        if versions is None:
            raise ValueError("the list of what a transaction has committed is not whole")
    return [key for key, _ in versions]
