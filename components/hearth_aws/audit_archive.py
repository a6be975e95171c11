"""Where audit records are kept for as long as the law asks, whoever would like them gone.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from hearth_aws import iam_policy, inputs, tags
from hearth_aws.bucket import BucketSettings, ObjectLock, check_name, private_bucket
from hearth_aws.encryption_key import KeyUser, given_or_own
from hearth_aws.location import locate
from hearth_aws.log_group import SEVEN_YEARS


class RetentionMode(StrEnum):
    """Who may delete a record before its time."""

    GOVERNANCE = "governance"
    """Whoever holds s3:BypassGovernanceRetention: for stages that come and go."""
    COMPLIANCE = "compliance"
    """Nobody, not even the account's root; nor can the time be shortened."""


class AuditArchiveArgs(TypedDict):
    """What an AuditArchive can be told."""

    mode: NotRequired[RetentionMode]
    """Who may delete a record before its time: governance or compliance. Default compliance."""
    retention_days: NotRequired[int]
    """Days before a record may be deleted. Default 2557, seven years."""
    expiry_days: NotRequired[int]
    """Days after which S3 deletes a record, at least the retention. Default: never."""
    key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the customer-managed key. Default: a key of its own."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete the buckets while they hold something. Default true."""
    access_log_days: NotRequired[int]
    """Days for which the access logs of buckets are kept. Default 2557, seven years."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags for every resource, beside the component's own."""


@dataclass(frozen=True)
class _Settings:
    lock: ObjectLock
    expiry_days: int | None
    key_arn: pulumi.Input[str] | None
    deletion_protection: bool
    access_log_days: int
    tags: tags.Tags


def _resolve(name: str, args: AuditArchiveArgs) -> _Settings:
    check_name(name, "-access-logs")
    inputs.known(args, AuditArchiveArgs)
    days = inputs.whole("retention_days", args.get("retention_days", SEVEN_YEARS), minimum=1)
    mode = inputs.choice("mode", args.get("mode", RetentionMode.COMPLIANCE), RetentionMode)
    expiry = args.get("expiry_days")
    return _Settings(
        lock=ObjectLock(mode=mode.name, days=days),
        expiry_days=None if expiry is None else inputs.whole("expiry_days", expiry, minimum=days),
        key_arn=inputs.given(args, "key_arn", inputs.arn),
        deletion_protection=inputs.flag(
            "deletion_protection", args.get("deletion_protection", True)
        ),
        access_log_days=inputs.whole(
            "access_log_days", args.get("access_log_days", SEVEN_YEARS), minimum=1
        ),
        tags=tags.resolve("AuditArchive", args),
    )


class AuditArchive(pulumi.ComponentResource):
    """A bucket in which no record can be deleted before its time, and one for access logs."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket of audit records."""
    bucket_arn: pulumi.Output[str]
    """ARN of that bucket."""
    access_log_bucket_name: pulumi.Output[str]
    """Name of the bucket that takes the access logs of this and of other buckets."""
    key_arn: pulumi.Output[str]
    """ARN of the key that encrypts the audit records."""

    def __init__(
        self, name: str, args: AuditArchiveArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with inputs.of("AuditArchive", name):
            settings = _resolve(name, args)
        super().__init__("hearth:index:AuditArchive", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        key_arn = given_or_own(
            settings.key_arn,
            f"{name}-key",
            {"users": [KeyUser.S3], "tags": settings.tags},
            self,
        )
        access_logs = private_bucket(
            f"{name}-access-logs",
            BucketSettings(
                tags=settings.tags,
                key_arn=None,  # S3 delivers no access log into a bucket under a KMS key
                deletion_protection=settings.deletion_protection,
                expiry_days=settings.access_log_days,
                statements=[_log_delivery(locate(self).account_id)],
            ),
            child,
        )
        bucket = private_bucket(
            name,
            BucketSettings(
                tags=settings.tags,
                key_arn=key_arn,
                access_log_bucket=access_logs.name,
                deletion_protection=settings.deletion_protection,
                expiry_days=settings.expiry_days,
                object_lock=settings.lock,
            ),
            child,
        )
        self.bucket_name = bucket.name
        self.bucket_arn = bucket.arn
        self.access_log_bucket_name = access_logs.name
        self.key_arn = pulumi.Output.from_input(key_arn)
        self.register_outputs(
            {
                "bucket_name": self.bucket_name,
                "bucket_arn": self.bucket_arn,
                "access_log_bucket_name": self.access_log_bucket_name,
                "key_arn": self.key_arn,
            }
        )


def _log_delivery(account_id: pulumi.Output[str]) -> iam_policy.Statement:
    """Let S3 itself write access logs of this account's buckets.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    return iam_policy.allow(
        "AccessLogs",
        ["s3:PutObject"],
        [],
        Principal={"Service": "logging.s3.amazonaws.com"},
        Condition={"StringEquals": {"aws:SourceAccount": account_id}},
    )
