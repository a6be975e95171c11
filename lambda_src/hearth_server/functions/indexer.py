"""The function behind the table's stream: makes findable what has been committed.

What is indexed is the newest version of each resource, read from the store: repeats and
reorderings of the stream are harmless, and so is a version that has become old meanwhile.
A record that can never be indexed is put into the bucket of failed records, whole, and holds up
nothing. While the store or the engine is away, the batch waits, and comes again.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hearth_server import deadline
from hearth_server.aws.errors import CallFailed, Unanswered
from hearth_server.errors import ServiceError
from hearth_server.functions import log, metrics, set_aside, wiring
from hearth_server.search.protocol import NotIndexed
from hearth_server.store.protocol import Key

StreamRecord = Mapping[str, Any]

_MARGIN = 5.0
"""Seconds kept back from the function's time, to set records aside and to report in."""

_PAUSES = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts while the engine is away; the last one again and again."""

AWAY = (ServiceError, Unanswered, CallFailed)
"""Raised when it is not for the record that indexing fails."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Return the stream records that were neither indexed nor set aside, by sequence number.

    Raises Unavailable when the store or the index could not be reached until the function's time
    was nearly up: the whole batch comes again then.
    """
    started = time.perf_counter()
    records: Sequence[StreamRecord] = event["Records"]
    with deadline.within(context.get_remaining_time_in_millis() / 1000 - _MARGIN):
        failed = _once_reachable(records)
    kept = _set_aside(record for record in records if _number(record) in failed)
    metrics.line(
        "indexed",
        {"IndexLagSeconds": ("Seconds", _lag(records)), "FailedRecords": ("Count", len(failed))},
        records=len(records),
        ms=round((time.perf_counter() - started) * 1000, 2),
    )
    left = failed - kept
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sorted(left, key=int)]}


def index(records: Sequence[StreamRecord]) -> set[str]:
    """Index what records bring; return the sequence numbers of those that never can be.

    Raises ServiceError, Unanswered or CallFailed when the store or the index cannot be reached,
    or takes nothing from us.
    """
    try:
        return _index(records)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a record makes us do
        if len(records) == 1:
            log.fault("not-indexed", error)
            return {_number(records[0])}
    return {number for record in records for number in index([record])}


def _index(records: Sequence[StreamRecord]) -> set[str]:
    changes, failed = _changes(records)
    keys = {key for each in changes.values() for key in each}
    newest = wiring.store().latest_of(keys) if keys else {}
    try:
        wiring.search_index().index(list(newest.values()))
    except NotIndexed as error:
        log.fault("not-indexed", error, records=len(error.records))
        lost = {record.key for record in error.records}
        failed |= {number for number, keys in changes.items() if lost.intersection(keys)}
    return failed


def _changes(records: Iterable[StreamRecord]) -> tuple[dict[str, list[Key]], set[str]]:
    """Return the keys that each record brings a version of, and the records that say nothing."""
    changes: dict[str, list[Key]] = {}
    failed: set[str] = set()
    for record in records:
        image = record["dynamodb"].get("NewImage")
        if image is None:  # an item has expired: no version ever does
            continue
        try:
            changes[_number(record)] = wiring.store().changed_keys(image)
        except (KeyError, ValueError) as error:
            log.fault("unreadable-record", error)
            failed.add(_number(record))
    return changes, failed


def _once_reachable(records: Sequence[StreamRecord]) -> set[str]:
    """Index as soon as the store and the engine are there. Raises Unavailable, Unanswered."""
    attempt = 0
    while True:
        try:
            return index(records)
        except AWAY as error:
            pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
            if deadline.remaining() < pause + 1:
                log.fault("away", error, records=len(records))
                raise
            time.sleep(pause)
            attempt += 1


def _set_aside(records: Iterable[StreamRecord]) -> set[str]:
    """Put records into the bucket of failed ones; return the numbers of those that are there."""
    kept: set[str] = set()
    for record in records:
        try:
            set_aside.put(record)
        except Exception as error:  # noqa: BLE001 - the stream brings it again
            log.fault("not-set-aside", error)
        else:
            kept.add(_number(record))
    return kept


def _number(record: StreamRecord) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _lag(records: Sequence[StreamRecord]) -> float:
    """Return the seconds since the oldest of the records was written."""
    written = (record["dynamodb"].get("ApproximateCreationDateTime") for record in records)
    oldest = min((float(moment) for moment in written if moment is not None), default=None)
    return 0.0 if oldest is None else round(max(0.0, time.time() - oldest), 3)
