"""The store on DynamoDB: it keeps the contract, and large bodies keep their place."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.dynamodb.bodies import BodyMissing
from hearth_server.store.protocol import (
    HistoryQuery,
    Key,
    ResourceStore,
    Scope,
    StaleBase,
    Write,
)
from msgspec import structs

from tests.hearth_server.store.contract import StoreContract
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client
from tests.hearth_server.store.watched import Watched
from tests.hearth_server.store.writing import Clock, key, put

pytestmark = pytest.mark.java


class TestDynamoDBLocalStore(StoreContract):
    """Every promise of `StoreContract`."""

    @pytest.fixture
    def store(self, clock: Clock, dynamodb_url: str, resources_table: str) -> ResourceStore:
        """A store over the shared table, with a client of its own."""
        dynamodb = client(dynamodb_url, LOCAL_CREDENTIALS)
        return DynamoDBStore(dynamodb, resources_table, MemoryBucket(), clock)


class TrickyBucket(MemoryBucket):
    """A bucket in which something happens before an object is read."""

    def __init__(self) -> None:
        super().__init__()
        self.before_get: Callable[[], object] = lambda: None

    def get(self, key: str) -> bytes | None:
        """Let it happen, then return the object's bytes."""
        self.before_get()
        return super().get(key)


@pytest.fixture
def bucket() -> TrickyBucket:
    """The bucket of bodies."""
    return TrickyBucket()


@pytest.fixture
def store(bucket: TrickyBucket, dynamodb_url: str, resources_table: str) -> DynamoDBStore:
    """A store over the bucket."""
    return DynamoDBStore(client(dynamodb_url, LOCAL_CREDENTIALS), resources_table, bucket)


def large(document: Key) -> Write:
    """Return a create whose body goes to S3."""
    return put(document, data="".join(uuid.uuid4().hex for _ in range(30_000)))


def test_a_resource_that_is_expunged_while_it_is_read_is_not_there(
    store: DynamoDBStore, bucket: TrickyBucket
) -> None:
    document = key(f"t{uuid.uuid4().hex}", type="Binary")
    store.commit([large(document)])
    bucket.before_get = lambda: store.expunge(document)

    assert store.latest(document) is None


def test_a_history_goes_on_behind_what_is_expunged_while_it_is_read(
    store: DynamoDBStore, dynamodb_url: str, resources_table: str
) -> None:
    tenant = uuid.uuid4().hex
    written = [store.commit([put(key(tenant, f"p{at}"))])[0].key for at in range(4)]

    def expunging(operation: str, payload: Mapping[str, Any]) -> None:
        if operation == "BatchGetItem":
            store.expunge(written[1])

    watched = Watched(client(dynamodb_url, LOCAL_CREDENTIALS), expunging)
    reader = DynamoDBStore(watched, resources_table, MemoryBucket())
    query = HistoryQuery(Scope(tenant, "Patient"), 2, oldest_first=True)

    first = reader.history(query)
    second = reader.history(structs.replace(query, after=first.next))

    assert [each.key for each in first.records] == [written[0], written[2]]
    assert [each.key for each in second.records] == [written[3]]
    assert second.next is None


def test_a_body_that_is_lost_is_not_passed_over(store: DynamoDBStore, bucket: TrickyBucket) -> None:
    """Silence would look like a resource that never was."""
    document = key(f"t{uuid.uuid4().hex}", type="Binary")
    store.commit([large(document)])
    bucket.objects.clear()

    for read in (
        lambda: store.latest(document),
        lambda: store.version(document, 1),
        lambda: store.versions([(document, 1)]),
    ):
        with pytest.raises(BodyMissing):
            read()


def test_a_body_that_is_anothers_is_not_served(store: DynamoDBStore, bucket: TrickyBucket) -> None:
    first, second = (key(f"t{uuid.uuid4().hex}", type="Binary") for _ in range(2))
    store.commit([large(first)])
    store.commit([large(second)])
    names = list(bucket.objects)
    bucket.objects[names[0]] = bucket.objects[names[1]]

    with pytest.raises(ValueError, match="damaged"):
        store.latest(first)
    assert store.latest(second) is not None


def test_a_refused_write_leaves_no_object_behind(
    store: DynamoDBStore, bucket: TrickyBucket
) -> None:
    document = key(f"t{uuid.uuid4().hex}", type="Binary")
    store.commit([large(document)])

    with pytest.raises(StaleBase):
        store.commit([large(document)])

    assert len(bucket.objects) == 1
