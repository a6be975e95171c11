"""The commits that are made to fail: each kind of write, alone, together and staged."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hearth_server.store.protocol import (
    ABSENT,
    Claim,
    Key,
    Method,
    ReceiptRequest,
    ResourceStore,
    Write,
)

from tests.hearth_server.store.writing import Clock, idempotency

KEY = "the-request"


@dataclass(frozen=True)
class Commit:
    """One commit, after everything that it builds on has been written."""

    writes: Sequence[Write]
    receipt: ReceiptRequest | None = None


@dataclass(frozen=True)
class Scenario:
    """How to prepare a commit in a fresh tenant."""

    name: str
    prepare: Callable[[ResourceStore, str, Clock, random.Random], Commit]
    together: int = 100
    """How many items may go into one TransactWriteItems; more are staged."""
    heavy: bool = field(default=False)
    """Whether it belongs to the full proof only."""


def _id(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def _write(
    key: Key,
    base: int = ABSENT,
    *,
    method: Method = "PUT",
    claim: Claim | None = None,
    fresh: bool = False,
    text: str = "new",
) -> Write:
    resource = {"resourceType": key.type, "id": key.id, "text": text}
    return Write(key, method, None if method == "DELETE" else resource, base, claim, fresh)


def _made(store: ResourceStore, key: Key, claim: Claim | None = None) -> Key:
    store.commit([_write(key, text="old", claim=claim)])
    return key


def _single(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    return Commit([_write(Key(tenant, "Patient", _id(chance)), method="POST", fresh=True)])


def _large(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    text = chance.randbytes(400_000).hex()
    return Commit([_write(_made(store, Key(tenant, "Patient", _id(chance))), 1, text=text)])


def _update(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    return Commit([_write(_made(store, Key(tenant, "Patient", _id(chance))), 1)])


def _delete(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    return Commit([_write(_made(store, Key(tenant, "Patient", _id(chance))), 1, method="DELETE")])


def _revive(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    key = _made(store, Key(tenant, "Patient", _id(chance)))
    store.commit([_write(key, 1, method="DELETE")])
    return Commit([_write(key, 2)])


def _claimed(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    claim = Claim(tenant, "Patient", "identifier=1")
    return Commit([_write(Key(tenant, "Patient", _id(chance)), claim=claim)])


def _claim_taken(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    former = Key(tenant, "Patient", _id(chance))
    _made(store, former, Claim(tenant, "Patient", "identifier=1"))
    store.commit([_write(former, 1, method="DELETE")])
    claim = Claim(tenant, "Patient", "identifier=1", replaces=former)
    return Commit([_write(Key(tenant, "Patient", _id(chance)), claim=claim)])


def _kept_answer(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    write = _write(Key(tenant, "Patient", _id(chance)), method="POST", fresh=True)
    return Commit([write], _receipt(tenant, clock))


def _mixed(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    """Everything that a transaction can hold: a dozen items."""
    kept = [_made(store, Key(tenant, "Patient", _id(chance))) for _ in range(4)]
    claim = Claim(tenant, "Group", "identifier=1")
    writes = [
        _write(kept[0], 1),
        _write(kept[1], 1, method="DELETE"),
        _write(kept[2], 1, method="PATCH"),
        _write(Key(tenant, "Group", _id(chance)), claim=claim),
        _write(Key(tenant, "Group", _id(chance))),
        *(
            _write(Key(tenant, "Observation", _id(chance)), method="POST", fresh=True)
            for _ in range(6)
        ),
    ]
    chance.shuffle(writes)
    return Commit(writes, _receipt(tenant, clock))


def _mixed_large(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    """The same with a body that goes to S3."""
    commit = _mixed(store, tenant, clock, chance)
    large = _write(
        Key(tenant, "Binary", _id(chance)), fresh=True, text=chance.randbytes(400_000).hex()
    )
    return Commit([*commit.writes, large], commit.receipt)


def _on_stubs(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    """Over versions that were used up: expunged resources are written again."""
    keys = [_made(store, Key(tenant, "Patient", _id(chance))) for _ in range(5)]
    for key in keys:
        store.expunge(key)
    return Commit([_write(key) for key in keys])


def _thousand(store: ResourceStore, tenant: str, clock: Clock, chance: random.Random) -> Commit:
    commit = _mixed(store, tenant, clock, chance)
    fresh = [
        _write(Key(tenant, "Observation", _id(chance)), method="POST", fresh=True)
        for _ in range(900)
    ]
    known = [_write(Key(tenant, "Condition", _id(chance))) for _ in range(89)]
    return Commit([*commit.writes, *fresh, *known], commit.receipt)


def _receipt(tenant: str, clock: Clock) -> ReceiptRequest:
    return idempotency(tenant, KEY, expires=clock.now // 1000 + 24 * 3600)


SCENARIOS = (
    Scenario("create", _single),
    Scenario("create with a body in S3", _large),
    Scenario("update", _update),
    Scenario("delete", _delete),
    Scenario("revival", _revive),
    Scenario("create with a claim", _claimed),
    Scenario("create with a claim taken over", _claim_taken),
    Scenario("create with a kept answer", _kept_answer),
    Scenario("small transaction", _mixed),
    Scenario("small transaction with a body in S3", _mixed_large),
    Scenario("staged claim taken over", _claim_taken, together=1),
    Scenario("staged transaction", _mixed, together=3),
    Scenario("staged transaction with a body in S3", _mixed_large, together=3),
    Scenario("staged transaction over stubs", _on_stubs, together=3),
    Scenario("transaction of 1,000", _thousand, heavy=True),
)
