"""The store on DynamoDB: it keeps the contract, and large bodies keep their place."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.dynamodb.bodies import BodyMissing
from hearth_server.store.protocol import Key, ResourceStore, StaleBase, Write

from tests.hearth_server.store.contract import StoreContract
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client
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


def test_a_refused_write_leaves_no_object_behind(
    store: DynamoDBStore, bucket: TrickyBucket
) -> None:
    document = key(f"t{uuid.uuid4().hex}", type="Binary")
    store.commit([large(document)])

    with pytest.raises(StaleBase):
        store.commit([large(document)])

    assert len(bucket.objects) == 1
