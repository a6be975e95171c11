"""The judge: after a fault, a commit must be there as a whole or not at all, in every view."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar
from unittest import mock

from hearth_server.errors import Unavailable
from hearth_server.fhir import json
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.dynamodb.transactions import State, Transactions
from hearth_server.store.protocol import (
    Claim,
    ClaimHeld,
    HistoryQuery,
    Key,
    Receipt,
    Record,
    Scope,
    Write,
)

from tests.hearth_server.store.writing import put
from tests.proof.store.scenarios import KEY, Commit

ENOUGH = 3_000

PENDING = "pending"
"""What a claim or a receipt is while its commit's lease runs: whoever asks must wait."""

_Found = TypeVar("_Found")


class Wrong(AssertionError):
    """The store broke its promise."""


@dataclass(frozen=True)
class View:
    """What a tenant's resources look like from every side."""

    latest: dict[Key, Record]
    histories: dict[Key, tuple[Record, ...]]
    by_number: dict[Key, tuple[Record, ...]]
    of_tenant: frozenset[Record]
    holders: dict[Claim, Key | str | None]
    receipt: Receipt | str | None

    @property
    def is_pending(self) -> bool:
        """Whether somebody has to wait for something."""
        return PENDING in (self.receipt, *self.holders.values())


def look(store: DynamoDBStore, tenant: str, commit: Commit) -> View:
    """Return the view of what `commit` is about."""
    keys = [write.key for write in commit.writes]
    probed = keys if len(keys) < 50 else keys[:: len(keys) // 25]
    history = store.history(HistoryQuery(Scope(tenant), ENOUGH))
    latest = _newest(history.records, set(keys)) | store.latest_of(probed)
    numbers = {key: latest[key].version + 3 if key in latest else 3 for key in probed}
    by_number = store.versions(
        (key, number) for key in probed for number in range(numbers[key] + 1)
    )
    return View(
        latest=latest,
        histories={
            key: tuple(store.history(HistoryQuery(Scope(tenant, key.type, key.id), 50)).records)
            for key in probed
        },
        by_number={
            key: tuple(record for (owner, _), record in sorted(by_number.items()) if owner == key)[
                ::-1
            ]
            for key in probed
        },
        of_tenant=frozenset(history.records),
        holders={
            write.claim: _unless_pending(partial(store.claim_holder, write.claim))
            for write in commit.writes
            if write.claim
        },
        receipt=_unless_pending(partial(store.receipt, tenant, KEY)),
    )


def _newest(newest_first: Iterable[Record], keys: set[Key]) -> dict[Key, Record]:
    """Return the newest record of each of `keys`, as a history shows it."""
    found: dict[Key, Record] = {}
    for record in newest_first:
        if record.key in keys:
            found.setdefault(record.key, record)
    return found


def judge(before: View, after: View, commit: Commit) -> bool:
    """Return whether the commit took effect. Raises Wrong if only a part of it did."""
    done = {_is_done(write, before, after) for write in commit.writes}
    if len(done) != 1:
        raise Wrong("a part of the commit is visible")
    _check_views_agree(after)
    if done == {False}:
        if before != _settled(after, before):
            raise Wrong("the commit is not there, and yet something changed")
        return False
    _check_whole(before, after, commit)
    return True


def check_next_writer(store: DynamoDBStore, commit: Commit, view: View) -> None:
    """Have the next writer write everything once more. Raises Wrong if it cannot."""
    for write in commit.writes[:40]:
        newest = view.latest.get(write.key)
        (record,) = store.commit([put(write.key, newest.version if newest else 0, text="next")])
        numbers = [known.version for known in view.by_number.get(write.key, ())]
        if record.version <= max(numbers, default=0):
            raise Wrong("a version number was used twice")
        if newest and record.last_updated <= newest.last_updated:
            raise Wrong("lastUpdated did not rise")
        if store.latest(write.key) != record:
            raise Wrong("what the next writer wrote is not what is read")
    for claim, holder in view.holders.items():
        _check_claim(store, claim, holder)


def _is_done(write: Write, before: View, after: View) -> bool:
    old, new = before.latest.get(write.key), after.latest.get(write.key)
    if new == old:
        return False
    if new is None or (old and new.version <= old.version) or new.method != write.method:
        raise Wrong("a version that nobody wrote")
    if write.resource is None:
        return new.deleted
    if json.parse(new.body)["text"] != write.resource["text"]:
        raise Wrong("a body that nobody wrote")
    return True


def _check_views_agree(view: View) -> None:
    for key, history in view.histories.items():
        newest = history[:1]
        if newest != ((view.latest[key],) if key in view.latest else ()):
            raise Wrong("history and read disagree")
        if history != view.by_number[key]:
            raise Wrong("history and vread disagree")
        if not set(history) <= view.of_tenant:
            raise Wrong("the tenant's history lacks a version")
    if not set(view.latest.values()) <= view.of_tenant:
        raise Wrong("the tenant's history lacks a newest version")


def _check_whole(before: View, after: View, commit: Commit) -> None:
    made = [after.latest[write.key] for write in commit.writes]
    if after.of_tenant - before.of_tenant != set(made):
        raise Wrong("the tenant's history shows something else than the commit")
    for write in commit.writes:
        if write.claim and after.holders[write.claim] != write.key:
            raise Wrong("the commit is there, its claim is not")
    if commit.receipt and (
        not isinstance(after.receipt, Receipt)
        or after.receipt.answer != commit.receipt.answer(made)
    ):
        raise Wrong("the commit is there, its kept answer is not")


def _unless_pending(ask: Callable[[], _Found]) -> _Found | str:
    """Return the answer, PENDING if it has to wait for another commit."""

    def wait(transactions: Transactions, tenant: str, tx: str) -> State:
        state = transactions.state(tenant, tx)
        if state == "pending":
            raise Unavailable("pending")
        return state

    with mock.patch.object(Transactions, "wait", wait):
        try:
            return ask()
        except Unavailable:
            return PENDING


def _settled(view: View, before: View) -> View:
    """Return the view with what is pending as it was before."""
    return replace(
        view,
        holders={
            claim: before.holders[claim] if holder == PENDING else holder
            for claim, holder in view.holders.items()
        },
        receipt=before.receipt if view.receipt == PENDING else view.receipt,
    )


def _check_claim(store: DynamoDBStore, claim: Claim, holder: Key | str | None) -> None:
    """A held claim refuses, a free one is granted."""
    rival = Key(claim.tenant, claim.type, "rival")
    wanted = Claim(claim.tenant, claim.type, claim.criteria)
    try:
        store.commit([put(rival, claim=wanted)])
    except ClaimHeld as held:
        if held.holder != holder:
            raise Wrong("the claim is held by someone else than it says") from None
    else:
        if holder is not None:
            raise Wrong("a held claim was granted again")
