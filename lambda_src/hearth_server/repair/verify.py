"""Verify: compares the index with the store, both ways, and names what differs.

Whoever writes meanwhile makes the two differ for a moment, so each difference is looked at again,
with consistent reads, before it counts.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from hearth_server.repair.job import Report
from hearth_server.repair.reading import newest
from hearth_server.repair.walking import WalkableStore
from hearth_server.search.engines.protocol import RepairableEngine
from hearth_server.store.protocol import SINGLE_TENANT, Key

PAGE = 500
"""Resources that one step looks at."""

NAMED = 1000
"""How many differences are looked at again and named; beyond them there is much to repair."""

UNREADABLE = -1
"""The version of a resource that the store has and that cannot be read."""

PATIENCE_MILLISECONDS = 15_000
"""How long an index may lag behind before it counts as different."""


class _State(Struct):
    phase: str = "reading the store"
    place: str | None = None
    after: Key | None = None
    done: int = 0
    of: int = 0
    indexed: dict[str, int] = {}
    """Resources of the index, tombstones included, by type."""
    doubts: dict[str, Key] = {}
    more: int = 0
    """Doubts beyond those that are looked at again."""
    doubted: int = 0
    """When the last page was read, in milliseconds since 1970."""
    differences: list[tuple[Key, int, int]] = []
    """What differs, its version in the store and in the index; 0 where it is not."""


class Verify:
    """Compares the index that is read with the store."""

    def __init__(
        self,
        state: bytes,
        store: WalkableStore,
        engine: RepairableEngine,
        clock: Callable[[], int],
    ) -> None:
        """Take the state of the last step, none to begin."""
        self._state = msgspec.msgpack.decode(state, type=_State) if state else _State()
        self._store = store
        self._engine = engine
        self._clock = clock

    def step(self) -> None:
        """Do one step of the phase that the job is in."""
        steps: dict[str, Callable[[], None]] = {
            "reading the store": self._read_store,
            "reading the index": self._read_index,
            "looking again": self._look_again,
        }
        steps[self._state.phase]()

    def report(self) -> Report:
        """Return how far it has come; once it is finished, what differs."""
        state = self._state
        finished = state.phase == "finished"
        counts = {"inIndex": sum(state.indexed.values()), "doubtful": len(state.doubts)}
        if finished:
            counts["inStore"] = sum(_in_store(state).values())
            counts["differences"] = len(state.differences) + state.more
        return Report(
            state.phase,
            state.done,
            state.of,
            counts,
            finished=finished,
            details=tuple(_details(state)) if finished else (),
        )

    def state(self) -> bytes:
        """Return what the next slice needs."""
        return msgspec.msgpack.encode(self._state)

    def _read_store(self) -> None:
        """Look for what the index lacks, or has in an older version."""
        state = self._state
        stretch = self._store.walk(None).after(state.place, PAGE)
        versions: dict[Key, int] = {}
        for key, version in stretch.versions:
            versions[key] = max(version, versions.get(key, 0))
        known = self._engine.versions(versions)
        self._doubt(key for key, version in versions.items() if known.get(key, 0) < version)
        state.place, state.done, state.of = stretch.next, stretch.done, stretch.shards
        if stretch.next is None:
            state.phase = "reading the index"

    def _read_index(self) -> None:
        """Look for what the store has never held, or does not hold any more."""
        state = self._state
        page = self._engine.scan(state.after, PAGE)
        standing = self._store.standing((each.key, each.version) for each in page)
        self._doubt(each.key for each in page if (each.key, each.version) not in standing)
        for type, number in Counter(each.key.type for each in page).items():
            state.indexed[type] = state.indexed.get(type, 0) + number
        if len(page) < PAGE:
            state.phase = "looking again"
            state.doubted = self._clock()
        else:
            state.after = page[-1].key

    def _doubt(self, keys: Iterable[Key]) -> None:
        state = self._state
        for key in keys:
            name = _name(key)
            if len(state.doubts) < NAMED:
                state.doubts[name] = key
            elif name not in state.doubts:
                state.more += 1

    def _look_again(self) -> None:
        """Name what differs still once the index has had its time."""
        state = self._state
        if not state.doubts:
            state.phase = "finished"
            return
        differences = list(self._differing())
        if differences and self._clock() - state.doubted < PATIENCE_MILLISECONDS:
            time.sleep(1)
            return
        state.differences = differences
        state.phase = "finished"

    def _differing(self) -> Iterable[tuple[Key, int, int]]:
        keys = sorted(self._state.doubts.values())
        known = self._engine.versions(keys)
        stored, unreadable = newest(self._store, keys)
        standing = self._store.standing(known.items())
        for key in keys:
            indexed = known.get(key, 0)
            if key in unreadable:
                yield key, UNREADABLE, indexed
                continue
            record = stored.get(key)
            version = 0 if record is None else record.version
            expunged = record is None and (key, indexed) in standing
            if version != indexed and not expunged:
                yield key, version, indexed


def _in_store(state: _State) -> dict[str, int]:
    """Return how many resources the store has by type: the index's, and what differs."""
    counts = Counter(state.indexed)
    for key, version, indexed in state.differences:
        counts[key.type] += (version != 0) - (indexed != 0)
    return dict(counts)


def _details(state: _State) -> Iterable[dict[str, Any]]:
    kept, indexed_of = _in_store(state), state.indexed
    for type in sorted({*kept, *indexed_of}):
        yield {"type": type, "inStore": kept.get(type, 0), "inIndex": indexed_of.get(type, 0)}
    for key, version, indexed in state.differences:
        stored = "unreadable" if version == UNREADABLE else version or None
        yield {"resource": _name(key), "store": stored, "index": indexed or None}


def _name(key: Key) -> str:
    """Return what names a resource to people."""
    tenant = "" if key.tenant == SINGLE_TENANT else f"{key.tenant}/"
    return f"{tenant}{key.type}/{key.id}"
