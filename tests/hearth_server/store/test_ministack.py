"""The store keeps the contract with no more rights than its role has: MiniStack enforces IAM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

import pytest
from hearth_server.aws.credentials import Credentials
from hearth_server.aws.dynamodb import DynamoDB
from hearth_server.aws.endpoint import parse
from hearth_server.aws.errors import CallFailed
from hearth_server.aws.s3 import S3Bucket
from hearth_server.store.dynamodb import DynamoDBStore, commit
from hearth_server.store.permissions import (
    BODY_ACTIONS,
    BODY_BUCKET_ACTIONS,
    INDEX_ACTIONS,
    TABLE_ACTIONS,
    TABLE_READ_ACTIONS,
)
from hearth_server.store.protocol import ResourceStore

from tests.hearth_server.store.contract import StoreContract
from tests.hearth_server.store.tables import SCHEMA, MemoryBucket
from tests.hearth_server.store.watched import Crash, Watched, crash_at_the_flip
from tests.hearth_server.store.writing import Clock, key, put
from tests.services.ministack import REGION, MiniStack, ministack

TABLE = "resources"
BUCKET = "bodies"


@dataclass(frozen=True)
class Stage:
    """A table, a bucket that takes no plain http, and a role that may use them."""

    stack: MiniStack
    role: Credentials
    reader: Credentials
    """A role that may only read."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """What a stage has of it."""
    with ministack() as stack:
        table = stack.client("dynamodb").create_table(TableName=TABLE, **SCHEMA)
        table_arn = table["TableDescription"]["TableArn"]
        s3 = stack.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(_only_tls()))
        reading = {"Effect": "Allow", "Action": TABLE_READ_ACTIONS, "Resource": table_arn}
        yield Stage(
            stack, stack.role("api", _statements(table_arn)), stack.role("indexer", [reading])
        )


def _statements(table_arn: str) -> list[dict[str, object]]:
    bucket_arn = f"arn:aws:s3:::{BUCKET}"
    rights = [
        (TABLE_ACTIONS, table_arn),
        (INDEX_ACTIONS, f"{table_arn}/index/gsi1"),
        (BODY_ACTIONS, f"{bucket_arn}/*"),
        (BODY_BUCKET_ACTIONS, bucket_arn),
    ]
    return [
        {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        for actions, resource in rights
    ]


def _only_tls() -> dict[str, object]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def dynamodb(stage: Stage) -> DynamoDB:
    """Return a client with the role's rights."""
    return DynamoDB(parse(stage.stack.url), REGION, stage.role)


class TestMiniStackStore(StoreContract):
    """Every promise of `StoreContract`."""

    @pytest.fixture
    def store(self, clock: Clock, stage: Stage) -> ResourceStore:
        """A store with the rights of the role and no others."""
        bucket = S3Bucket(BUCKET, parse(stage.stack.url), REGION, stage.role)
        return DynamoDBStore(dynamodb(stage), TABLE, bucket, clock)


@pytest.mark.parametrize("operation", ["DeleteItem", "Scan", "DescribeTable"])
def test_the_role_may_do_nothing_else(stage: Stage, operation: str) -> None:
    payload = {"TableName": TABLE}
    if operation == "DeleteItem":
        payload |= {"Key": {"pk": {"S": "x"}, "sk": {"N": "0"}}}  # type: ignore[dict-item]

    with pytest.raises(CallFailed) as failure:
        dynamodb(stage).call(operation, payload)

    assert failure.value.code == "AccessDeniedException"


def test_a_function_that_only_reads_passes_a_crashed_transaction_over(stage: Stage) -> None:
    """Past its lease a writer would abort it; a reader must not stumble over it."""
    clock = Clock()
    patient = key("t-crashed")
    bucket = MemoryBucket()
    writer = DynamoDBStore(Watched(dynamodb(stage), crash_at_the_flip), TABLE, bucket, clock)
    (first,) = writer.commit([put(patient)])
    with mock.patch.object(commit, "TOGETHER_ITEMS", 1), pytest.raises(Crash):
        writer.commit([put(patient, 1), put(key("t-crashed"))])
    clock.turn(60_000)

    reading = DynamoDB(parse(stage.stack.url), REGION, stage.reader)
    seen = DynamoDBStore(reading, TABLE, bucket, clock).latest(patient)

    assert seen == first
