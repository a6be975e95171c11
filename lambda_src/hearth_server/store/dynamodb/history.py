"""Histories: of an instance by its versions, of a type or a tenant by the index `gsi1`.

The index is read shard by shard and merged by time; bodies come from the versions themselves.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice

from hearth_server.aws.dynamodb import Item
from hearth_server.store import cursor
from hearth_server.store.cursor import Place
from hearth_server.store.dynamodb.horizon import Horizons
from hearth_server.store.dynamodb.items import index_pk, read_number, read_place, version_pk
from hearth_server.store.dynamodb.reader import Reader
from hearth_server.store.dynamodb.registry import Registry
from hearth_server.store.dynamodb.table import Table
from hearth_server.store.parallel import each
from hearth_server.store.protocol import HistoryPage, HistoryQuery, Key, Record

_END_OF_TIME = 10**15 - 1
_BODIES_AT_ONCE = 100
_WITHOUT_BODY = ("sk", "lu", "tx", "void")


class Histories:
    """Answers history queries."""

    def __init__(
        self, table: Table, reader: Reader, registry: Registry, horizons: Horizons
    ) -> None:
        self._table = table
        self._reader = reader
        self._registry = registry
        self._horizons = horizons

    def page(self, query: HistoryQuery) -> HistoryPage:
        """Return a page of versions, tombstones included, sorted by time."""
        horizon = self._horizons.of(query.scope.tenant)
        last = None if query.after is None else cursor.decode(query.after)
        if query.scope.id is not None and query.count == 0:
            return HistoryPage([], None, horizon.settled, self._number(query))
        if query.scope.id is None:
            places = self._merged(query, last, horizon.shown)
            records = self._fetched(places, query)
        else:
            records = self._instance(query, last)
        return _page(records, query, horizon.settled)

    def _number(self, query: HistoryQuery) -> int:
        """Return how many versions one resource has; their bodies are left where they are."""
        return sum(1 for _ in self._items(query, None, _WITHOUT_BODY, first=_BODIES_AT_ONCE))

    def _instance(self, query: HistoryQuery, last: Place | None) -> Iterator[Record]:
        """Yield the versions of one resource."""
        for item in self._items(query, last, (), first=query.count + 1):
            record = self._reader.record(item)
            if record is not None:
                yield record

    def _items(
        self, query: HistoryQuery, last: Place | None, attributes: Sequence[str], *, first: int
    ) -> Iterator[Item]:
        """Yield the items of the committed versions of one resource, or parts of them."""
        scope = query.scope
        assert scope.type is not None, "an instance has a type"
        assert scope.id is not None, "an instance has an id"
        pk = version_pk(Key(scope.tenant, scope.type, scope.id))
        if query.oldest_first:
            above = last.version if last else 0
            items = self._table.range(pk, attributes, above=above, first=first)
        else:
            below = last.version if last else None
            items = self._table.newest(pk, attributes, below=below, first=first)
        for item in items:
            moment = read_number(item, "lu")
            early = query.since is not None and moment < query.since
            late = query.before is not None and moment >= query.before
            if late if query.oldest_first else early:
                return
            if not early and not late and self._reader.state(scope.tenant, item) == "committed":
                yield item

    def _merged(
        self, query: HistoryQuery, last: Place | None, shown: int | None
    ) -> Iterator[Place]:
        """Yield the places of committed versions of a type or a tenant."""
        scope = query.scope
        tenant = self._registry.read(scope.tenant)
        known = tenant.types if query.types is None else tenant.types & query.types
        types = [scope.type] if scope.type else sorted(known)
        ends = [end for end in (query.before, shown, _END_OF_TIME) if end is not None]
        low, high = f"{query.since or 0:015d}", f"{min(ends):015d}"
        if last and query.oldest_first:
            low = f"{last.last_updated:015d}#{last.id}"
        elif last:
            high = f"{last.last_updated:015d}#{last.id}#~"
        shards = [
            index_pk(scope.tenant, type_, at) for type_ in types for at in range(tenant.shards)
        ]
        limit = min(query.count + 1, max(5, 2 * query.count // max(1, len(shards)) + 1))
        forward = query.oldest_first
        streams = [
            _Stream(self._table, shard, low, high, limit, forward=forward) for shard in shards
        ]
        each(_Stream.fetch, streams)
        merged = heapq.merge(
            *(self._visible(scope.tenant, stream) for stream in streams), reverse=not forward
        )
        for place in merged:
            if last is None or (place > last if forward else place < last):
                yield place

    def _visible(self, tenant: str, stream: _Stream) -> Iterator[Place]:
        """Yield the places of the committed versions of one shard."""
        for items in stream.pages():
            for item in self._reader.visible((tenant, item) for item in items):
                yield read_place(item)

    def _fetched(self, places: Iterator[Place], query: HistoryQuery) -> Iterator[Record]:
        """Yield the records at `places`, as many as tell whether there are more than a page takes.

        One that was expunged meanwhile is left out, and the next one takes its place.
        """
        missing = query.count + 1
        while part := list(islice(places, min(missing, _BODIES_AT_ONCE))):
            wanted = [
                (Key(query.scope.tenant, place.type, place.id), place.version) for place in part
            ]
            found = self._reader.versions(wanted)
            missing -= len(found)
            yield from (found[pair] for pair in wanted if pair in found)


class _Stream:
    """One shard of the index, read page by page."""

    def __init__(
        self, table: Table, shard: str, low: str, high: str, limit: int, *, forward: bool
    ) -> None:
        self._table = table
        self._shard = shard
        self._low = low
        self._high = high
        self._limit = limit
        self._forward = forward
        self._page: Sequence[Item] = ()
        self._more = True

    def fetch(self) -> None:
        """Read the next page."""
        if self._low > self._high:
            self._page, self._more = (), False
            return
        page, self._more = self._table.index_page(
            self._shard, self._low, self._high, self._limit, forward=self._forward
        )
        if page and self._forward:
            self._low = page[-1]["gsi1sk"]["S"] + "~"
        elif page:
            self._high = page[-1]["gsi1sk"]["S"][:-1]
        self._page = page
        self._limit = 100

    def pages(self) -> Iterator[Sequence[Item]]:
        """Yield pages of items, the one that was fetched first."""
        yield self._page
        while self._more:
            self.fetch()
            yield self._page


def _page(records: Iterator[Record], query: HistoryQuery, horizon: int) -> HistoryPage:
    """Return what of `records` one page takes."""
    page: list[Record] = []
    size = 0
    complete = True
    for record in records:
        size += len(record.body)
        full = query.max_bytes is not None and size > query.max_bytes and page
        if len(page) == query.count or full:
            complete = False
            break
        page.append(record)
    return HistoryPage(
        records=page,
        next=None if complete or not page else cursor.encode(_place(page[-1])),
        horizon=horizon,
        total=len(page) if complete and query.after is None else None,
    )


def _place(record: Record) -> Place:
    key = record.key
    return Place(record.last_updated, key.id, key.type, record.version)
