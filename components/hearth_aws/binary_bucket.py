"""Where the bytes of FHIR Binary resources live."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from hearth_aws import inputs, tags
from hearth_aws.bucket import BucketSettings, check_name, private_bucket
from hearth_aws.encryption_key import KeyUser, given_or_own


class BinaryBucketArgs(TypedDict):
    """What a BinaryBucket can be told."""

    key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the customer-managed key. Default: a key of its own."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete the bucket while it holds something. Default true."""
    access_log_bucket_name: NotRequired[pulumi.Input[str]]
    """Name of the bucket that gets this bucket's access log. Default: no log."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags for every resource, beside the component's own."""


@dataclass(frozen=True)
class _Settings:
    key_arn: pulumi.Input[str] | None
    deletion_protection: bool
    access_log_bucket: pulumi.Input[str] | None
    tags: tags.Tags


def _resolve(name: str, args: BinaryBucketArgs) -> _Settings:
    check_name(name)
    inputs.known(args, BinaryBucketArgs)
    return _Settings(
        key_arn=inputs.given(args, "key_arn", inputs.arn),
        deletion_protection=inputs.flag(
            "deletion_protection", args.get("deletion_protection", True)
        ),
        access_log_bucket=inputs.given(args, "access_log_bucket_name", inputs.wired),
        tags=tags.resolve("BinaryBucket", args),
    )


class BinaryBucket(pulumi.ComponentResource):
    """A private, versioned and encrypted bucket for images, documents and other bytes."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""
    key_arn: pulumi.Output[str]
    """ARN of the key that encrypts it."""

    def __init__(
        self, name: str, args: BinaryBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with inputs.of("BinaryBucket", name):
            settings = _resolve(name, args)
        super().__init__("hearth:index:BinaryBucket", name, {}, opts)
        key_arn = given_or_own(
            settings.key_arn,
            f"{name}-key",
            {"users": [KeyUser.S3], "tags": settings.tags},
            self,
        )
        bucket = private_bucket(
            name,
            BucketSettings(
                tags=settings.tags,
                key_arn=key_arn,
                access_log_bucket=settings.access_log_bucket,
                deletion_protection=settings.deletion_protection,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.bucket_name = bucket.name
        self.bucket_arn = bucket.arn
        self.key_arn = pulumi.Output.from_input(key_arn)
        self.register_outputs(
            {
                "bucket_name": self.bucket_name,
                "bucket_arn": self.bucket_arn,
                "key_arn": self.key_arn,
            }
        )
