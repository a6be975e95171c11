"""Every bucket of every component: private, versioned, encrypted, TLS only, with an end."""

from __future__ import annotations

import pytest
from hearth_aws import BinaryBucket, InputError

from tests.hearth_aws.graph import Graph, own
from tests.hearth_aws.programs import by_default, told

BUCKETS = ("archive", "archive-access-logs", "binaries", "fhir-failed-records", "records-bodies")

INCOMPLETE_UPLOADS = {
    "id": "incomplete-uploads",
    "status": "Enabled",
    "filter": {"prefix": ""},
    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
}
REPLACED_OBJECTS = {
    "id": "replaced-objects",
    "status": "Enabled",
    "filter": {"prefix": ""},
    "noncurrentVersionExpiration": {"noncurrentDays": 90},
}


def _name(graph: Graph, bucket: str) -> object:
    return graph.one("s3/bucket:Bucket", bucket).outputs["bucket"]


def test_these_are_all_the_buckets() -> None:
    assert tuple(each.name for each in by_default().all("s3/bucket:Bucket")) == BUCKETS


@pytest.mark.parametrize("bucket", BUCKETS)
class TestEveryBucket:
    def test_is_kept_with_what_it_holds_unless_told_otherwise(self, bucket: str) -> None:
        locked = bucket == "archive"

        assert own(by_default().one("s3/bucket:Bucket", bucket)) == {
            "forceDestroy": False,
            "objectLockEnabled": locked,
        }
        assert told().inputs("s3/bucket:Bucket", bucket)["forceDestroy"] is True

    def test_is_closed_to_the_public(self, bucket: str) -> None:
        graph = by_default()

        assert graph.inputs(
            "s3/bucketPublicAccessBlock:BucketPublicAccessBlock", f"{bucket}-public-access"
        ) == {
            "bucket": _name(graph, bucket),
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        }

    def test_owns_what_is_put_into_it(self, bucket: str) -> None:
        graph = by_default()

        assert graph.inputs(
            "s3/bucketOwnershipControls:BucketOwnershipControls", f"{bucket}-ownership"
        ) == {
            "bucket": _name(graph, bucket),
            "rule": {"objectOwnership": "BucketOwnerEnforced"},
        }

    def test_refuses_requests_without_tls(self, bucket: str) -> None:
        graph = by_default()
        arn = graph.one("s3/bucket:Bucket", bucket).outputs["arn"]

        assert graph.statements("s3/bucketPolicy:BucketPolicy", f"{bucket}-policy")["OnlyTls"] == {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }

    def test_keeps_versions(self, bucket: str) -> None:
        graph = by_default()

        assert graph.inputs("s3/bucketVersioning:BucketVersioning", f"{bucket}-versioning") == {
            "bucket": _name(graph, bucket),
            "versioningConfiguration": {"status": "Enabled"},
        }

    def test_has_its_lifecycle_once_it_is_versioned(self, bucket: str) -> None:
        graph = by_default()
        lifecycle = graph.one(
            "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", f"{bucket}-lifecycle"
        )
        versioning = graph.one("s3/bucketVersioning:BucketVersioning", f"{bucket}-versioning")
        expiry = {"archive-access-logs": 2557, "fhir-failed-records": 90}.get(bucket)
        expired = {
            "id": "expired-objects",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": expiry},
        }

        assert lifecycle.inputs == {
            "bucket": _name(graph, bucket),
            "rules": [INCOMPLETE_UPLOADS, REPLACED_OBJECTS] + [expired] * (expiry is not None),
        }
        assert versioning.urn in lifecycle.dependencies


KEYS = {
    "archive": "archive-key",
    "binaries": "binaries-key",
    "fhir-failed-records": "records-key",
    "records-bodies": "records-key",
}


@pytest.mark.parametrize(("bucket", "key"), KEYS.items())
def test_a_bucket_is_encrypted_with_a_customer_managed_key(bucket: str, key: str) -> None:
    graph = by_default()

    assert graph.inputs(
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        f"{bucket}-encryption",
    ) == {
        "bucket": _name(graph, bucket),
        "rules": [
            {
                "applyServerSideEncryptionByDefault": {
                    "sseAlgorithm": "aws:kms",
                    "kmsMasterKeyId": graph.one("kms/key:Key", key).outputs["arn"],
                },
                "bucketKeyEnabled": True,
            }
        ],
    }


def test_only_the_bucket_of_access_logs_is_encrypted_by_s3_alone() -> None:
    graph = by_default()

    encryption = graph.inputs(
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "archive-access-logs-encryption",
    )

    assert encryption["rules"] == [
        {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    ]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_who_learns_a_buckets_name_finds_it_closed_and_encrypted(bucket: str) -> None:
    graph = by_default()
    policy = graph.one("s3/bucketPolicy:BucketPolicy", f"{bucket}-policy")

    before = {
        "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "public-access",
        "s3/bucketOwnershipControls:BucketOwnershipControls": "ownership",
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
            "encryption"
        ),
        "s3/bucketVersioning:BucketVersioning": "versioning",
    }
    assert {graph.one(type_, f"{bucket}-{part}").urn for type_, part in before.items()} <= set(
        policy.dependencies
    )


def test_a_function_that_is_told_a_buckets_name_waits_for_its_policy() -> None:
    graph = by_default()
    policy = graph.one("s3/bucketPolicy:BucketPolicy", "records-bodies-policy")

    function = graph.one("lambda/function:Function", "fhir-api")

    assert policy.urn in function.property_dependencies["environment"]


@pytest.mark.parametrize("bucket", ["binaries", "fhir-failed-records", "records-bodies"])
def test_a_bucket_logs_its_access_where_it_is_told_and_not_by_default(bucket: str) -> None:
    graph = told()

    assert graph.inputs("s3/bucketLogging:BucketLogging", f"{bucket}-logging") == {
        "bucket": _name(graph, bucket),
        "targetBucket": "logs",
        "targetPrefix": f"{_name(graph, bucket)}/",
    }
    assert [each.name for each in by_default().all("s3/bucketLogging:BucketLogging")] == [
        "archive-logging"
    ]


def test_a_binary_bucket_says_its_name_its_arn_and_its_key() -> None:
    graph = by_default()
    bucket = graph.one("s3/bucket:Bucket", "binaries")

    assert graph.one("hearth:index:BinaryBucket").outputs == {
        "bucket_name": bucket.outputs["bucket"],
        "bucket_arn": bucket.outputs["arn"],
        "key_arn": graph.one("kms/key:Key", "binaries-key").outputs["arn"],
    }


def test_a_wrong_input_of_a_binary_bucket_is_named() -> None:
    with pytest.raises(InputError) as wrong:
        BinaryBucket("binaries", {"deletion_protection": "no"})  # type: ignore[typeddict-item]
    with pytest.raises(InputError) as unknown:
        BinaryBucket("binaries", {"cors": []})  # type: ignore[typeddict-unknown-key]

    assert str(wrong.value) == (
        "BinaryBucket 'binaries': input deletion_protection is 'no'; allowed: true, false"
    )
    assert str(unknown.value) == (
        "BinaryBucket 'binaries': input cors is not known; allowed: key_arn, "
        "deletion_protection, access_log_bucket_name, tags"
    )
