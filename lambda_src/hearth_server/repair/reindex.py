"""Reindex: builds a new generation of the index while the old one is read and both are written.

Every writer of the index writes into the new generation from its beginning. What was committed
before is in the store, from which it is filled; versions decide who wins. So whatever the order,
nothing is missing when searches turn to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
from msgspec import Struct

from hearth_server.fhir.definitions import resource_types
from hearth_server.repair.failures import Failures
from hearth_server.repair.job import Report
from hearth_server.repair.reading import newest
from hearth_server.repair.walking import WalkableStore
from hearth_server.search.engines.protocol import LEARNT_SECONDS, Document, RepairableEngine
from hearth_server.search.parameters import names
from hearth_server.search.taking_in import take_in
from hearth_server.store.protocol import Key

PAGE = 250
"""Versions that one step looks at."""

LATE_MILLISECONDS = 600_000
"""How far the store's list may lag: so much of it is walked again at the end."""


class _State(Struct):
    parameters: tuple[str, ...] = ()
    phase: str = "begin"
    place: str | None = None
    began: int = 0
    """Milliseconds since 1970."""
    turned: int = 0
    """When searches turned to the new generation."""
    done: int = 0
    of: int = 0
    indexed: int = 0
    failures: Failures = msgspec.field(default_factory=Failures)
    """Type/id and kind of error of what could not be indexed."""


class Reindex:
    """Builds the index anew; with `parameters`, only mends what resources that have them say."""

    def __init__(
        self,
        state: bytes,
        parameters: Collection[str],
        store: WalkableStore,
        engine: RepairableEngine,
        clock: Callable[[], int],
    ) -> None:
        """Take the state of the last step, none to begin. Raises LookupError and ValueError.

        LookupError is for a parameter that no type has, ValueError for parameters other than those
        of the job that is under way.
        """
        wanted = tuple(sorted(parameters))
        self._state = msgspec.msgpack.decode(state, type=_State) if state else _State(wanted)
        if self._state.parameters != wanted:
            raise ValueError(", ".join(self._state.parameters))
        self._types = _types_of(wanted) if wanted else None
        self._store = store
        self._engine = engine
        self._clock = clock

    def step(self) -> None:
        """Do one step of the phase that the job is in."""
        steps: dict[str, Callable[[], None]] = {
            "begin": self._begin,
            "filling": lambda: self._walk(self._fill, "catching up"),
            "catching up": lambda: self._walk(self._fill, "turning"),
            "turning": self._turn,
            "settling": self._settle,
            "mending": lambda: self._walk(self._mend, "finished"),
        }
        steps[self._state.phase]()

    def report(self) -> Report:
        """Return how far it has come."""
        state = self._state
        finished = state.phase == "finished"
        return Report(
            state.phase,
            state.done,
            state.of,
            {"indexed": state.indexed, "failed": state.failures.number},
            finished=finished,
            details=tuple(state.failures.details("resource")) if finished else (),
        )

    def state(self) -> bytes:
        """Return what the next slice needs."""
        return msgspec.msgpack.encode(self._state)

    def _begin(self) -> None:
        state = self._state
        state.began = self._clock()
        if self._types is None:
            self._engine.begin()
            state.phase = "filling"
        else:
            state.phase = "mending"

    def _walk(self, take: Callable[[Mapping[Key, int]], None], then: str) -> None:
        state = self._state
        since = state.began - LATE_MILLISECONDS if state.phase == "catching up" else 0
        stretch = self._store.walk(self._types, max(0, since)).after(state.place, PAGE)
        versions: dict[Key, int] = {}
        for key, version in stretch.versions:
            versions[key] = max(version, versions.get(key, 0))
        take(versions)
        state.place, state.done, state.of = stretch.next, stretch.done, stretch.shards
        if stretch.next is None:
            state.phase = then

    def _fill(self, versions: Mapping[Key, int]) -> None:
        known = self._engine.built_versions(versions)
        self._take(
            [key for key, version in versions.items() if known.get(key, 0) < version],
            self._engine.fill,
        )

    def _mend(self, versions: Mapping[Key, int]) -> None:
        self._take(list(versions), self._engine.rewrite)

    def _take(self, keys: Sequence[Key], write: Callable[[Sequence[Document]], None]) -> None:
        state = self._state
        found, failed = newest(self._store, keys)
        unindexed = take_in(list(found.values()), write)
        failed |= {record.key: error for record, error in unindexed.items()}
        state.indexed += len(found) - len(unindexed)
        for key, error in failed.items():
            state.failures.add(f"{key.type}/{key.id}", type(error).__name__)

    def _turn(self) -> None:
        self._engine.swap()
        self._state.turned = self._clock()
        self._state.phase = "settling"

    def _settle(self) -> None:
        """Remove the old generation once nobody can be reading it any more."""
        if self._clock() - self._state.turned < LEARNT_SECONDS * 2 * 1000:
            time.sleep(1)
            return
        self._engine.discard()
        self._state.phase = "finished"


def _types_of(parameters: Collection[str]) -> frozenset[str]:
    """Return the types that have one of the parameters. Raises LookupError."""
    by_type = {type: set(names(type)) for type in resource_types()}
    for parameter in parameters:
        if not any(parameter in known for known in by_type.values()):
            raise LookupError(parameter)
    return frozenset(type for type, known in by_type.items() if not known.isdisjoint(parameters))
