"""Whatever is done to a store, in whatever order, it answers as the model does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from unittest import mock

import pytest
from hearth_server.store.dynamodb import DynamoDBStore, commit
from hearth_server.store.memory import MemoryStore
from hearth_server.store.protocol import (
    Claim,
    ClaimHeld,
    HistoryQuery,
    Key,
    ReceiptExists,
    Record,
    ResourceStore,
    Scope,
    StaleBase,
    Write,
)
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.hearth_server.store.model import Model
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client
from tests.hearth_server.store.writing import Clock, idempotency

DAY = 24 * 3600 * 1000

names = st.sampled_from([("Patient", "a"), ("Patient", "b"), ("Group", "a"), ("Group", "c")])
changes = st.lists(
    st.tuples(
        names,
        st.sampled_from(["PUT", "PUT", "POST", "PATCH", "DELETE"]),
        st.integers(0, 1),
        st.sampled_from([None, None, "x", "y"]),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda change: change[0],
)


class StoreMachine(RuleBasedStateMachine):
    """Does the same to a store and to the model."""

    def __init__(self, make: Callable[[Clock], ResourceStore]) -> None:
        super().__init__()
        self.clock = Clock()
        self.store = make(self.clock)
        self.model = Model(self.clock.now)
        self.tenant = f"t{uuid.uuid4().hex}"
        self.commits = 0

    @rule(changes=changes, receipt=st.sampled_from([None, None, None, "k", "l"]))
    def commit(
        self,
        changes: list[tuple[tuple[str, str], str, int, str | None, bool]],
        receipt: str | None,
    ) -> None:
        """Write on the newest version or on an older one, with and without claims."""
        self.commits += 1
        writes = [self._write(*change) for change in changes]
        expires = self.clock.now // 1000 + 3600
        request = idempotency(self.tenant, receipt, expires=expires) if receipt else None
        expected = self.model.refusal(writes, request)
        if expected:
            with pytest.raises((ReceiptExists, ClaimHeld, StaleBase)) as refusal:
                self.store.commit(writes, request)
            assert refusal.type is expected
        else:
            records = self.store.commit(writes, request)
            self.model.commit(writes, records, request)

    def _write(
        self, name: tuple[str, str], method: str, behind: int, claim: str | None, takes: bool
    ) -> Write:
        key = Key(self.tenant, *name)
        base = max(0, self.model.base(key) - behind)
        wanted = Claim(self.tenant, key.type, claim) if claim else None
        if wanted and takes:
            wanted = Claim(self.tenant, key.type, wanted.criteria, self.model.holder(wanted))
        content = {"resourceType": key.type, "id": key.id, "n": self.commits}
        return Write(key, method, None if method == "DELETE" else content, base, wanted)  # type: ignore[arg-type]

    @rule(name=names)
    def expunge(self, name: tuple[str, str]) -> None:
        """Remove a resource for good."""
        key = Key(self.tenant, *name)

        assert self.store.expunge(key) == self.model.expunge(key)

    @rule(milliseconds=st.sampled_from([1, 1000, 3_600_000, 30 * DAY, -5_000]))
    def turn_the_clock(self, milliseconds: int) -> None:
        """Let time pass, or set the clock back a little."""
        self.clock.turn(milliseconds)
        self.model.now = self.clock.now

    @rule(name=names, number=st.integers(0, 5))
    def read_a_version(self, name: tuple[str, str], number: int) -> None:
        """Read by number."""
        key = Key(self.tenant, *name)
        known = {record.version: record for record in self.model.versions.get(key, [])}

        assert self.store.version(key, number) == known.get(number)

    @rule(
        oldest_first=st.booleans(), count=st.integers(1, 5), type=st.sampled_from([None, "Group"])
    )
    def walk_the_history(self, oldest_first: bool, count: int, type: str | None) -> None:
        """Page through the history of the tenant, or of a type."""
        expected = [record for record in self.model.history() if type in (None, record.key.type)]
        walked: list[Record] = []
        after = None
        while True:
            page = self.store.history(
                HistoryQuery(
                    Scope(self.tenant, type), count, after=after, oldest_first=oldest_first
                )
            )
            walked += page.records
            after = page.next
            if after is None:
                break

        assert walked == (expected if oldest_first else expected[::-1])

    @invariant()
    def the_newest_versions_agree(self) -> None:
        """Read, claims and answers."""
        keys = [Key(self.tenant, *name) for name in (("Patient", "a"), ("Patient", "b"))]
        newest = {key: self.model.latest(key) for key in keys}
        claim = Claim(self.tenant, "Patient", "x")
        receipt = self.store.receipt(self.tenant, "k")

        assert self.store.latest_of(keys) == {key: r for key, r in newest.items() if r}
        assert self.store.claim_holder(claim) == self.model.holder(claim)
        assert (receipt and receipt.answer) == self.model.answer("k")


EVERY_PHASE = tuple(Phase)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""Over a network, minutes of shrinking tell less than the store in memory tells in seconds."""


def hold(
    make: Callable[[Clock], ResourceStore],
    examples: int,
    phases: tuple[Phase, ...] = EVERY_PHASE,
) -> None:
    """Compare a store with the model over so many random lives."""
    run_state_machine_as_test(
        lambda: StoreMachine(make),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_store_in_memory_answers_as_the_model() -> None:
    hold(MemoryStore, 60)


@pytest.mark.java
@pytest.mark.parametrize("together", [100, 1], ids=["together", "staged"])
def test_the_store_on_dynamodb_answers_as_the_model(
    dynamodb_url: str, resources_table: str, together: int
) -> None:
    dynamodb = client(dynamodb_url, LOCAL_CREDENTIALS)
    with mock.patch.object(commit, "TOGETHER_ITEMS", together):
        hold(
            lambda clock: DynamoDBStore(dynamodb, resources_table, MemoryBucket(), clock),
            12,
            NO_SHRINKING,
        )


def test_the_model_itself_is_small() -> None:
    """A model that nobody can check by reading proves nothing."""
    from pathlib import Path

    assert len(Path(__file__).with_name("model.py").read_text().splitlines()) < 120
