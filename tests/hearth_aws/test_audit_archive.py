"""An AuditArchive: what it registers, and which inputs it refuses."""

from __future__ import annotations

import pytest
from hearth_aws import AuditArchive, AuditArchiveArgs, InputError

from tests.hearth_aws.programs import by_default, told

LOCK = "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
LIFECYCLE = "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


@pytest.mark.parametrize("known", [False, True])
def test_nobody_can_delete_an_audit_record_for_seven_years_by_default(known: bool) -> None:
    lock = by_default(known=known).inputs(LOCK, "archive-lock")

    assert lock["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 2557}}


def test_a_stage_that_comes_and_goes_locks_for_a_day_in_governance_mode() -> None:
    graph = told()

    assert graph.inputs(LOCK, "archive-lock") == {
        "bucket": graph.one("s3/bucket:Bucket", "archive").outputs["bucket"],
        "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}},
    }


def test_a_lock_is_set_once_the_bucket_is_versioned() -> None:
    graph = by_default()

    versioning = graph.one("s3/bucketVersioning:BucketVersioning", "archive-versioning")

    assert versioning.urn in graph.one(LOCK).dependencies


def test_records_expire_only_when_told_and_access_logs_after_their_days() -> None:
    def days(graph: object, bucket: str) -> list[int]:
        rules = graph.inputs(LIFECYCLE, f"{bucket}-lifecycle")["rules"]  # type: ignore[attr-defined]
        return [rule["expiration"]["days"] for rule in rules if "expiration" in rule]

    assert (days(by_default(), "archive"), days(told(), "archive")) == ([], [30])
    assert (days(by_default(), "archive-access-logs"), days(told(), "archive-access-logs")) == (
        [2557],
        [10],
    )


def test_s3_alone_may_write_access_logs_and_only_of_this_account() -> None:
    graph = by_default()
    arn = graph.one("s3/bucket:Bucket", "archive-access-logs").outputs["arn"]

    statements = graph.statements("s3/bucketPolicy:BucketPolicy", "archive-access-logs-policy")

    assert statements["AccessLogs"] == {
        "Effect": "Allow",
        "Action": ["s3:PutObject"],
        "Resource": f"{arn}/*",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    }


def test_the_archive_logs_its_own_access() -> None:
    graph = by_default()

    assert (
        graph.inputs("s3/bucketLogging:BucketLogging", "archive-logging")["targetBucket"]
        == (graph.one("s3/bucket:Bucket", "archive-access-logs").outputs["bucket"])
    )


def test_an_archive_says_what_others_need_of_it() -> None:
    graph = by_default()
    bucket = graph.one("s3/bucket:Bucket", "archive")

    assert graph.one("hearth:index:AuditArchive").outputs == {
        "bucket_name": bucket.outputs["bucket"],
        "bucket_arn": bucket.outputs["arn"],
        "access_log_bucket_name": graph.one("s3/bucket:Bucket", "archive-access-logs").outputs[
            "bucket"
        ],
        "key_arn": graph.one("kms/key:Key", "archive-key").outputs["arn"],
    }


@pytest.mark.parametrize(
    ("args", "input_", "problem"),
    [
        ({"mode": "legal-hold"}, "mode", "is 'legal-hold'; allowed: governance, compliance"),
        ({"retention_days": 0}, "retention_days", "is 0; allowed: 1 or more"),
        (
            {"retention_days": 30, "expiry_days": 29},
            "expiry_days",
            "is 29; allowed: 30 or more",
        ),
        ({"access_log_days": 0}, "access_log_days", "is 0; allowed: 1 or more"),
        (
            {"deletion_protection": 1},
            "deletion_protection",
            "is 1; allowed: true, false",
        ),
    ],
)
def test_a_wrong_input_is_named(args: AuditArchiveArgs, input_: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        AuditArchive("archive", args)

    assert str(error.value) == f"AuditArchive 'archive': input {input_} {problem}"
