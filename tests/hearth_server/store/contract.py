"""What every `ResourceStore` does. A store's test module inherits `StoreContract`.

It provides the fixture `store`, made with the fixture `clock`. Each test has a tenant of its own,
so one table or file may serve them all.
"""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hearth_server.errors import InvalidRequest, TooLarge
from hearth_server.fhir import json as fhir_json
from hearth_server.store.protocol import (
    ABSENT,
    Claim,
    ClaimHeld,
    Erasure,
    HistoryPage,
    HistoryQuery,
    Key,
    Receipt,
    ReceiptExists,
    Record,
    ResourceStore,
    Scope,
    StaleBase,
)

from tests.hearth_server.store.writing import Clock, delete, idempotency, key, put

DAY = 24 * 3600 * 1000


class StoreContract:
    """The promises of the protocol, one test each."""

    @pytest.fixture
    def clock(self) -> Clock:
        """A clock that the test turns."""
        return Clock()

    @pytest.fixture
    def tenant(self) -> str:
        """A tenant that no other test knows."""
        return f"t{uuid.uuid4().hex}"

    # Reading and writing one resource

    def test_a_key_that_was_never_written_has_no_version(
        self, store: ResourceStore, tenant: str
    ) -> None:
        unknown = key(tenant)

        answers = (
            store.latest(unknown),
            store.version(unknown, 1),
            store.version(unknown, 0),
            store.version(unknown, 10**60),
            store.latest_of([unknown]),
            store.versions([(unknown, 1), (unknown, 10**60)]),
        )

        assert answers == (None, None, None, None, {}, {})

    def test_a_create_is_version_one(self, store: ResourceStore, clock: Clock, tenant: str) -> None:
        """R-META-1: the store gives the version and the time, and writes both into meta."""
        patient = key(tenant, "p1")

        (record,) = store.commit([put(patient, method="POST", active=True)])

        body = (
            b'{"resourceType":"Patient","id":"p1","meta":{"versionId":"1",'
            b'"lastUpdated":"2026-09-21T14:13:20.000Z"},"active":true}'
        )
        assert record == Record(patient, 1, clock.now, "POST", body)
        assert store.latest(patient) == record
        assert store.version(patient, 1) == record

    def test_an_update_adds_a_version_and_keeps_the_old_one(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        patient = key(tenant)
        (first,) = store.commit([put(patient, active=True)])
        clock.turn(5)

        (second,) = store.commit([put(patient, 1, active=False)])

        assert (second.version, second.last_updated) == (2, clock.now)
        assert store.latest(patient) == second
        assert store.version(patient, 1) == first

    def test_a_delete_is_a_version_without_a_body(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        """R-DEL-2: what was deleted stays readable by version."""
        patient = key(tenant)
        (first,) = store.commit([put(patient)])
        clock.turn(1)

        (tombstone,) = store.commit([delete(patient, 1)])

        assert tombstone == Record(patient, 2, clock.now, "DELETE", b"")
        assert tombstone.deleted
        assert store.latest(patient) == tombstone
        assert store.version(patient, 1) == first

    def test_a_deleted_resource_comes_back_with_the_next_version(
        self, store: ResourceStore, tenant: str
    ) -> None:
        patient = key(tenant)
        store.commit([put(patient)])
        store.commit([delete(patient, 1)])

        (revived,) = store.commit([put(patient, 2)])

        assert revived.version == 3
        assert store.latest(patient) == revived

    def test_the_method_is_kept(self, store: ResourceStore, tenant: str) -> None:
        patient = key(tenant)
        store.commit([put(patient, method="POST")])
        store.commit([put(patient, 1, method="PATCH")])

        newest = store.latest(patient)

        assert newest is not None
        assert newest.method == "PATCH"

    def test_the_same_id_in_two_types_is_two_resources(
        self, store: ResourceStore, tenant: str
    ) -> None:
        patient, group = key(tenant, "same"), key(tenant, "same", "Group")

        records = store.commit([put(patient), put(group)])

        assert [store.latest(patient), store.latest(group)] == records

    def test_tenants_do_not_see_each_other(self, store: ResourceStore, tenant: str) -> None:
        mine, theirs = key(tenant, "same"), key(f"{tenant}x", "same")
        store.commit([put(mine)])

        assert store.latest(theirs) is None
        assert store.history(HistoryQuery(Scope(f"{tenant}x"), 10)).records == []

    # Bodies

    def test_decimals_keep_every_digit(self, store: ResourceStore, tenant: str) -> None:
        text = "[1.50,1E-22,0.10,12345678901234567890.12345678901234567890,-0.0,100]"
        observation = key(tenant, type="Observation")

        store.commit([put(observation, values=fhir_json.parse(text.encode()))])

        newest = store.latest(observation)
        assert newest is not None
        found = fhir_json.parse(newest.body)["values"]
        assert [str(value) for value in found] == [
            str(Decimal(digits)) for digits in text.strip("[]").split(",")
        ]

    def test_the_order_of_the_clients_keys_is_kept(self, store: ResourceStore, tenant: str) -> None:
        patient = key(tenant, "p")
        given: dict[str, Any] = {
            "zebra": 1,
            "resourceType": "Patient",
            "meta": {"source": "s"},
            "id": "p",
            "a": 2,
        }

        (record,) = store.commit([put(patient, **given)])

        body = json.loads(record.body)
        assert list(body) == ["resourceType", "id", "zebra", "meta", "a"]
        assert list(body["meta"]) == ["source", "versionId", "lastUpdated"]

    def test_what_the_client_says_of_version_and_time_is_replaced(
        self, store: ResourceStore, tenant: str
    ) -> None:
        """R-META-1 and R-META-2."""
        patient = key(tenant)
        meta = {"versionId": "77", "tag": [{"code": "x"}], "lastUpdated": "1999-01-01T00:00:00Z"}

        (record,) = store.commit([put(patient, meta=meta)])

        assert json.loads(record.body)["meta"] == {
            "versionId": "1",
            "tag": [{"code": "x"}],
            "lastUpdated": "2026-09-21T14:13:20.000Z",
        }
        assert meta["versionId"] == "77"  # the input is not changed

    def test_a_body_larger_than_an_item_is_kept_whole(
        self, store: ResourceStore, tenant: str
    ) -> None:
        """Random text does not compress: 900 KB of it is far above what one item holds."""
        document = key(tenant, type="Binary")
        text = "".join(uuid.uuid4().hex for _ in range(28_000))

        (record,) = store.commit([put(document, data=text)])

        assert store.latest(document) == record
        assert store.version(document, 1) == record
        assert store.versions([(document, 1)]) == {(document, 1): record}
        assert json.loads(record.body)["data"] == text

    def test_a_resource_over_the_limit_is_refused_and_nothing_is_written(
        self, store: ResourceStore, tenant: str
    ) -> None:
        small, large = key(tenant), key(tenant)

        with pytest.raises(TooLarge, match="limit is 5000000"):
            store.commit([put(small), put(large, data="x" * 5_000_000)])

        assert store.latest_of([small, large]) == {}

    # Versions and time

    def test_the_time_rises_with_every_version_also_when_the_clock_does_not(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        patient = key(tenant)
        (first,) = store.commit([put(patient)])
        (second,) = store.commit([put(patient, 1)])
        clock.turn(-60_000)

        (third,) = store.commit([delete(patient, 2)])

        times = [first.last_updated, second.last_updated, third.last_updated]
        assert times == [clock.now + 60_000, clock.now + 60_001, clock.now + 60_002]

    def test_a_write_on_an_old_version_is_stale_and_changes_nothing(
        self, store: ResourceStore, tenant: str
    ) -> None:
        patient, other = key(tenant), key(tenant)
        store.commit([put(patient)])
        (newest,) = store.commit([put(patient, 1)])

        with pytest.raises(StaleBase) as failure:
            store.commit([put(other), put(patient, 1)])

        assert failure.value.keys == (patient,)
        assert store.latest(patient) == newest
        assert store.latest(other) is None

    def test_a_create_over_an_existing_resource_is_stale(
        self, store: ResourceStore, tenant: str
    ) -> None:
        patient = key(tenant)
        store.commit([put(patient)])

        with pytest.raises(StaleBase):
            store.commit([put(patient, ABSENT)])

        assert store.version(patient, 2) is None

    def test_a_write_over_a_tombstone_must_know_of_it(
        self, store: ResourceStore, tenant: str
    ) -> None:
        patient = key(tenant)
        store.commit([put(patient)])
        store.commit([delete(patient, 1)])

        for base in (ABSENT, 1):
            with pytest.raises(StaleBase):
                store.commit([put(patient, base)])

    def test_of_many_concurrent_writes_on_one_version_exactly_one_wins(
        self, store: ResourceStore, tenant: str
    ) -> None:
        patient = key(tenant)
        store.commit([put(patient)])

        def attempt(number: int) -> bool:
            try:
                store.commit([put(patient, 1, number=number)])
            except StaleBase:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(attempt, range(16)))

        assert outcomes.count(True) == 1
        assert store.version(patient, 3) is None

    def test_writers_who_try_again_all_come_through_as_successive_versions(
        self, store: ResourceStore, tenant: str
    ) -> None:
        patient = key(tenant)
        store.commit([put(patient)])

        def insist(number: int) -> int:
            while True:
                newest = store.latest(patient)
                assert newest is not None
                try:
                    (record,) = store.commit([put(patient, newest.version, number=number)])
                except StaleBase:
                    continue
                return record.version

        with ThreadPoolExecutor(6) as pool:
            versions = sorted(pool.map(insist, range(6)))

        assert versions == [2, 3, 4, 5, 6, 7]

    # Several at once

    def test_a_commit_returns_its_records_in_the_order_of_the_writes(
        self, store: ResourceStore, tenant: str
    ) -> None:
        keys = [key(tenant) for _ in range(30)]

        records = store.commit([put(each, fresh=True) for each in keys])

        assert [record.key for record in records] == keys
        assert store.latest_of(reversed(keys)) == dict(zip(keys, records, strict=True))
        assert store.versions([(each, 1) for each in keys] + [(keys[0], 2)]) == {
            (record.key, 1): record for record in records
        }

    def test_a_large_commit_mixes_creates_updates_and_deletes(
        self, store: ResourceStore, tenant: str
    ) -> None:
        old, gone = key(tenant), key(tenant)
        store.commit([put(old), put(gone)])
        made = [key(tenant) for _ in range(150)]

        records = store.commit(
            [put(old, 1), delete(gone, 1)]
            + [put(each, fresh=number % 2 == 0) for number, each in enumerate(made)]
        )

        assert [record.version for record in records] == [2, 2] + [1] * 150
        assert store.latest_of([old, gone, *made]) == {record.key: record for record in records}

    def test_a_large_commit_with_one_stale_write_leaves_nothing(
        self, store: ResourceStore, tenant: str
    ) -> None:
        stale = key(tenant)
        (kept,) = store.commit([put(stale)])
        made = [key(tenant) for _ in range(150)]

        with pytest.raises(StaleBase) as failure:
            store.commit([put(each, fresh=True) for each in made] + [put(stale, ABSENT)])

        assert failure.value.keys == (stale,)
        assert store.latest_of([stale, *made]) == {stale: kept}
        assert store.history(HistoryQuery(Scope(tenant), 500)).records == [kept]

    def test_what_a_failed_commit_named_can_be_written_afterwards(
        self, store: ResourceStore, tenant: str
    ) -> None:
        """Its version may be a higher one, for a number that was used is never free again."""
        stale, wanted = key(tenant), key(tenant)
        store.commit([put(stale)])
        many = [put(key(tenant)) for _ in range(120)]
        with pytest.raises(StaleBase):
            store.commit([put(wanted), *many, put(stale, ABSENT)])

        (record,) = store.commit([put(wanted, ABSENT)])

        assert record.version >= 1
        assert store.latest(wanted) == record
        assert store.history(HistoryQuery(Scope(tenant, "Patient", wanted.id), 9)).records == [
            record
        ]

    def test_a_commit_of_nothing_is_nothing(self, store: ResourceStore, tenant: str) -> None:
        assert store.commit([]) == []

    # Claims

    def test_a_claim_is_held_by_the_resource_that_was_written_with_it(
        self, store: ResourceStore, tenant: str
    ) -> None:
        claim = Claim(tenant, "Patient", "identifier=a|1")
        holder, rival = key(tenant), key(tenant)
        store.commit([put(holder, claim=claim)])

        with pytest.raises(ClaimHeld) as failure:
            store.commit([put(rival, claim=claim)])

        assert (failure.value.claim, failure.value.holder) == (claim, holder)
        assert store.claim_holder(claim) == holder
        assert store.latest(rival) is None

    def test_claims_of_other_criteria_types_and_tenants_are_free(
        self, store: ResourceStore, tenant: str
    ) -> None:
        store.commit([put(key(tenant), claim=Claim(tenant, "Patient", "identifier=1"))])

        others = [
            Claim(tenant, "Patient", "identifier=2"),
            Claim(tenant, "Group", "identifier=1"),
            Claim(f"{tenant}x", "Patient", "identifier=1"),
        ]

        assert [store.claim_holder(claim) for claim in others] == [None, None, None]

    def test_a_claim_can_be_taken_from_a_named_holder_only(
        self, store: ResourceStore, tenant: str
    ) -> None:
        claim = Claim(tenant, "Patient", "identifier=a|1")
        first, second, third = key(tenant), key(tenant), key(tenant)
        store.commit([put(first, claim=claim)])
        store.commit([delete(first, 1)])
        taking = Claim(tenant, "Patient", "identifier=a|1", replaces=first)
        store.commit([put(second, claim=taking)])

        with pytest.raises(ClaimHeld) as failure:
            store.commit([put(third, claim=taking)])

        assert failure.value.holder == second
        assert store.claim_holder(claim) == second

    def test_the_holder_may_be_written_again_under_its_claim(
        self, store: ResourceStore, tenant: str
    ) -> None:
        claim = Claim(tenant, "Patient", "identifier=a|1")
        holder = key(tenant)
        store.commit([put(holder, claim=claim)])

        store.commit([put(holder, 1, claim=claim)])

        assert store.claim_holder(claim) == holder

    def test_a_claim_ends_after_thirty_days(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        claim = Claim(tenant, "Patient", "identifier=a|1")
        store.commit([put(key(tenant), claim=claim)])
        clock.turn(30 * DAY - 1)
        held = store.claim_holder(claim)
        clock.turn(1)

        freed = store.claim_holder(claim)

        successor = key(tenant)
        store.commit([put(successor, claim=claim)])
        assert (held is not None, freed) == (True, None)
        assert store.claim_holder(claim) == successor

    def test_two_writes_of_one_commit_cannot_hold_the_same_claim(
        self, store: ResourceStore, tenant: str
    ) -> None:
        claim = Claim(tenant, "Patient", "identifier=a|1")
        first, second = key(tenant), key(tenant)

        taking = Claim(tenant, "Patient", "identifier=a|1", replaces=first)

        with pytest.raises(ClaimHeld) as failure:
            store.commit([put(first, claim=claim), put(second, claim=taking)])

        assert failure.value.holder == first
        assert store.claim_holder(claim) is None

    @pytest.mark.parametrize("extra", [0, 120], ids=["alone", "among-many"])
    def test_a_commit_that_fails_takes_no_claim(
        self, store: ResourceStore, tenant: str, extra: int
    ) -> None:
        claim = Claim(tenant, "Patient", "identifier=a|1")
        stale = key(tenant)
        store.commit([put(stale)])
        many = [put(key(tenant), fresh=True) for _ in range(extra)]

        with pytest.raises(StaleBase):
            store.commit([put(key(tenant), claim=claim), *many, put(stale, ABSENT)])

        assert store.claim_holder(claim) is None
        store.commit([put(key(tenant), claim=claim)])

    def test_a_claim_of_a_large_commit_holds(self, store: ResourceStore, tenant: str) -> None:
        claim = Claim(tenant, "Patient", "identifier=a|1")
        holder = key(tenant)

        store.commit(
            [put(holder, claim=claim)] + [put(key(tenant), fresh=True) for _ in range(120)]
        )

        assert store.claim_holder(claim) == holder
        with pytest.raises(ClaimHeld):
            store.commit([put(key(tenant), claim=claim)])

    def test_of_fifty_concurrent_claims_exactly_one_is_granted(
        self, store: ResourceStore, tenant: str
    ) -> None:
        claim = Claim(tenant, "Patient", "identifier=a|1")

        def attempt(_: int) -> Key:
            mine = key(tenant)
            try:
                store.commit([put(mine, claim=claim)])
            except ClaimHeld as held:
                return held.holder
            return mine

        with ThreadPoolExecutor(50) as pool:
            holders = set(pool.map(attempt, range(50)))

        assert holders == {store.claim_holder(claim)}
        assert len(store.history(HistoryQuery(Scope(tenant, "Patient"), 100)).records) == 1

    # Receipts

    @pytest.mark.parametrize("extra", [0, 1, 120], ids=["single", "small", "large"])
    def test_the_answer_is_kept_in_the_same_commit(
        self, store: ResourceStore, tenant: str, extra: int
    ) -> None:
        patient = key(tenant)
        many = [put(key(tenant), fresh=True) for _ in range(extra)]
        store.commit([put(patient, method="POST"), *many], idempotency(tenant, "k"))

        kept = store.receipt(tenant, "k")

        answer = ",".join(f"{each.id}/1" for each in [patient, *(write.key for write in many)])
        assert kept == Receipt(tenant, "k", "f", answer.encode(), 1_790_086_400)

    @pytest.mark.parametrize("extra", [0, 120], ids=["single", "large"])
    def test_a_used_key_refuses_the_commit(
        self, store: ResourceStore, tenant: str, extra: int
    ) -> None:
        first, second = key(tenant), key(tenant)
        store.commit([put(first)], idempotency(tenant, "k"))
        many = [put(key(tenant), fresh=True) for _ in range(extra)]

        with pytest.raises(ReceiptExists) as failure:
            store.commit([put(second), *many], idempotency(tenant, "k", fingerprint="other"))

        assert failure.value.receipt == store.receipt(tenant, "k")
        assert store.latest(second) is None

    @pytest.mark.parametrize("extra", [0, 120], ids=["small", "large"])
    def test_a_used_key_is_named_before_a_held_claim_and_that_before_a_stale_base(
        self, store: ResourceStore, tenant: str, extra: int
    ) -> None:
        """The repetition of a request must find its answer, not its own traces."""
        patient = key(tenant)
        claim = Claim(tenant, "Patient", "identifier=a|1")
        store.commit([put(patient)])
        store.commit([put(patient, 1)], idempotency(tenant, "k"))
        store.commit([put(key(tenant), claim=claim)])
        many = [put(key(tenant), fresh=True) for _ in range(extra)]
        writes = [put(patient, 1), put(key(tenant), claim=claim), *many]

        with pytest.raises(ReceiptExists):
            store.commit(writes, idempotency(tenant, "k"))
        with pytest.raises(ClaimHeld):
            store.commit(writes, idempotency(tenant, "another"))
        with pytest.raises(StaleBase):
            store.commit([put(patient, 1), *many], idempotency(tenant, "another"))

    @pytest.mark.parametrize("extra", [0, 120], ids=["single", "large"])
    def test_a_commit_that_fails_keeps_no_answer(
        self, store: ResourceStore, tenant: str, extra: int
    ) -> None:
        stale = key(tenant)
        store.commit([put(stale)])
        many = [put(key(tenant), fresh=True) for _ in range(extra)]

        with pytest.raises(StaleBase):
            store.commit([*many, put(stale, ABSENT)], idempotency(tenant, "k"))

        assert store.receipt(tenant, "k") is None
        store.commit([put(stale, 1)], idempotency(tenant, "k"))

    def test_keys_of_other_tenants_are_their_own(self, store: ResourceStore, tenant: str) -> None:
        store.commit([put(key(tenant))], idempotency(tenant, "k"))

        assert store.receipt(f"{tenant}x", "k") is None

    def test_an_answer_is_forgotten_when_it_expires(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        store.commit([put(key(tenant))], idempotency(tenant, "k", expires=clock.now // 1000 + 60))
        clock.turn(60_000)

        forgotten = store.receipt(tenant, "k")

        store.commit(
            [put(key(tenant))],
            idempotency(tenant, "k", fingerprint="new", expires=clock.now // 1000 + 60),
        )
        again = store.receipt(tenant, "k")
        assert forgotten is None
        assert again is not None
        assert again.fingerprint == "new"

    def test_an_answer_without_any_write_is_kept(self, store: ResourceStore, tenant: str) -> None:
        records = store.commit([], idempotency(tenant, "k"))

        kept = store.receipt(tenant, "k")
        assert records == []
        assert kept is not None
        assert kept.answer == b""
        with pytest.raises(ReceiptExists):
            store.commit([], idempotency(tenant, "k"))

    def test_a_large_answer_is_kept_whole(self, store: ResourceStore, tenant: str) -> None:
        answer = "".join(uuid.uuid4().hex for _ in range(60_000)).encode()
        request = idempotency(tenant, "k")
        large = type(request)(tenant, "k", "f", request.expires, lambda _: answer)

        store.commit([put(key(tenant))], large)

        kept = store.receipt(tenant, "k")
        assert kept is not None
        assert kept.answer == answer

    def test_any_text_can_be_a_key(self, store: ResourceStore, tenant: str) -> None:
        text = "#/ü\n\x00" + "x" * 5000
        store.commit([put(key(tenant))], idempotency(tenant, text))

        kept = store.receipt(tenant, text)

        assert kept is not None
        assert kept.key == text

    def test_of_concurrent_commits_under_one_key_exactly_one_is_made(
        self, store: ResourceStore, tenant: str
    ) -> None:
        def attempt(_: int) -> bytes:
            try:
                store.commit([put(key(tenant))], idempotency(tenant, "k"))
            except ReceiptExists as used:
                return used.receipt.answer
            kept = store.receipt(tenant, "k")
            assert kept is not None
            return kept.answer

        with ThreadPoolExecutor(8) as pool:
            answers = set(pool.map(attempt, range(16)))

        assert len(answers) == 1
        assert len(store.history(HistoryQuery(Scope(tenant), 100)).records) == 1

    # History

    def test_the_history_of_an_instance_is_newest_first(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        """R-HIST-1."""
        patient = key(tenant)
        records = self._life(store, clock, patient)

        page = store.history(HistoryQuery(Scope(tenant, "Patient", patient.id), 10))

        assert (page.records, page.next, page.total) == (records[::-1], None, 3)

    def test_the_history_of_a_type_or_tenant_holds_all_of_it(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        patients = self._life(store, clock, key(tenant))
        groups = self._life(store, clock, key(tenant, type="Group"))

        by_type = store.history(HistoryQuery(Scope(tenant, "Patient"), 10))
        whole = store.history(HistoryQuery(Scope(tenant), 10))
        oldest_first = store.history(HistoryQuery(Scope(tenant), 10, oldest_first=True))

        assert by_type.records == patients[::-1]
        assert whole.records == (patients + groups)[::-1]
        assert oldest_first.records == patients + groups
        assert by_type.total in (3, None)

    def test_a_count_of_nothing_tells_how_many_versions_a_resource_has(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        """R-HIST-3."""
        records = self._life(store, clock, key(tenant))
        scope = Scope(tenant, "Patient", records[0].key.id)

        whole = store.history(HistoryQuery(scope, 0))
        late = store.history(HistoryQuery(scope, 0, since=records[1].last_updated))
        by_type = store.history(HistoryQuery(Scope(tenant, "Patient"), 0))

        assert (whole.records, whole.next, whole.total) == ([], None, 3)
        assert (late.records, late.next, late.total) == ([], None, 2)
        assert (by_type.records, by_type.next) == ([], None)
        assert by_type.total in (3, None)

    def test_a_history_of_nothing_is_empty(self, store: ResourceStore, tenant: str) -> None:
        scopes = [Scope(tenant), Scope(tenant, "Patient"), Scope(tenant, "Patient", "x")]

        pages = [store.history(HistoryQuery(scope, 10)) for scope in scopes]

        assert [(page.records, page.next) for page in pages] == [([], None)] * 3

    @pytest.mark.parametrize("oldest_first", [False, True])
    @pytest.mark.parametrize("level", ["instance", "type", "tenant"])
    def test_pages_follow_each_other_without_gap_or_repeat(
        self, store: ResourceStore, clock: Clock, tenant: str, level: str, oldest_first: bool
    ) -> None:
        """Also where several versions have the same time, and while others are written."""
        patient = key(tenant, "same")
        for version in range(4):
            store.commit([put(patient, version)])
        for type_ in ("Group", "Patient", "Observation"):
            store.commit([put(key(tenant, type=type_)) for _ in range(4)])
            store.commit([put(key(tenant, "same", type_))] if type_ != "Patient" else [])
        scope = {
            "instance": Scope(tenant, "Patient", "same"),
            "type": Scope(tenant, "Patient"),
            "tenant": Scope(tenant),
        }[level]
        whole = store.history(HistoryQuery(scope, 500, oldest_first=oldest_first)).records

        walked: list[Record] = []
        after = None
        while True:
            page = store.history(HistoryQuery(scope, 3, after=after, oldest_first=oldest_first))
            walked += page.records
            after = page.next
            if after is None or len(walked) > 500:
                break
            clock.turn(10)
            if not oldest_first:
                store.commit([put(key(tenant))])

        assert walked == whole
        assert len({(record.key, record.version) for record in whole}) == len(whole)

    def test_since_and_before_bound_a_history(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        """R-HIST-3: `since` is at or after, `before` is strictly before."""
        patient = key(tenant)
        first, second, third = self._life(store, clock, patient)

        def found(scope: Scope, since: int | None, before: int | None) -> list[Record]:
            return list(store.history(HistoryQuery(scope, 10, since, before)).records)

        for scope in (Scope(tenant, "Patient", patient.id), Scope(tenant, "Patient")):
            assert found(scope, second.last_updated, None) == [third, second]
            assert found(scope, None, second.last_updated) == [first]
            assert found(scope, second.last_updated, third.last_updated) == [second]
            assert found(scope, third.last_updated + 1, None) == []

    def test_a_page_ends_early_when_its_bodies_grow_too_large(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        patient = key(tenant)
        records = self._life(store, clock, patient)
        size = len(records[0].body)
        for scope in (Scope(tenant, "Patient", patient.id), Scope(tenant)):
            query = HistoryQuery(scope, 10, oldest_first=True, max_bytes=size)
            page = store.history(query)
            tiny = store.history(HistoryQuery(scope, 10, oldest_first=True, max_bytes=1))

            rest = self._next(store, query, page)

            assert [*page.records, *rest.records] in (records, records[:2])
            assert page.records == records[:1]
            assert tiny.records == records[:1]

    def test_a_cursor_of_someone_elses_making_is_refused(
        self, store: ResourceStore, tenant: str
    ) -> None:
        store.commit([put(key(tenant, "p"))])
        for scope in (Scope(tenant), Scope(tenant, "Patient"), Scope(tenant, "Patient", "p")):
            for text in ("", "!", "AAAA", "x" * 400, "é"):
                with pytest.raises(InvalidRequest):
                    store.history(HistoryQuery(scope, 10, after=text))

    def test_the_horizon_is_behind_the_clock(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        """A client that polls with it as `since` sees what was committed meanwhile."""
        store.commit([put(key(tenant))])

        for scope in (Scope(tenant), Scope(tenant, "Patient"), Scope(tenant, "Patient", "x")):
            horizon = store.history(HistoryQuery(scope, 10)).horizon

            assert clock.now - 60_000 <= horizon < clock.now

    def test_a_history_of_all_types_shows_those_that_are_wanted(
        self, store: ResourceStore, tenant: str
    ) -> None:
        patient, observation = key(tenant), key(tenant, type="Observation")
        (shown,) = store.commit([put(patient)])
        for base in range(3):
            store.commit([put(observation, base)])

        page = store.history(HistoryQuery(Scope(tenant), 1, types=frozenset({"Patient", "Group"})))
        none = store.history(HistoryQuery(Scope(tenant), 1, types=frozenset()))

        assert (page.records, page.next) == ([shown], None)
        assert (none.records, none.next) == ([], None)

    # Expunge and secrets

    def test_expunge_leaves_nothing_to_read(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        patient, other = key(tenant), key(tenant)
        claim = Claim(tenant, "Patient", "identifier=a|1")
        store.commit([put(patient, claim=claim, data="x" * 100)])
        store.commit([put(patient, 1, data="".join(uuid.uuid4().hex for _ in range(20_000)))])
        store.commit([delete(patient, 2)])
        (kept,) = store.commit([put(other)])

        removed = store.expunge(patient)

        assert removed == 3
        assert store.latest(patient) is None
        assert [store.version(patient, version) for version in (1, 2, 3)] == [None] * 3
        assert store.history(HistoryQuery(Scope(tenant, "Patient", patient.id), 9)).records == []
        assert store.claim_holder(claim) is None
        assert store.latest(other) == kept
        assert store.expunge(patient) == 0

    def test_an_expunged_id_continues_above_its_old_versions(
        self, store: ResourceStore, tenant: str
    ) -> None:
        """R-ID-2: a version id is never used for another version."""
        patient = key(tenant)
        store.commit([put(patient)])
        store.commit([put(patient, 1)])
        store.expunge(patient)

        (record,) = store.commit([put(patient, ABSENT)])

        assert record.version == 3
        assert store.latest(patient) == record

    def test_an_expunge_up_to_a_version_leaves_what_came_after_it(
        self, store: ResourceStore, tenant: str
    ) -> None:
        """Whoever writes a resource anew while it is expunged has written another one."""
        patient = key(tenant)
        claim = Claim(tenant, "Patient", "identifier=a|1")
        store.commit([put(patient, claim=claim)])
        store.commit([delete(patient, 1)])
        (again,) = store.commit([put(patient, 2, claim=claim)])

        removed = store.expunge(patient, through=2)

        assert removed == 2
        assert store.latest(patient) == again
        assert store.history(HistoryQuery(Scope(tenant, "Patient"), 9)).records == [again]
        assert store.claim_holder(claim) == patient

    def test_expunge_of_an_unknown_key_removes_nothing(
        self, store: ResourceStore, tenant: str
    ) -> None:
        assert store.expunge(key(tenant)) == 0

    def test_of_an_expunge_is_kept_who_erased_what_and_when(
        self, store: ResourceStore, clock: Clock, tenant: str
    ) -> None:
        """What it names and nothing of what it said, once each, oldest first."""
        first, second = key(tenant), key(tenant)
        store.commit([put(first), put(second)])
        store.expunge(first, "sub-1", "request-1")
        store.expunge(first, "sub-1", "request-2")
        clock.turn(1000)
        store.expunge(second, "sub-2", "request-3")
        store.expunge(key(tenant), "sub-2", "request-4")

        assert store.erasures(tenant) == [
            Erasure(first, clock.now - 1000, "sub-1", "request-1"),
            Erasure(second, clock.now, "sub-2", "request-3"),
        ]
        assert store.erasures(f"{tenant}x") == []

    def test_a_secret_stays_the_same(self, store: ResourceStore, tenant: str) -> None:
        first = store.secret(f"links-{tenant}")

        assert len(first) == 32
        assert store.secret(f"links-{tenant}") == first
        assert store.secret(f"other-{tenant}") != first

    @staticmethod
    def _life(store: ResourceStore, clock: Clock, patient: Key) -> list[Record]:
        """Create, update and delete, a second apart; return the records."""
        records = []
        for write in (put(patient, n=1), put(patient, 1, n=2), delete(patient, 2)):
            records += store.commit([write])
            clock.turn(1000)
        return records

    @staticmethod
    def _next(store: ResourceStore, query: HistoryQuery, page: HistoryPage) -> HistoryPage:
        return store.history(
            HistoryQuery(
                query.scope,
                query.count,
                after=page.next,
                oldest_first=query.oldest_first,
                max_bytes=query.max_bytes,
            )
        )
