"""What each interaction costs in calls to DynamoDB and in write units."""

from __future__ import annotations

import gzip
import json
import math
import os
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hearth_server.aws.dynamodb import DynamoDB
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.dynamodb.items import size
from hearth_server.store.protocol import Key, Write

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client
from tests.hearth_server.store.writing import delete, idempotency, key, put

pytestmark = pytest.mark.java

TENANT = "-"


class Counted:
    """A client that counts its calls and what they cost."""

    def __init__(self, inner: DynamoDB) -> None:
        self._inner = inner
        self.calls: Counter[str] = Counter()
        self.units: list[tuple[float, float]] = []
        """Of each put: what it cost the table, and the index."""
        self.items: list[dict[str, Any]] = []

    def call(
        self, operation: str, payload: Mapping[str, Any], call_seconds: float | None = None
    ) -> dict[str, Any]:
        """Return the answer of the inner client."""
        self.calls[operation] += 1
        asked = {**payload, "ReturnConsumedCapacity": "INDEXES"}
        answer = self._inner.call(operation, asked, call_seconds)
        if operation == "PutItem":
            used = answer["ConsumedCapacity"]
            index = used.get("GlobalSecondaryIndexes", {}).get("gsi1", {})
            self.units.append((used["Table"]["CapacityUnits"], index.get("CapacityUnits", 0.0)))
            self.items.append(payload["Item"])
        return answer


class Measured:
    """A store that has met its tenant and its types, and the client below it."""

    def __init__(self, url: str, table: str) -> None:
        self.client = Counted(client(url, LOCAL_CREDENTIALS))
        self.store = DynamoDBStore(self.client, table, MemoryBucket())
        self.store.commit([put(key(TENANT)), put(key(TENANT, type="Observation"))])
        self.client.calls.clear()

    def calls(self) -> dict[str, int]:
        """Return the calls since the last time."""
        found = dict(self.client.calls)
        self.client.calls.clear()
        return found


@pytest.fixture
def measured(dynamodb_url: str, resources_table: str) -> Measured:
    """A store whose calls are counted."""
    return Measured(dynamodb_url, resources_table)


def test_a_create_is_one_call(measured: Measured) -> None:
    measured.store.commit([put(key(TENANT), fresh=True)])

    assert measured.calls() == {"PutItem": 1}


def test_a_read_is_one_call(measured: Measured) -> None:
    patient = key(TENANT)
    measured.store.commit([put(patient)])
    measured.calls()

    measured.store.latest(patient)
    newest = measured.calls()
    measured.store.version(patient, 1)

    assert newest == {"Query": 1}
    assert measured.calls() == {"GetItem": 1}


def test_an_update_and_a_delete_are_a_read_and_a_put(measured: Measured) -> None:
    patient = key(TENANT)
    measured.store.commit([put(patient)])
    measured.calls()

    for write in (put(patient, 1), delete(patient, 2)):
        measured.store.latest(patient)
        measured.store.commit([write])

        assert measured.calls() == {"Query": 1, "PutItem": 1}


def test_a_kept_answer_makes_a_create_a_transaction(measured: Measured) -> None:
    measured.store.commit([put(key(TENANT))], idempotency(TENANT, uuid.uuid4().hex))

    assert measured.calls() == {"TransactWriteItems": 1}


def test_a_thousand_creates_are_forty_batches_and_four_writes(measured: Measured) -> None:
    """Record and line at the beginning, flip and note at the end."""
    measured.store.commit([put(key(TENANT), fresh=True) for _ in range(1000)])

    assert measured.calls() == {"PutItem": 1, "BatchWriteItem": 41, "UpdateItem": 2}


def test_reading_what_one_transaction_staged_asks_for_its_record_once(measured: Measured) -> None:
    keys = [key(TENANT) for _ in range(101)]
    measured.store.commit([put(each) for each in keys])
    measured.calls()

    measured.store.latest_of(keys)

    assert measured.calls() == {"Query": 101}


@pytest.mark.shared_data
def test_a_create_of_synthea_costs_little_more_than_one_unit(
    measured: Measured, dynamodb_url: str
) -> None:
    """At most 1.2 units on average for the table and 2.2 with the index."""
    writes = _synthea()[::25]
    for write in writes:
        measured.store.commit([write])

    table = [units for units, _ in measured.client.units]
    index = [units for _, units in measured.client.units]
    computed = [math.ceil(size(item) / 1024) for item in measured.client.items]
    assert sum(table) / len(writes) <= 1.2
    assert (sum(table) + sum(index)) / len(writes) <= 2.2
    assert abs(sum(computed) - sum(table)) <= len(writes) * 0.02


def _synthea() -> list[Write]:
    shared = os.environ.get("HEARTH_SHARED_DATA")
    if not shared:
        pytest.skip("HEARTH_SHARED_DATA is not set")
    writes = []
    for file in sorted(Path(shared, "synthea").glob("*.json.gz"))[:8]:
        for entry in json.loads(gzip.decompress(file.read_bytes()))["entry"]:
            resource = entry["resource"]
            fresh = Key(TENANT, resource["resourceType"], str(uuid.uuid4()))
            content = {**resource, "id": fresh.id}
            writes.append(Write(fresh, "POST", content, 0, fresh=True))
    return writes
