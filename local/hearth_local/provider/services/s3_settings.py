"""Settings of S3 buckets, each a resource of its own: one put, one get, one delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from hearth_local.provider.aws import Aws
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.shapes import from_aws, to_aws
from hearth_local.provider.values import Properties


class BucketSetting(ResourceType):
    """A setting of a bucket. A subclass names boto3's methods and the settings' shape."""

    replace_on = frozenset({"bucket"})
    putting: ClassVar[str]
    getting: ClassVar[str]
    deleting: ClassVar[str]

    def create(self, aws: Aws, inputs: Properties) -> str:
        bucket = str(inputs["bucket"])
        getattr(aws.client("s3"), self.putting)(Bucket=bucket, **self.request(inputs))
        return bucket

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        answer = getattr(aws.client("s3"), self.getting)(Bucket=id)
        seen = self.seen(answer)
        return None if seen is None else {"bucket": id, **seen}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        getattr(aws.client("s3"), self.deleting)(Bucket=id)

    def request(self, inputs: Properties) -> dict[str, Any]:
        """Return the arguments of the put."""
        raise NotImplementedError

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        """Return the answer of the get in Pulumi's names; None if the setting is not there."""
        raise NotImplementedError


class BucketVersioning(BucketSetting):
    """Whether a bucket keeps old versions; deleting it suspends that, as AWS cannot turn it off."""

    pulumi_type = "aws:s3/bucketVersioning:BucketVersioning"
    putting, getting = "put_bucket_versioning", "get_bucket_versioning"

    def request(self, inputs: Properties) -> dict[str, Any]:
        given = inputs["versioningConfiguration"]
        if given["status"] == "Disabled":  # what a bucket is that never had versions
            return {"VersioningConfiguration": {}}
        shape = "#s3/BucketVersioningVersioningConfiguration"
        return {"VersioningConfiguration": to_aws(given, shape, {"mfaDelete": "MFADelete"})}

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        status = answer.get("Status")
        return {"versioningConfiguration": {"status": status}} if status else None

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        suspended = {"Status": "Suspended"}
        aws.client("s3").put_bucket_versioning(Bucket=id, VersioningConfiguration=suspended)


class BucketServerSideEncryptionConfiguration(BucketSetting):
    """The key that a bucket encrypts with by default."""

    pulumi_type = (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    )
    putting, getting, deleting = (
        "put_bucket_encryption",
        "get_bucket_encryption",
        "delete_bucket_encryption",
    )
    _rules = "list:#s3/BucketServerSideEncryptionConfigurationRule"
    _names: ClassVar[Mapping[str, str]] = {
        "applyServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
        "sseAlgorithm": "SSEAlgorithm",
        "kmsMasterKeyId": "KMSMasterKeyID",
    }

    def request(self, inputs: Properties) -> dict[str, Any]:
        rules = to_aws(inputs["rules"], self._rules, self._names)
        for rule in rules:
            blocked = rule.pop("BlockedEncryptionTypes", None)
            if blocked:
                rule["BlockedEncryptionTypes"] = {"EncryptionType": blocked}
        return {"ServerSideEncryptionConfiguration": {"Rules": rules}}

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        rules = [dict(rule) for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]]
        for rule in rules:
            rule.pop("BlockedEncryptionTypes", None)
        return {"rules": from_aws(rules, self._rules, self._names)}


class BucketPublicAccessBlock(BucketSetting):
    """The four switches that keep a bucket private."""

    pulumi_type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    putting, getting, deleting = (
        "put_public_access_block",
        "get_public_access_block",
        "delete_public_access_block",
    )
    _switches = (
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    )

    def request(self, inputs: Properties) -> dict[str, Any]:
        switches = {_capital(name): bool(inputs.get(name)) for name in self._switches}
        return {"PublicAccessBlockConfiguration": switches}

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        given = answer["PublicAccessBlockConfiguration"]
        return {name: given.get(_capital(name), False) for name in self._switches}


