"""The function behind the table's stream: makes findable what has been committed.

What is indexed is the newest version of each resource, read from the store: repeats and
reorderings of the stream are harmless, and so is a version that has become old meanwhile.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from hearth_server import deadline
from hearth_server.functions import log, wiring
from hearth_server.search.protocol import NotIndexed
from hearth_server.store.protocol import Key

_MARGIN = 1.0
"""Seconds kept back from the function's time, to report in."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Return the stream records whose resources could not be indexed, by sequence number.

    Raises when the store or the index cannot be reached: the whole batch comes again then.
    """
    started = time.perf_counter()
    with deadline.within(context.get_remaining_time_in_millis() / 1000 - _MARGIN):
        changes, failed = _changes(event["Records"])
        failed |= _index({key for keys in changes.values() for key in keys}, changes)
    log.line(
        "indexed",
        records=len(event["Records"]),
        failed=len(failed),
        ms=round((time.perf_counter() - started) * 1000, 2),
    )
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sorted(failed, key=int)]}


def _changes(records: Iterable[Mapping[str, Any]]) -> tuple[dict[str, list[Key]], set[str]]:
    """Return the keys that each record brings a version of, and the records that say nothing."""
    changes: dict[str, list[Key]] = {}
    failed: set[str] = set()
    for record in records:
        change = record["dynamodb"]
        image = change.get("NewImage")
        if image is None:  # an item has expired: no version ever does
            continue
        try:
            changes[change["SequenceNumber"]] = wiring.store().changed_keys(image)
        except (KeyError, ValueError) as error:
            log.fault("unreadable-record", error)
            failed.add(change["SequenceNumber"])
    return changes, failed


def _index(keys: set[Key], changes: Mapping[str, list[Key]]) -> set[str]:
    """Index the newest version of each key; return the records whose keys failed."""
    newest = wiring.store().latest_of(keys) if keys else {}
    try:
        wiring.search_index().index(list(newest.values()))
    except NotIndexed as error:
        log.fault("not-indexed", error, records=len(error.records))
        failed = {record.key for record in error.records}
        return {number for number, keys in changes.items() if failed.intersection(keys)}
    return set()
