"""Amazon S3 buckets: https://docs.aws.amazon.com/AmazonS3/latest/API/."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created, error_code
from hearth_local.provider.schema import Failure
from hearth_local.provider.values import Properties

# Pulumi still takes these on the bucket itself, deprecated; their own resources are what works.
_OWN_RESOURCES = {
    "acl": "BucketAcl",
    "corsRules": "BucketCorsConfiguration",
    "grants": "BucketAcl",
    "lifecycleRules": "BucketLifecycleConfiguration",
    "logging": "BucketLogging",
    "objectLockConfiguration": "BucketObjectLockConfiguration",
    "policy": "BucketPolicy",
    "replicationConfiguration": "BucketReplicationConfig",
    "requestPayer": "BucketRequestPaymentConfiguration",
    "serverSideEncryptionConfiguration": "BucketServerSideEncryptionConfiguration",
    "versioning": "BucketVersioning",
    "website": "BucketWebsiteConfiguration",
}


class Bucket(ResourceType):
    """A bucket; its settings are resources of their own."""

    pulumi_type = "aws:s3/bucket:Bucket"
    autoname = Autoname("bucket", prefix_property="bucketPrefix", longest=63, lower_case=True)
    replace_on = frozenset({"bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"forceDestroy": False}

    def verify(self, inputs: Properties) -> list[Failure]:
        return [
            Failure(name, f"the local stage takes {name!r} from aws.s3.{resource} only")
            for name, resource in _OWN_RESOURCES.items()
            if inputs.get(name)
        ]

    def create(self, aws: Aws, inputs: Properties) -> str:
        s3 = aws.client("s3")
        name = str(inputs["bucket"])
        request: dict[str, Any] = {}
        if aws.region != "us-east-1":
            request["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}
        if inputs.get("objectLockEnabled"):
            request["ObjectLockEnabledForBucket"] = True
        s3.create_bucket(Bucket=name, **request)
        with created(name):
            _set_tags(s3, name, inputs)
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        s3 = aws.client("s3")
        s3.head_bucket(Bucket=id)
        suffix = aws.url_suffix
        return {
            "arn": f"arn:{aws.partition}:s3:::{id}",
            "bucket": id,
            "bucketDomainName": f"{id}.s3.{suffix}",
            "bucketRegion": aws.region,
            "bucketRegionalDomainName": f"{id}.s3.{aws.region}.{suffix}",
            "objectLockEnabled": _has_object_lock(s3, id),
            **tags.both(_tags(s3, id)),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        if old.get("tags") != new.get("tags"):
            _set_tags(aws.client("s3"), id, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        s3 = aws.client("s3")
        if state.get("forceDestroy"):
            _empty(s3, id)
        s3.delete_bucket(Bucket=id)


def _set_tags(s3: Any, name: str, inputs: Properties) -> None:
    if inputs.get("tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags.pairs(inputs["tags"])})
    else:
        s3.delete_bucket_tagging(Bucket=name)


def _tags(s3: Any, name: str) -> dict[str, str]:
    try:
        return tags.mapping(s3.get_bucket_tagging(Bucket=name)["TagSet"])
    except ClientError as error:
        if error_code(error) == "NoSuchTagSet":
            return {}
        raise


def _has_object_lock(s3: Any, name: str) -> bool:
    try:
        lock = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    except ClientError as error:
        if error_code(error) == "ObjectLockConfigurationNotFoundError":
            return False
        raise
    return bool(lock.get("ObjectLockEnabled") == "Enabled")


def _empty(s3: Any, name: str) -> None:
    """Delete every version of every object; governance retention is bypassed, as Pulumi does."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in versions]
        if objects:
            s3.delete_objects(
                Bucket=name, Delete={"Objects": objects}, BypassGovernanceRetention=True
            )
