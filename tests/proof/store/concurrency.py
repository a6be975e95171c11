"""Many clients at once on a few resources; what each did and saw is recorded and checked."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hearth_server import deadline
from hearth_server.errors import Unavailable
from hearth_server.fhir import json
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.protocol import Key, ResourceStore, StaleBase

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client
from tests.hearth_server.store.writing import put
from tests.proof.store.linearizability import FOREVER, Operation, is_linearizable
from tests.proof.store.trial import Place, transactions_of


@dataclass(frozen=True)
class Read:
    """A read of one resource; its answer is the version and the value, (0, 0) for none."""

    place: int


@dataclass(frozen=True)
class Change:
    """A commit of new values; its answer is the versions, or STALE."""

    places: tuple[int, ...]
    bases: tuple[int, ...]
    value: int


STALE = "stale"
State = tuple[tuple[int, int], ...]
"""Version and value of each resource."""


def step(state: Hashable, call: object, answer: object) -> Hashable | None:
    """Return the state after `call` if it can have had this answer in `state`."""
    assert isinstance(state, tuple)
    if isinstance(call, Read):
        return state if state[call.place] == answer else None
    assert isinstance(call, Change)
    fits = all(state[place][0] == base for place, base in zip(call.places, call.bases, strict=True))
    if answer == STALE:
        return None if fits else state
    assert isinstance(answer, tuple)
    if not fits or any(new <= old for new, old in zip(answer, call.bases, strict=True)):
        return None
    after = list(state)
    for place, version in zip(call.places, answer, strict=True):
        after[place] = (version, call.value)
    return tuple(after)


class Recorder:
    """Carries out what one client does, and notes what it saw."""

    def __init__(self, store: ResourceStore, keys: Sequence[Key], chance: random.Random) -> None:
        self._store = store
        self._keys = keys
        self._chance = chance
        self._known = [0] * len(keys)
        self.operations: list[Operation] = []

    def act(self, value: int) -> None:
        """Read, or write on what was read last."""
        if self._chance.random() < 0.4:
            self._read(self._chance.randrange(len(self._keys)))
        else:
            self._change(value)

    def _read(self, place: int) -> None:
        begin = time.monotonic()
        record = self._store.latest(self._keys[place])
        answer = (0, 0)
        if record is not None:
            answer = (record.version, 0 if record.deleted else json.parse(record.body)["value"])
        self._known[place] = answer[0]
        self.operations.append(Operation(Read(place), answer, begin, time.monotonic()))

    def _change(self, value: int) -> None:
        some = self._chance.randint(1, len(self._keys))
        places = tuple(sorted(self._chance.sample(range(len(self._keys)), some)))
        bases = tuple(self._known[place] for place in places)
        writes = [
            put(self._keys[place], base, value=value)
            for place, base in zip(places, bases, strict=True)
        ]
        call = Change(places, bases, value)
        begin = time.monotonic()
        answer: tuple[int, ...] | str
        try:
            with deadline.within(20):
                answer = tuple(made.version for made in self._store.commit(writes))
        except StaleBase:
            answer = STALE
        except Unavailable:
            self.operations.append(Operation(call, None, begin, FOREVER))
            return
        self.operations.append(Operation(call, answer, begin, time.monotonic()))
        if isinstance(answer, tuple):
            for place, version in zip(places, answer, strict=True):
                self._known[place] = version
        else:
            self._read(self._chance.choice(places))


def record(
    stores: Sequence[ResourceStore], keys: Sequence[Key], rounds: int, seed: int
) -> list[Operation]:
    """Have one client per store act `rounds` times, all at once; return what they saw."""
    recorders = [
        Recorder(store, keys, random.Random(f"{seed}/{number}"))
        for number, store in enumerate(stores)
    ]
    together = threading.Barrier(len(stores))

    def live(number: int) -> None:
        together.wait()
        for turn in range(rounds):
            recorders[number].act(1 + number * rounds + turn)

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(live, range(len(stores))))
    seen = [operation for recorder in recorders for operation in recorder.operations]
    return _resolved(stores[0], keys, seen)


def _resolved(
    store: ResourceStore, keys: Sequence[Key], operations: Sequence[Operation]
) -> list[Operation]:
    """Return the operations; those without an answer took effect if their value is found."""
    made: dict[tuple[int, int], int] = {}
    for place, key in enumerate(keys):
        newest = store.latest(key)
        numbers = range(1, newest.version + 1 if newest else 1)
        for (_, version), found in store.versions((key, n) for n in numbers).items():
            made[place, json.parse(found.body)["value"]] = version
    resolved = []
    for operation in operations:
        if operation.answer is not None:
            resolved.append(operation)
            continue
        assert isinstance(operation.call, Change)
        versions = [made.get((place, operation.call.value)) for place in operation.call.places]
        if None not in versions:
            resolved.append(Operation(operation.call, tuple(versions), operation.begin, FOREVER))
    return resolved


def check(
    make_store: Callable[[], ResourceStore],
    keys: Sequence[Key],
    *,
    clients: int,
    rounds: int,
    seed: int,
) -> tuple[bool, int]:
    """Return whether what the clients saw is linearizable, and how many operations there were."""
    operations = record([make_store() for _ in range(clients)], keys, rounds, seed)
    start: State = ((0, 0),) * len(keys)
    return is_linearizable(operations, start, step), len(operations)


def check_place(
    place: Place, *, keys: int, together: int, clients: int, rounds: int, seed: int
) -> tuple[bool, int]:
    """Check a store on DynamoDB, with one connection of its own for each client."""
    tenant = f"t{random.SystemRandom().getrandbits(96):024x}"
    bucket = MemoryBucket()

    def make() -> ResourceStore:
        dynamodb = client(place.url, LOCAL_CREDENTIALS)
        return DynamoDBStore(dynamodb, place.table, bucket)

    with transactions_of(together):
        return check(
            make,
            [Key(tenant, "Patient", f"p{number}") for number in range(keys)],
            clients=clients,
            rounds=rounds,
            seed=seed,
        )
