"""A FhirStore: what it registers, and which inputs it refuses."""

from __future__ import annotations

import pytest
from hearth_aws import FhirStore, FhirStoreArgs, InputError
from hearth_local.engine import wire

from tests.hearth_aws.graph import own
from tests.hearth_aws.programs import by_default, told


def test_a_store_is_a_table_a_bucket_of_bodies_and_a_key_of_its_own() -> None:
    graph = by_default(known=False)
    component = graph.one("hearth:index:FhirStore")

    assert graph.children(component) == [
        ("hearth:index:EncryptionKey", "records-key"),
        ("aws:dynamodb/table:Table", "records"),
        ("aws:s3/bucket:Bucket", "records-bodies"),
        (
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            "records-bodies-lifecycle",
        ),
        ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "records-bodies-ownership"),
        ("aws:s3/bucketPolicy:BucketPolicy", "records-bodies-policy"),
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "records-bodies-public-access"),
        (
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "records-bodies-encryption",
        ),
        ("aws:s3/bucketVersioning:BucketVersioning", "records-bodies-versioning"),
    ]


TABLE = {
    "billingMode": "PAY_PER_REQUEST",
    "hashKey": "pk",
    "rangeKey": "sk",
    "attributes": [
        {"name": "pk", "type": "S"},
        {"name": "sk", "type": "N"},
        {"name": "gsi1pk", "type": "S"},
        {"name": "gsi1sk", "type": "S"},
    ],
    "globalSecondaryIndexes": [
        {
            "name": "gsi1",
            "keySchemas": [
                {"attributeName": "gsi1pk", "keyType": "HASH"},
                {"attributeName": "gsi1sk", "keyType": "RANGE"},
            ],
            "projectionType": "INCLUDE",
            "nonKeyAttributes": ["deleted", "tx", "method"],
        }
    ],
    "streamEnabled": True,
    "streamViewType": "NEW_AND_OLD_IMAGES",
    "ttl": {"enabled": True, "attributeName": "ttl"},
    "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 35},
    "deletionProtectionEnabled": True,
}


def test_the_table_is_encrypted_recoverable_and_kept_by_default() -> None:
    preview, update = by_default(known=False), by_default()

    assert own(preview.one("dynamodb/table:Table")) == {
        **TABLE,
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": wire.UNKNOWN},
    }
    key = update.one("kms/key:Key", "records-key")
    assert own(update.one("dynamodb/table:Table")) == {
        **TABLE,
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": key.outputs["arn"]},
    }


def test_the_table_takes_what_the_store_is_told() -> None:
    graph = told()

    assert own(graph.one("dynamodb/table:Table")) == {
        **TABLE,
        "serverSideEncryption": {
            "enabled": True,
            "kmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/given",
        },
        "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 7},
        "deletionProtectionEnabled": False,
    }
    assert "records-key" not in {each.name for each in graph}


def test_a_store_says_what_others_need_of_it() -> None:
    graph = by_default()
    table, bodies = (
        graph.one("dynamodb/table:Table"),
        graph.one("s3/bucket:Bucket", "records-bodies"),
    )

    assert graph.one("hearth:index:FhirStore").outputs == {
        "table_name": table.outputs["name"],
        "table_arn": table.outputs["arn"],
        "history_index_arn": f"{table.outputs['arn']}/index/gsi1",
        "stream_arn": table.outputs["streamArn"],
        "bodies_bucket_name": bodies.outputs["bucket"],
        "bodies_bucket_arn": bodies.outputs["arn"],
        "key_arn": graph.one("kms/key:Key", "records-key").outputs["arn"],
    }


@pytest.mark.parametrize(
    ("args", "input_", "problem"),
    [
        ({"recovery_days": 0}, "recovery_days", "is 0; allowed: 1 to 35"),
        ({"recovery_days": 36}, "recovery_days", "is 36; allowed: 1 to 35"),
        (
            {"recovery_days": True},
            "recovery_days",
            "is True; allowed: a whole number, 1 to 35",
        ),
        (
            {"deletion_protection": "yes"},
            "deletion_protection",
            "is 'yes'; allowed: true, false",
        ),
        ({"key": "arn"}, "key", "is not known; did you mean key_arn?"),
        (
            {"replicas": []},
            "replicas",
            "is not known; allowed: key_arn, deletion_protection, recovery_days, "
            "access_log_bucket_name, tags",
        ),
        ({"tags": "ward"}, "tags", "is 'ward'; allowed: a map of text"),
        (
            {"tags": {"aws:cloudformation:stack-name": "x"}},
            "tags['aws:cloudformation:stack-name']",
            "begins with aws:, which AWS keeps to itself",
        ),
    ],
)
def test_a_wrong_input_is_named(args: FhirStoreArgs, input_: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        FhirStore("records", args)

    assert str(error.value) == f"FhirStore 'records': input {input_} {problem}"