class BucketOwnershipControls(BucketSetting):
    """Who owns objects that others put."""

    pulumi_type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    putting, getting, deleting = (
        "put_bucket_ownership_controls",
        "get_bucket_ownership_controls",
        "delete_bucket_ownership_controls",
    )

    def request(self, inputs: Properties) -> dict[str, Any]:
        owner = inputs["rule"]["objectOwnership"]
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": owner}]}}

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        rules = answer["OwnershipControls"]["Rules"]
        return {"rule": {"objectOwnership": rules[0]["ObjectOwnership"]}}


class BucketPolicy(BucketSetting):
    """A bucket's policy."""

    pulumi_type = "aws:s3/bucketPolicy:BucketPolicy"
    putting, getting, deleting = (
        "put_bucket_policy",
        "get_bucket_policy",
        "delete_bucket_policy",
    )

    def request(self, inputs: Properties) -> dict[str, Any]:
        return {"Policy": inputs["policy"]}

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        return {"policy": answer["Policy"]}


class BucketObjectLockConfiguration(BucketSetting):
    """How long an object cannot be deleted; removing it leaves the lock on, without a default."""

    pulumi_type = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    putting, getting = "put_object_lock_configuration", "get_object_lock_configuration"
    _rule = "#s3/BucketObjectLockConfigurationRule"

    def defaults(self, inputs: Properties) -> Properties:
        return {"objectLockEnabled": "Enabled"}

    def request(self, inputs: Properties) -> dict[str, Any]:
        configuration = {"ObjectLockEnabled": inputs["objectLockEnabled"]}
        if inputs.get("rule"):
            configuration["Rule"] = to_aws(inputs["rule"], self._rule)
        return {"ObjectLockConfiguration": configuration}

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        given = answer["ObjectLockConfiguration"]
        rule = from_aws(given.get("Rule"), self._rule)
        return {"objectLockEnabled": given.get("ObjectLockEnabled"), "rule": rule}

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("s3").put_object_lock_configuration(
            Bucket=id, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )


class BucketLogging(BucketSetting):
    """Where a bucket's access log goes."""

    pulumi_type = "aws:s3/bucketLogging:BucketLogging"
    putting, getting = "put_bucket_logging", "get_bucket_logging"
    _names: ClassVar[Mapping[str, str]] = {"id": "ID"}

    def request(self, inputs: Properties) -> dict[str, Any]:
        target = {
            "TargetBucket": inputs["targetBucket"],
            "TargetPrefix": inputs["targetPrefix"],
        }
        if inputs.get("targetObjectKeyFormat"):
            spec = "#s3/BucketLoggingTargetObjectKeyFormat"
            target["TargetObjectKeyFormat"] = to_aws(inputs["targetObjectKeyFormat"], spec)
        return {"BucketLoggingStatus": {"LoggingEnabled": target}}

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        target = answer.get("LoggingEnabled")
        if not target:
            return None
        return {
            "targetBucket": target["TargetBucket"],
            "targetPrefix": target.get("TargetPrefix", ""),
        }

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("s3").put_bucket_logging(Bucket=id, BucketLoggingStatus={})


class BucketCorsConfiguration(BucketSetting):
    """Which web pages may call a bucket."""

    pulumi_type = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
    putting, getting, deleting = "put_bucket_cors", "get_bucket_cors", "delete_bucket_cors"
    _rules = "list:#s3/BucketCorsConfigurationCorsRule"
    _names: ClassVar[Mapping[str, str]] = {"id": "ID"}

    def request(self, inputs: Properties) -> dict[str, Any]:
        return {
            "CORSConfiguration": {
                "CORSRules": to_aws(inputs["corsRules"], self._rules, self._names)
            }
        }

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        return {"corsRules": from_aws(answer["CORSRules"], self._rules, self._names)}


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
