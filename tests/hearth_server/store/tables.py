"""The table `resources` and a bucket, as a stage has them, for tests that need no stage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

from hearth_server.aws.credentials import Credentials
from hearth_server.aws.dynamodb import DynamoDB, DynamoDBClient
from hearth_server.aws.endpoint import parse
from hearth_server.aws.errors import CallFailed
from hearth_server.aws.http import Transport
from hearth_server.aws.s3 import ObjectVersion

from tests.services.dynamodb_local import ACCESS_KEY

REGION = "eu-central-1"
LOCAL_CREDENTIALS = Credentials(ACCESS_KEY, "secret")
"""For DynamoDB Local, which takes any secret."""

SCHEMA = {
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "gsi1pk", "AttributeType": "S"},
        {"AttributeName": "gsi1sk", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "gsi1",
            "KeySchema": [
                {"AttributeName": "gsi1pk", "KeyType": "HASH"},
                {"AttributeName": "gsi1sk", "KeyType": "RANGE"},
            ],
            "Projection": {
                "ProjectionType": "INCLUDE",
                "NonKeyAttributes": ["deleted", "tx", "method"],
            },
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


def client(url: str, credentials: Credentials, transport: Transport | None = None) -> DynamoDB:
    """Return a client of the DynamoDB at `url`."""
    return DynamoDB(parse(url), REGION, credentials, transport)


def create(dynamodb: DynamoDBClient, name: str) -> None:
    """Create the table `resources` under a name of its own."""
    try:
        dynamodb.call("CreateTable", {"TableName": name, **SCHEMA})
    except CallFailed as failure:
        if failure.code != "ResourceInUseException":  # the answer to a first attempt came late
            raise


class MemoryBucket:
    """A bucket of S3 in this process: what is not about S3 itself needs no server."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self._lock = threading.Lock()

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        with self._lock:
            self.objects[key] = (body, datetime.now(UTC).isoformat())

    def get(self, key: str) -> bytes | None:
        """Return an object's bytes; None if there is no such object."""
        found = self.objects.get(key)
        return None if found is None else found[0]

    def delete(self, key: str, version: str | None = None) -> None:
        """Delete an object."""
        with self._lock:
            self.objects.pop(key, None)

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield every object below `prefix`."""
        with self._lock:
            found = sorted(self.objects.items())
        for key, (_, modified) in found:
            if key.startswith(prefix):
                yield ObjectVersion(key, "null", modified)
