"""A private S3 bucket with everything that a bucket of health data needs, made in one call.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from hearth_aws import iam_policy, inputs

DAYS_OF_AN_INCOMPLETE_UPLOAD = 7
DAYS_OF_A_REPLACED_OBJECT = 90


LONGEST_NAME = 63
ADDED_BY_PULUMI = len("-0123456")


@dataclass(frozen=True)
class ObjectLock:
    """For how long S3 refuses to delete an object, and whether anyone may lift that."""

    mode: str
    """GOVERNANCE, which a permission lifts, or COMPLIANCE, which nothing lifts."""
    days: int


@dataclass(frozen=True)
class BucketSettings:
    """How one bucket differs from the next."""

    tags: Mapping[str, pulumi.Input[str]]
    key_arn: pulumi.Input[str] | None
    """None only where S3 itself cannot use a customer-managed key: its own access logs."""
    access_log_bucket: pulumi.Input[str] | None = None
    deletion_protection: bool = True
    """False lets the bucket be deleted with what is in it."""
    expiry_days: int | None = None
    """Days after which objects are deleted; None keeps them."""
    object_lock: ObjectLock | None = None
    statements: Sequence[iam_policy.Statement] = ()
    """What the bucket's policy allows on its objects; the resource is filled in."""


@dataclass(frozen=True)
class PrivateBucket:
    """A bucket as others see it: who learns its name finds it closed and encrypted."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


def check_name(component: str, suffix: str = "") -> None:
    """Raise InputError if S3 takes no bucket that Pulumi names after the component.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    longest = LONGEST_NAME - ADDED_BY_PULUMI - len(suffix)
    pattern = f"[A-Za-z0-9][A-Za-z0-9-]{{0,{longest - 1}}}"
    meaning = f"up to {longest} letters, digits and hyphens, since a bucket is named after it"
    inputs.matching("name", component, pattern, meaning)


def private_bucket(
    name: str, settings: BucketSettings, options: pulumi.ResourceOptions
) -> PrivateBucket:
    """Create the bucket with the resources that hold its settings."""
    bucket = s3.Bucket(
        name,
        force_destroy=not settings.deletion_protection,
        object_lock_enabled=settings.object_lock is not None,
        tags=settings.tags,
        opts=options,
    )
    before_use = [
        *_close(name, bucket, options),
        _encrypt(name, bucket, settings, options),
        _keep_versions(name, bucket, settings, options),
    ]
    policy = s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.bucket,
        policy=iam_policy.document(_statements(bucket, settings)),
        # Last, and not beside the public access block: S3 refuses two such changes at a time.
        opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=before_use)),
    )
    if settings.access_log_bucket is not None:
        s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.bucket,
            target_bucket=settings.access_log_bucket,
            target_prefix=pulumi.Output.concat(bucket.bucket, "/"),
            opts=options,
        )
    return PrivateBucket(name=policy.bucket, arn=bucket.arn)


def _statements(bucket: s3.Bucket, settings: BucketSettings) -> list[iam_policy.Statement]:
    objects = pulumi.Output.concat(bucket.arn, "/*")
    tls_only = {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket.arn, objects],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return [tls_only, *({**each, "Resource": objects} for each in settings.statements)]


def _close(name: str, bucket: s3.Bucket, options: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Keep the public and other accounts' objects out."""
    return [
        s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=options,
        ),
        s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=options,
        ),
    ]


def _encrypt(
    name: str, bucket: s3.Bucket, settings: BucketSettings, options: pulumi.ResourceOptions
) -> pulumi.Resource:
    default: s3.BucketServerSideEncryptionConfigurationRuleArgsDict
    if settings.key_arn is None:
        default = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    else:
        default = {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": settings.key_arn,
            },
            "bucket_key_enabled": True,
        }
    return s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", bucket=bucket.bucket, rules=[default], opts=options
    )


def _keep_versions(
    name: str, bucket: s3.Bucket, settings: BucketSettings, options: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Keep what is overwritten for a while, and nothing that was never finished."""
    versioning = s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=options,
    )
    versioned = pulumi.ResourceOptions.merge(
        options, pulumi.ResourceOptions(depends_on=[versioning])
    )
    if settings.object_lock is not None:
        s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=bucket.bucket,
            rule={
                "default_retention": {
                    "mode": settings.object_lock.mode,
                    "days": settings.object_lock.days,
                }
            },
            opts=versioned,
        )
    s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.bucket,
        rules=_lifecycle(settings.expiry_days),
        opts=versioned,
    )
    return versioning


def _lifecycle(expiry_days: int | None) -> list[s3.BucketLifecycleConfigurationRuleArgsDict]:
    rules: list[s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": "incomplete-uploads",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abort_incomplete_multipart_upload": {
                "days_after_initiation": DAYS_OF_AN_INCOMPLETE_UPLOAD
            },
        },
        {
            "id": "replaced-objects",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": DAYS_OF_A_REPLACED_OBJECT},
        },
    ]
    if expiry_days is not None:
        rules.append(
            {
                "id": "expired-objects",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": expiry_days},
            }
        )
    return rules
