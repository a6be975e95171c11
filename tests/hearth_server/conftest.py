"""What tests of several parts of the server use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.dynamodb_local import dynamodb_local


@pytest.fixture(scope="session")
def dynamodb_url() -> Iterator[str]:
    """The URL of a DynamoDB Local that runs as long as the tests."""
    with dynamodb_local() as url:
        yield url
