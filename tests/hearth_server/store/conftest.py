"""What every test of a store uses: the contract's asserts explained, and a DynamoDB to write to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, client, create
from tests.services.dynamodb_local import dynamodb_local

pytest.register_assert_rewrite("tests.hearth_server.store.contract")


@pytest.fixture(scope="session")
def dynamodb_url() -> Iterator[str]:
    """The URL of a DynamoDB Local that runs as long as the tests."""
    with dynamodb_local() as url:
        yield url


@pytest.fixture(scope="session")
def resources_table(dynamodb_url: str) -> str:
    """The name of a table that all tests of the session share."""
    create(client(dynamodb_url, LOCAL_CREDENTIALS), "resources")
    return "resources"
