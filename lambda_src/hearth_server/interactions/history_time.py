"""`_at`: the versions that were current at some moment of a time.

Those are the versions that were made within it, and of each resource the last one before it.
https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Sequence

from hearth_server.interactions.history_page import Asked
from hearth_server.services import Services
from hearth_server.store.parallel import each
from hearth_server.store.protocol import HistoryPage, HistoryQuery, Key, Record, Scope

_LOOKS = 10
"""How many pages of the store are looked through for one page: it may end early, and with few
versions, but never late."""


def page_at(services: Services, asked: Asked, start: int) -> HistoryPage:
    """Return a page of the versions that were current at `start` or made after it."""
    if asked.scope.id is not None:
        return _of_one(services, asked, start)
    kept: list[Record] = []
    horizon: int | None = None
    after, left = asked.after, asked.max_bytes
    for _ in range(_LOOKS):
        page = services.store.history(asked.going_on(asked.count - len(kept), after, left).query())
        found = _current(services, page.records, start)
        horizon = page.horizon if horizon is None else horizon
        kept += found
        after = page.next
        left = None if left is None else left - sum(len(record.body) for record in found)
        if after is None or len(kept) == asked.count or (left is not None and left <= 0):
            break
    assert horizon is not None, "one page at least has been read"
    return HistoryPage(kept, after, horizon)


def _of_one(services: Services, asked: Asked, start: int) -> HistoryPage:
    """Return a page of one resource: nothing is looked at beyond the last version before."""
    page = services.store.history(asked.query())
    before = [place for place, one in enumerate(page.records) if one.last_updated < start]
    if not before:
        return HistoryPage(page.records, page.next, page.horizon)
    return HistoryPage(page.records[: before[0] + 1], None, page.horizon)


def _current(services: Services, records: Sequence[Record], start: int) -> list[Record]:
    """Return those of `records` that were made from `start` on, or were current then."""
    older = {record.key: record for record in reversed(records) if record.last_updated < start}

    def last_before(key: Key) -> Record | None:
        scope = Scope(key.tenant, key.type, key.id)
        found = services.store.history(HistoryQuery(scope, 1, before=start)).records
        return found[0] if found else None

    last = {one.key: one.version for one in each(last_before, older) if one is not None}
    return [
        record
        for record in records
        if record.last_updated >= start or last.get(record.key) == record.version
    ]
