"""Reads records for a job: one that cannot be read stops no other."""

from __future__ import annotations

from collections.abc import Iterable

from hearth_server.search.taking_in import UNREADABLE
from hearth_server.store.protocol import Key, Record, ResourceStore


def newest(
    store: ResourceStore, keys: Iterable[Key]
) -> tuple[dict[Key, Record], dict[Key, Exception]]:
    """Return the newest version of each key that has one, and what cannot be read, and why."""
    from hearth_server.store.dynamodb.bodies import BodyMissing  # it brings the client of S3

    wanted = list(keys)
    try:
        return (store.latest_of(wanted), {}) if wanted else ({}, {})
    except (*UNREADABLE, BodyMissing) as error:
        if len(wanted) == 1:
            return {}, {wanted[0]: error}
    found: dict[Key, Record] = {}
    unreadable: dict[Key, Exception] = {}
    for key in wanted:
        some, others = newest(store, [key])
        found |= some
        unreadable |= others
    return found, unreadable
