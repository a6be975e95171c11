"""The function that a schedule calls each hour: clears away what crashed commits have left.

Nothing waits for it. Claims, receipts and the records of aborted transactions are no work of it:
DynamoDB lets them expire. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from hearth_server import deadline
from hearth_server.functions import log, wiring
from hearth_server.store.protocol import Key

_MARGIN = 10.0
"""Seconds kept back from the function's time, to report in."""

_INDEXED_AT_ONCE = 500


def handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Return how much was found and cleared away.

    Raises when the store cannot be reached: the next hour's call, or Lambda's own repetition of
    this one, begins again.
    """
    started = time.perf_counter()
    with deadline.within(context.get_remaining_time_in_millis() / 1000 - _MARGIN):
        store = wiring.store()
        swept = store.sweep()
        late = list(dict.fromkeys(key for key, _ in swept.committed))
        for at in range(0, len(late), _INDEXED_AT_ONCE):
            _index(late[at : at + _INDEXED_AT_ONCE])
        found = {
            "pending": swept.pending,
            "aborted": swept.aborted,
            "stubs": swept.stubs,
            "indexed": len(late),
            "orphans": store.sweep_orphans(),
        }
    log.line("swept", **found, ms=round((time.perf_counter() - started) * 1000, 2))
    return found


def _index(keys: list[Key]) -> None:
    """Make findable what was committed by a process that did not come to it.

    The stream of the table brings the same to the indexer, so a failure is logged and no more.
    """
    try:
        newest = wiring.store().latest_of(keys)
        wiring.search_index().index(list(newest.values()))
    except Exception as error:  # noqa: BLE001 - what else there is to sweep does not wait for it
        log.fault("index-late", error, records=len(keys))
