"""The store on DynamoDB keeps the contract: on Amazon's own DynamoDB Local."""

from __future__ import annotations

import pytest
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.protocol import ResourceStore

from tests.hearth_server.store.contract import StoreContract
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client
from tests.hearth_server.store.writing import Clock

pytestmark = pytest.mark.java


class TestDynamoDBLocalStore(StoreContract):
    """Every promise of `StoreContract`."""

    @pytest.fixture
    def store(self, clock: Clock, dynamodb_url: str, resources_table: str) -> ResourceStore:
        """A store over the shared table, with a client of its own."""
        dynamodb = client(dynamodb_url, LOCAL_CREDENTIALS)
        return DynamoDBStore(dynamodb, resources_table, MemoryBucket(), clock)
