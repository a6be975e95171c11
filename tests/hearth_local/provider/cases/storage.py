"""Keys, tables, buckets and logs."""

from __future__ import annotations

import json
from typing import Any

from tests.hearth_local.provider.cases.case import Case
from tests.hearth_local.provider.serving import Kept
from tests.hearth_local.provider.world import World, policy

KEY_POLICY = policy("kms:*", Principal={"AWS": "*"})
RULE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def _key(world: World, kept: Kept) -> Any:
    kms = world.client("kms")
    tags = kms.list_resource_tags(KeyId=kept.id)["Tags"]
    return {
        "description": kms.describe_key(KeyId=kept.id)["KeyMetadata"]["Description"],
        "rotates": kms.get_key_rotation_status(KeyId=kept.id)["KeyRotationEnabled"],
        "tags": {tag["TagKey"]: tag["TagValue"] for tag in tags},
    }


def _alias(world: World, kept: Kept) -> Any:
    aliases = world.client("kms").list_aliases(Limit=100)["Aliases"]
    return next(item["TargetKeyId"] for item in aliases if item["AliasName"] == kept.id)


def _table(world: World, kept: Kept) -> Any:
    dynamodb = world.client("dynamodb")
    table = dynamodb.describe_table(TableName=kept.id)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=kept.id)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    key = table.get("SSEDescription") or {}
    expiry = dynamodb.describe_time_to_live(TableName=kept.id)["TimeToLiveDescription"]
    return {
        "keys": [key["AttributeName"] for key in table["KeySchema"]],
        "indexes": [item["IndexName"] for item in table.get("GlobalSecondaryIndexes", [])],
        "stream": (table.get("StreamSpecification") or {}).get("StreamViewType"),
        "key": key.get("KMSMasterKeyArn") if key.get("Status") == "ENABLED" else None,
        "protected": table["DeletionProtectionEnabled"],
        "recovery": recovery["PointInTimeRecoveryStatus"],
        "expiry": expiry.get("AttributeName"),
    }


TABLE: dict[str, Any] = {
    "hashKey": "pk",
    "rangeKey": "sk",
    "billingMode": "PAY_PER_REQUEST",
    "attributes": [
        {"name": "pk", "type": "S"},
        {"name": "sk", "type": "N"},
        {"name": "gsi1pk", "type": "S"},
        {"name": "gsi1sk", "type": "S"},
    ],
    "globalSecondaryIndexes": [
        {
            "name": "gsi1",
            "hashKey": "gsi1pk",
            "rangeKey": "gsi1sk",
            "projectionType": "INCLUDE",
            "nonKeyAttributes": ["deleted", "tx", "method"],
        }
    ],
}


def _setting(method: str, *path: str) -> Any:
    def look(world: World, kept: Kept) -> Any:
        value = getattr(world.client("s3"), method)(Bucket=kept.id)
        for name in path:
            value = value[name]
        return value

    return look


def _deny(world: World, action: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": f"arn:aws:s3:::{world.bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _log_group(world: World, kept: Kept) -> Any:
    groups = world.client("logs").describe_log_groups(logGroupNamePrefix=kept.id)["logGroups"]
    return [groups[0].get("retentionInDays"), groups[0].get("kmsKeyId")]


def _log_policy(world: World, kept: Kept) -> Any:
    found = world.client("logs").describe_resource_policies()["resourcePolicies"]
    return [item["policyDocument"] for item in found if item["policyName"] == kept.id]


def _metric_filter(world: World, kept: Kept) -> Any:
    found = world.client("logs").describe_metric_filters(logGroupName=world.log_group)
    return [item["filterPattern"] for item in found["metricFilters"]]


LOG_POLICY = policy("logs:PutLogEvents", Principal={"Service": "es.amazonaws.com"})
LOG_POLICY_2 = policy("logs:CreateLogStream", Principal={"Service": "es.amazonaws.com"})
METRIC = {"name": "Denied", "namespace": "Hearth", "value": "1"}

CASES = [
    Case(
        "aws:kms/key:Key",
        lambda w: {
            "description": "records",
            "enableKeyRotation": True,
            "policy": KEY_POLICY,
            "tags": {"owner": "us"},
        },
        _key,
        {"description": "records", "rotates": True, "tags": {"stage": "local", "owner": "us"}},
        lambda w: {"description": "all", "policy": KEY_POLICY, "tags": {"owner": "them"}},
        {"description": "all", "rotates": False, "tags": {"stage": "local", "owner": "them"}},
        {"keyUsage": "SIGN_VERIFY", "multiRegion": True},
        r"[0-9a-f-]{36}",
    ),
    Case(
        "aws:kms/alias:Alias",
        lambda w: {"targetKeyId": w.key["KeyId"]},
        _alias,
        lambda w: w.key["KeyId"],
        lambda w: {"targetKeyId": w.key["Arn"]},
        lambda w: w.key["KeyId"],
        {"name": "alias/another"},
        "alias/subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:dynamodb/table:Table",
        lambda w: {
            **TABLE,
            "streamEnabled": True,
            "streamViewType": "NEW_AND_OLD_IMAGES",
            "deletionProtectionEnabled": True,
            "pointInTimeRecovery": {"enabled": True},
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": w.key["Arn"]},
            "ttl": {"enabled": True, "attributeName": "ttl"},
        },
        _table,
        lambda w: {
            "keys": ["pk", "sk"],
            "indexes": ["gsi1"],
            "stream": "NEW_AND_OLD_IMAGES",
            "key": w.key["Arn"],
            "protected": True,
            "recovery": "ENABLED",
            "expiry": "ttl",
        },
        lambda w: {
            **TABLE,
            "attributes": TABLE["attributes"][:2],
            "globalSecondaryIndexes": [],
            "streamEnabled": True,
            "streamViewType": "KEYS_ONLY",
            "ttl": {"enabled": True, "attributeName": "expires"},
        },
        {
            "keys": ["pk", "sk"],
            "indexes": [],
            "stream": "KEYS_ONLY",
            "key": None,
            "protected": False,
            "recovery": "DISABLED",
            "expiry": "expires",
        },
        {"name": "another", "hashKey": "gsi1pk", "rangeKey": "gsi1sk"},
        "subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:s3/bucket:Bucket",
        lambda w: {"objectLockEnabled": True, "tags": {"owner": "us"}},
        _setting("get_bucket_tagging", "TagSet"),
        [{"Key": "stage", "Value": "local"}, {"Key": "owner", "Value": "us"}],
        lambda w: {"objectLockEnabled": True, "forceDestroy": True},
        [{"Key": "stage", "Value": "local"}],
        {"bucket": "another", "objectLockEnabled": False},
        "subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda w: {"bucket": w.bucket, "versioningConfiguration": {"status": "Enabled"}},
        _setting("get_bucket_versioning", "Status"),
        "Enabled",
        lambda w: {"bucket": w.bucket, "versioningConfiguration": {"status": "Suspended"}},
        "Suspended",
        {"bucket": "another"},
        stays=True,
    ),
    Case(
        RULE,
        lambda w: {
            "bucket": w.bucket,
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": w.key["Arn"],
                    },
                    "bucketKeyEnabled": True,
                }
            ],
        },
        _setting("get_bucket_encryption", "ServerSideEncryptionConfiguration", "Rules"),
        lambda w: [
            {
                "ApplyServerSideEncryptionByDefault": {
                    "SSEAlgorithm": "aws:kms",
                    "KMSMasterKeyID": w.key["Arn"],
                },
                "BucketKeyEnabled": True,
            }
        ],
        lambda w: {
            "bucket": w.bucket,
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
        },
        [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}],
        {"bucket": "another"},
        stays=True,
    ),
    Case(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        lambda w: {"bucket": w.bucket, "blockPublicAcls": True},
        _setting("get_public_access_block", "PublicAccessBlockConfiguration", "BlockPublicAcls"),
        True,
        lambda w: {"bucket": w.bucket, "blockPublicPolicy": True},
        False,
        {"bucket": "another"},
    ),
    Case(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        lambda w: {"bucket": w.bucket, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        _setting("get_bucket_ownership_controls", "OwnershipControls", "Rules"),
        [{"ObjectOwnership": "BucketOwnerEnforced"}],
        lambda w: {"bucket": w.bucket, "rule": {"objectOwnership": "BucketOwnerPreferred"}},
        [{"ObjectOwnership": "BucketOwnerPreferred"}],
        {"bucket": "another"},
    ),
    Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        lambda w: {"bucket": w.bucket, "policy": _deny(w, "s3:PutObjectAcl")},
        _setting("get_bucket_policy", "Policy"),
        lambda w: _deny(w, "s3:PutObjectAcl"),
        lambda w: {"bucket": w.bucket, "policy": _deny(w, "s3:PutObjectTagging")},
        lambda w: _deny(w, "s3:PutObjectTagging"),
        {"bucket": "another"},
    ),
    Case(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        lambda w: {
            "bucket": w.locked_bucket,
            "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}},
        },
        _setting("get_object_lock_configuration", "ObjectLockConfiguration", "Rule"),
        {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        lambda w: {
            "bucket": w.locked_bucket,
            "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 2}},
        },
        {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2}},
        {"bucket": "another"},
        stays=True,
    ),
    Case(
        "aws:s3/bucketLogging:BucketLogging",
        lambda w: {"bucket": w.bucket, "targetBucket": w.bucket, "targetPrefix": "log/"},
        _setting("get_bucket_logging", "LoggingEnabled", "TargetPrefix"),
        "log/",
        lambda w: {"bucket": w.bucket, "targetBucket": w.bucket, "targetPrefix": "access/"},
        "access/",
        {"bucket": "another"},
    ),
    Case(
        "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
        lambda w: {
            "bucket": w.bucket,
            "corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["*"]}],
        },
        _setting("get_bucket_cors", "CORSRules"),
        [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}],
        lambda w: {
            "bucket": w.bucket,
            "corsRules": [{"allowedMethods": ["PUT"], "allowedOrigins": ["https://a.example"]}],
        },
        [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://a.example"]}],
        {"bucket": "another"},
    ),
    Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        lambda w: {
            "bucket": w.bucket,
            "rules": [
                {
                    "id": "old",
                    "status": "Enabled",
                    "filter": {"and": {"prefix": "x/", "tags": {"a": "b"}}},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "transitions": [{"days": 30, "storageClass": "GLACIER"}],
                }
            ],
        },
        lambda w, kept: [
            rule["ID"] for rule in _setting("get_bucket_lifecycle_configuration", "Rules")(w, kept)
        ],
        ["old"],
        lambda w: {
            "bucket": w.bucket,
            "rules": [{"id": "new", "status": "Enabled", "expiration": {"days": 3}}],
        },
        ["new"],
        {"bucket": "another"},
    ),
    Case(
        "aws:s3/bucketNotification:BucketNotification",
        lambda w: {
            "bucket": w.bucket,
            "queues": [
                {
                    "queueArn": w.open_queue["arn"],
                    "events": ["s3:ObjectCreated:*"],
                    "filterPrefix": "in/",
                }
            ],
        },
        lambda w, kept: [
            item["Events"]
            for item in _setting("get_bucket_notification_configuration", "QueueConfigurations")(
                w, kept
            )
        ],
        [["s3:ObjectCreated:*"]],
        lambda w: {
            "bucket": w.bucket,
            "queues": [{"queueArn": w.open_queue["arn"], "events": ["s3:ObjectRemoved:*"]}],
        },
        [["s3:ObjectRemoved:*"]],
        {"bucket": "another"},
    ),
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda w: {"retentionInDays": 30, "kmsKeyId": w.key["Arn"]},
        _log_group,
        lambda w: [30, w.key["Arn"]],
        lambda w: {"kmsKeyId": w.key["Arn"], "tags": {"a": "b"}},
        lambda w: [None, w.key["Arn"]],
        {"name": "another"},
        "subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        lambda w: {"policyName": "search", "policyDocument": LOG_POLICY},
        _log_policy,
        [LOG_POLICY],
        lambda w: {"policyName": "search", "policyDocument": LOG_POLICY_2},
        [LOG_POLICY_2],
        {"policyName": "another"},
        "search",
    ),
    Case(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        lambda w: {
            "logGroupName": w.log_group,
            "pattern": "DENIED",
            "metricTransformation": METRIC,
        },
        _metric_filter,
        ["DENIED"],
        lambda w: {
            "logGroupName": w.log_group,
            "pattern": "REFUSED",
            "metricTransformation": {**METRIC, "defaultValue": "0"},
        },
        ["REFUSED"],
        {"name": "another", "logGroupName": "another"},
        import_id=lambda kept: f"{kept.inputs['logGroupName']}:{kept.id}",
    ),
]
