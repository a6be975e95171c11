"""For each rule about one resource: what breaks it, what keeps it, what cannot be known yet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.hearth_policies.pack import UNKNOWN

PASSED = "passed"
UNDECIDED = "undecided"

TABLE = "aws:dynamodb/table:Table"
QUEUE = "aws:sqs/queue:Queue"
KEY = "aws:kms/key:Key"
CLUSTER = "aws:dsql/cluster:Cluster"
DOMAIN = "aws:opensearch/domain:Domain"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
PLAN = "aws:backup/plan:Plan"
API = "aws:apigateway/restApi:RestApi"
STREAM = "aws:kinesis/stream:Stream"
SECRET = "aws:secretsmanager/secret:Secret"
PEERING = "aws:dsql/clusterPeering:ClusterPeering"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ARN = "arn:aws:kms:eu-central-1:123456789012:key/0001"


@dataclass(frozen=True)
class Case:
    """A resource, and what a rule says of it: passed, undecided, or the text of a violation."""

    rule: str
    id: str
    type: str
    inputs: dict[str, Any]
    expected: str
    region: Any = "eu-central-1"


def encrypted(algorithm: Any, **key: Any) -> dict[str, Any]:
    return {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm, **key}}]}


def policy(**changed: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}, **changed,
    }  # fmt: skip
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def encrypted_table(**more: Any) -> dict[str, Any]:
    return {"serverSideEncryption": {"enabled": True, "kmsKeyArn": ARN}, **more}


def domain(https: Any = True, nodes: Any = True, tls: Any = "Policy-Min-TLS-1-2-2019-07") -> Any:
    options = {"enforceHttps": https, "tlsSecurityPolicy": tls}
    return {"domainEndpointOptions": options, "nodeToNodeEncryption": {"enabled": nodes}}


def locked(**retention: Any) -> dict[str, Any]:
    return {"rule": {"defaultRetention": retention}}


def recovery(**settings: Any) -> dict[str, Any]:
    return {"pointInTimeRecovery": settings}


def copies(arn: Any) -> dict[str, Any]:
    return {"rules": [{"ruleName": "daily", "copyActions": [{"destinationVaultArn": arn}]}]}


_NO_KEY = "serverSideEncryption.kmsKeyArn is not set. Name a customer-managed KMS key there."
_SQS = "kmsMasterKeyId"
# fmt: off
CASES = [
    Case("customer-managed-key", "no encryption", TABLE, {}, "serverSideEncryption.enabled is not set. Name a customer-managed KMS key there."),
    Case("customer-managed-key", "switched off", TABLE, {"serverSideEncryption": {"enabled": False, "kmsKeyArn": ARN}}, "serverSideEncryption.enabled is off. Name a customer-managed KMS key there."),
    Case("customer-managed-key", "the owner's key", TABLE, {"serverSideEncryption": {"enabled": True}}, _NO_KEY),
    Case("customer-managed-key", "an empty key", TABLE, {"serverSideEncryption": {"enabled": True, "kmsKeyArn": ""}}, _NO_KEY),
    Case("customer-managed-key", "AWS's key", QUEUE, {_SQS: "alias/aws/sqs"}, "kmsMasterKeyId names a key that AWS manages. Name a customer-managed KMS key there."),
    Case("customer-managed-key", "a cluster's owner's key", CLUSTER, {"kmsEncryptionKey": "AWS_OWNED_KMS_KEY"}, "kmsEncryptionKey names a key that AWS manages. Name a customer-managed KMS key there."),
    Case("customer-managed-key", "a cluster without a key", CLUSTER, {}, "kmsEncryptionKey is not set. Name a customer-managed KMS key there."),
    Case("customer-managed-key", "a cluster's key", CLUSTER, {"kmsEncryptionKey": ARN}, PASSED),
    Case("customer-managed-key", "a cluster's key to be made", CLUSTER, {"kmsEncryptionKey": UNKNOWN}, PASSED),
    Case("customer-managed-key", "a key", TABLE, {"serverSideEncryption": {"enabled": True, "kmsKeyArn": ARN}}, PASSED),
    Case("customer-managed-key", "a key to be made", QUEUE, {_SQS: UNKNOWN}, PASSED),
    Case("customer-managed-key", "a switch to be known", TABLE, {"serverSideEncryption": {"enabled": UNKNOWN, "kmsKeyArn": ARN}}, UNDECIDED),
    Case("customer-managed-key", "all to be known", TABLE, {"serverSideEncryption": UNKNOWN}, UNDECIDED),
    Case("customer-managed-key", "a stream whose key is not used", STREAM, {"kmsKeyId": ARN}, "encryptionType is not set. Name a customer-managed KMS key there."),
    Case("customer-managed-key", "a stream in clear text", STREAM, {"kmsKeyId": ARN, "encryptionType": "NONE"}, "encryptionType is off. Name a customer-managed KMS key there."),
    Case("customer-managed-key", "a stream's key", STREAM, {"kmsKeyId": ARN, "encryptionType": "KMS"}, PASSED),
    Case("customer-managed-key", "a replica under AWS's key", TABLE, encrypted_table(replicas=[{"regionName": "eu-west-1"}]), "replicas: kmsKeyArn is not set. Name a customer-managed KMS key there."),
    Case("customer-managed-key", "a replica's key", TABLE, encrypted_table(replicas=[{"regionName": "eu-west-1", "kmsKeyArn": UNKNOWN}]), PASSED),
    Case("customer-managed-key", "replicas to be known", TABLE, encrypted_table(replicas=UNKNOWN), UNDECIDED),
    Case("customer-managed-key", "a secret's replica under AWS's key", SECRET, {"kmsKeyId": ARN, "replicas": [{"region": "eu-west-1"}]}, "replicas: kmsKeyId is not set. Name a customer-managed KMS key there."),
    Case("bucket-encryption-key", "S3's key", ENCRYPTION, encrypted("AES256"), "applyServerSideEncryptionByDefault.sseAlgorithm is not aws:kms. Use aws:kms and name a customer-managed KMS key in every rule."),
    Case("bucket-encryption-key", "no key", ENCRYPTION, encrypted("aws:kms"), "applyServerSideEncryptionByDefault.kmsMasterKeyId is not set. Use aws:kms and name a customer-managed KMS key in every rule."),
    Case("bucket-encryption-key", "no rules", ENCRYPTION, {}, "rules are not set. Use aws:kms and name a customer-managed KMS key in every rule."),
    Case("bucket-encryption-key", "a key", ENCRYPTION, encrypted("aws:kms", kmsMasterKeyId=ARN), PASSED),
    Case("bucket-encryption-key", "a key to be made", ENCRYPTION, encrypted("aws:kms", kmsMasterKeyId=UNKNOWN), PASSED),
    Case("bucket-encryption-key", "an algorithm to be known", ENCRYPTION, encrypted(UNKNOWN), UNDECIDED),
    Case("bucket-encryption-key", "rules to be known", ENCRYPTION, {"rules": UNKNOWN}, UNDECIDED),
    Case("function-environment-key", "no key", "aws:lambda/function:Function", {"environment": {"variables": {}}}, "kmsKeyArn is not set. Set kmsKeyArn to a customer-managed KMS key."),
    Case("function-environment-key", "no environment", "aws:lambda/function:Function", {}, PASSED),
    Case("function-environment-key", "a key", "aws:lambda/function:Function", {"environment": UNKNOWN, "kmsKeyArn": UNKNOWN}, PASSED),
    Case("key-rotation", "off", KEY, {"enableKeyRotation": False}, "enableKeyRotation is off. Set enableKeyRotation to true, and rotationPeriodInDays to 365 or less."),
    Case("key-rotation", "not set", KEY, {}, "enableKeyRotation is off. Set enableKeyRotation to true, and rotationPeriodInDays to 365 or less."),
    Case("key-rotation", "on", KEY, {"enableKeyRotation": True}, PASSED),
    Case("key-rotation", "every seven years", KEY, {"enableKeyRotation": True, "rotationPeriodInDays": 2560}, "rotationPeriodInDays is 2560. Set enableKeyRotation to true, and rotationPeriodInDays to 365 or less."),
    Case("key-rotation", "every quarter", KEY, {"enableKeyRotation": True, "rotationPeriodInDays": 90}, PASSED),
    Case("key-rotation", "a period to be known", KEY, {"enableKeyRotation": True, "rotationPeriodInDays": UNKNOWN}, UNDECIDED),
    Case("key-rotation", "a key that signs", KEY, {"customerMasterKeySpec": "RSA_2048"}, PASSED),
    Case("key-rotation", "to be known", KEY, {"enableKeyRotation": UNKNOWN}, UNDECIDED),
    Case("key-deletion-window", "a week", KEY, {"deletionWindowInDays": 7}, "deletionWindowInDays is 7. Set deletionWindowInDays to 30."),
    Case("key-deletion-window", "a month", KEY, {"deletionWindowInDays": 30}, PASSED),
    Case("key-deletion-window", "KMS's default", KEY, {}, PASSED),
    Case("key-deletion-window", "to be known", KEY, {"deletionWindowInDays": UNKNOWN}, UNDECIDED),
    Case("bucket-tls-only", "another statement", "aws:s3/bucketPolicy:BucketPolicy", policy(Effect="Allow"), "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "not for everyone", "aws:s3/bucketPolicy:BucketPolicy", policy(Principal={"AWS": "123456789012"}), "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "not JSON", "aws:s3/bucketPolicy:BucketPolicy", {"policy": "{"}, "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "denied", "aws:s3/bucketPolicy:BucketPolicy", policy(), PASSED),
    Case("bucket-tls-only", "only from one network", BUCKET_POLICY, policy(Condition={"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "only what services forward", BUCKET_POLICY, policy(Condition={"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "true"}}), "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "only some objects", BUCKET_POLICY, policy(Resource="arn:aws:s3:::b/letters/*"), "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "only its objects", BUCKET_POLICY, policy(Resource=["arn:aws:s3:::b/*"]), "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "another bucket", BUCKET_POLICY, {"bucket": "b", **policy(Resource=["arn:aws:s3:::c", "arn:aws:s3:::c/*"])}, "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "no condition", BUCKET_POLICY, policy(Condition=None), "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "no statement", BUCKET_POLICY, {"policy": '{"Statement": ["x"]}'}, "policy does not deny requests without TLS. Deny s3:* to everyone where aws:SecureTransport is false."),
    Case("bucket-tls-only", "itself and its objects", BUCKET_POLICY, {"bucket": "b", **policy(Resource=["arn:aws:s3:::b", "arn:aws:s3:::b/*"])}, PASSED),
    Case("bucket-tls-only", "in other words", BUCKET_POLICY, policy(Principal={"AWS": ["*"]}, Action=["S3:*"], Condition={"BoolIfExists": {"aws:securetransport": ["false"]}}, Resource="arn:aws:s3:::b*"), PASSED),
    Case("bucket-tls-only", "to be known", "aws:s3/bucketPolicy:BucketPolicy", {"policy": UNKNOWN}, UNDECIDED),
    Case("search-domain-tls", "http", DOMAIN, domain(https=False), "domainEndpointOptions.enforceHttps is off. Enforce HTTPS with a TLS 1.2 policy and encrypt between nodes."),
    Case("search-domain-tls", "plain between nodes", DOMAIN, domain(nodes=False), "nodeToNodeEncryption.enabled is off. Enforce HTTPS with a TLS 1.2 policy and encrypt between nodes."),
    Case("search-domain-tls", "old TLS", DOMAIN, domain(tls="Policy-Min-TLS-1-0-2019-07"), "domainEndpointOptions.tlsSecurityPolicy is below TLS 1.2. Enforce HTTPS with a TLS 1.2 policy and encrypt between nodes."),
    Case("search-domain-tls", "all on", DOMAIN, domain(), PASSED),
    Case("search-domain-tls", "https to be known", DOMAIN, domain(https=UNKNOWN), UNDECIDED),
    Case("search-domain-tls", "TLS to be known", DOMAIN, domain(tls=UNKNOWN), UNDECIDED),
    Case("region-pinned", "of its own", TABLE, {"region": "us-east-1"}, "region is us-east-1; allowed: eu-central-1, eu-west-1. Deploy it to a region that the stage allows."),
    Case("region-pinned", "the provider's", TABLE, {}, "the provider's region is us-east-1; allowed: eu-central-1, eu-west-1. Deploy it to a region that the stage allows.", region="us-east-1"),
    Case("region-pinned", "allowed", TABLE, {"region": "eu-west-1"}, PASSED, region="us-east-1"),
    Case("region-pinned", "the provider's, allowed", TABLE, {}, PASSED),
    Case("region-pinned", "a global service", "aws:iam/role:Role", {}, PASSED, region="us-east-1"),
    Case("region-pinned", "to be known", TABLE, {"region": UNKNOWN}, UNDECIDED),
    Case("region-pinned", "the provider's, to be known", TABLE, {}, UNDECIDED, region=UNKNOWN),
    Case("region-pinned", "no provider region", TABLE, {}, "the provider's region is not set. Deploy it to a region that the stage allows.", region=None),
    Case("no-copy-to-other-regions", "a replica", TABLE, {"replicas": [{"regionName": "us-east-1"}]}, "regionName is us-east-1; allowed: eu-central-1, eu-west-1. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a multi-region key", KEY, {"multiRegion": True}, "multiRegion lets the key be copied to any region. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a bucket's copy", "aws:s3/bucketReplicationConfig:BucketReplicationConfig", {}, "a bucket's name does not tell its region, so its copies cannot be pinned. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a backup's copy", PLAN, copies("arn:aws:backup:us-east-1:1:backup-vault:v"), "destinationVaultArn is us-east-1; allowed: eu-central-1, eu-west-1. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a mail address", "aws:cognito/userPool:UserPool", {"emailConfiguration": {"sourceArn": "arn:aws:ses:us-east-1:1:identity/a"}}, "emailConfiguration.sourceArn is us-east-1; allowed: eu-central-1, eu-west-1. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a search connection", "aws:opensearch/outboundConnection:OutboundConnection", {"remoteDomainInfo": {"region": "us-east-1"}}, "remoteDomainInfo.region is us-east-1; allowed: eu-central-1, eu-west-1. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "no copies", TABLE, {}, PASSED),
    Case("no-copy-to-other-regions", "an allowed copy", PLAN, copies("arn:aws:backup:eu-west-1:1:backup-vault:v"), PASSED),
    Case("no-copy-to-other-regions", "replicas to be known", TABLE, {"replicas": UNKNOWN}, UNDECIDED),
    Case("no-copy-to-other-regions", "a replica to be known", TABLE, {"replicas": [UNKNOWN]}, UNDECIDED),
    Case("no-copy-to-other-regions", "a vault to be known", PLAN, copies(UNKNOWN), UNDECIDED),
    Case("no-copy-to-other-regions", "a key to be known", KEY, {"multiRegion": UNKNOWN}, UNDECIDED),
    Case("no-copy-to-other-regions", "a peer of a cluster", PEERING, {"clusters": ["arn:aws:dsql:eu-central-1:1:cluster/a", "arn:aws:dsql:us-east-1:1:cluster/b"], "witnessRegion": "eu-west-1"}, "clusters is us-east-1; allowed: eu-central-1, eu-west-1. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a witness of a cluster", CLUSTER, {"multiRegionProperties": {"witnessRegion": "us-east-1"}}, "multiRegionProperties.witnessRegion is us-east-1; allowed: eu-central-1, eu-west-1. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a cluster of one region", CLUSTER, {}, PASSED),
    Case("no-copy-to-other-regions", "allowed peers", PEERING, {"clusters": ["arn:aws:dsql:eu-central-1:1:cluster/a"], "witnessRegion": "eu-west-1"}, PASSED),
    Case("no-copy-to-other-regions", "peers to be known", PEERING, {"clusters": [UNKNOWN], "witnessRegion": "eu-west-1"}, UNDECIDED),
    Case("no-copy-to-other-regions", "a witness of a table", TABLE, {"globalTableWitness": {"regionName": "us-east-1"}}, "globalTableWitness.regionName is us-east-1; allowed: eu-central-1, eu-west-1. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a snapshot's copy", "aws:redshift/snapshotCopy:SnapshotCopy", {"destinationRegion": "us-east-1"}, "destinationRegion is us-east-1; allowed: eu-central-1, eu-west-1. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a bucket that copies", BUCKET, {"replicationConfiguration": {"role": ARN}}, "a bucket's name does not tell its region, so its copies cannot be pinned. Keep copies in the regions that the stage allows."),
    Case("no-copy-to-other-regions", "a bucket that does not", BUCKET, {}, PASSED),
    Case("api-is-regional", "edge", API, {"endpointConfiguration": {"types": "EDGE"}}, "endpointConfiguration.types is EDGE, or is not set and so may be EDGE. Set endpointConfiguration.types to REGIONAL or PRIVATE."),
    Case("api-is-regional", "not set", API, {}, "endpointConfiguration.types is EDGE, or is not set and so may be EDGE. Set endpointConfiguration.types to REGIONAL or PRIVATE."),
    Case("api-is-regional", "regional", API, {"endpointConfiguration": {"types": "REGIONAL"}}, PASSED),
    Case("api-is-regional", "to be known", API, {"endpointConfiguration": {"types": UNKNOWN}}, UNDECIDED),
    Case("no-global-distribution", "a distribution", "aws:cloudfront/distribution:Distribution", {}, "Distribution has no single region. Use the regional form of it."),
    Case("no-global-distribution", "a database of many regions", "aws:docdb/globalCluster:GlobalCluster", {}, "GlobalCluster has no single region. Use the regional form of it."),
    Case("no-global-distribution", "a firewall of CloudFront's", "aws:wafv2/webAcl:WebAcl", {"scope": "CLOUDFRONT"}, "scope is not REGIONAL. Use the regional form of it."),
    Case("no-global-distribution", "a regional firewall", "aws:wafv2/webAcl:WebAcl", {"scope": "REGIONAL"}, PASSED),
    Case("no-global-distribution", "to be known", "aws:wafv2/webAcl:WebAcl", {"scope": UNKNOWN}, UNDECIDED),
    Case("log-retention", "not set", "aws:cloudwatch/logGroup:LogGroup", {}, "retentionInDays is not set. Set retentionInDays to what the stage asks for, or more; six years are 2192."),
    Case("log-retention", "a month", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 30}, "retentionInDays is 30. Set retentionInDays to what the stage asks for, or more; six years are 2192."),
    Case("log-retention", "seven years", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 2557}, PASSED),
    Case("log-retention", "for ever", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 0}, PASSED),
    Case("log-retention", "to be known", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": UNKNOWN}, UNDECIDED),
    Case("audit-lock", "governance", LOCK, locked(mode="GOVERNANCE", days=2557), "rule.defaultRetention.mode is GOVERNANCE. Set a default retention of a mode and length that the stage allows."),
    Case("audit-lock", "a year", LOCK, locked(mode="COMPLIANCE", years=1), "rule.defaultRetention.years in days is 365, below 2192. Set a default retention of a mode and length that the stage allows."),
    Case("audit-lock", "no rule", LOCK, {}, "rule.defaultRetention.mode is not set. Set a default retention of a mode and length that the stage allows."),
    Case("audit-lock", "no length", LOCK, locked(mode="COMPLIANCE"), "rule.defaultRetention has neither days nor years. Set a default retention of a mode and length that the stage allows."),
    Case("audit-lock", "seven years", LOCK, locked(mode="COMPLIANCE", days=2557), PASSED),
    Case("audit-lock", "a mode to be known", LOCK, locked(mode=UNKNOWN, days=2557), UNDECIDED),
    Case("audit-lock", "a length to be known", LOCK, locked(mode="COMPLIANCE", days=UNKNOWN), UNDECIDED),
    Case("table-recovery", "off", TABLE, recovery(enabled=False), "pointInTimeRecovery.enabled is off. Enable pointInTimeRecovery with a recovery period of 35 days."),
    Case("table-recovery", "a week", TABLE, recovery(enabled=True, recoveryPeriodInDays=7), "pointInTimeRecovery.recoveryPeriodInDays is 7, below 35. Enable pointInTimeRecovery with a recovery period of 35 days."),
    Case("table-recovery", "on", TABLE, recovery(enabled=True), PASSED),
    Case("table-recovery", "to be known", TABLE, recovery(enabled=UNKNOWN), UNDECIDED),
    Case("table-recovery", "a period to be known", TABLE, recovery(enabled=True, recoveryPeriodInDays=UNKNOWN), UNDECIDED),
    Case("backup-retention", "a week", PLAN, {"rules": [{"lifecycle": {"deleteAfter": 7}}]}, "lifecycle.deleteAfter is 7, below 35. Keep recovery points for as long as the stage asks, in every rule of the plan."),
    Case("backup-retention", "no rules", PLAN, {}, "rules are not set. Keep recovery points for as long as the stage asks, in every rule of the plan."),
    Case("backup-retention", "for ever", PLAN, {"rules": [{"ruleName": "daily"}]}, PASSED),
    Case("backup-retention", "to be known", PLAN, {"rules": [{"lifecycle": {"deleteAfter": UNKNOWN}}]}, UNDECIDED),
    Case("bucket-versioning", "suspended", "aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": {"status": "Suspended"}}, "versioningConfiguration.status is not Enabled. Set versioningConfiguration.status to Enabled."),
    Case("bucket-versioning", "enabled", "aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": {"status": "Enabled"}}, PASSED),
    Case("bucket-versioning", "to be known", "aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": UNKNOWN}, UNDECIDED),
    Case("no-early-expiry", "a week", LIFECYCLE, {"rules": [{"noncurrentVersionExpiration": {"noncurrentDays": 7}}]}, "noncurrentVersionExpiration.noncurrentDays is 7. Expire only older versions, after as many days as backups are kept, or nothing."),
    Case("no-early-expiry", "nothing", LIFECYCLE, {"rules": [{"status": "Enabled"}]}, PASSED),
    Case("no-early-expiry", "to be known", LIFECYCLE, {"rules": UNKNOWN}, UNDECIDED),
    Case("no-early-expiry", "a week, said by the bucket", BUCKET, {"lifecycleRules": [{"noncurrentVersionExpiration": {"days": 7}}]}, "noncurrentVersionExpiration.days is 7. Expire only older versions, after as many days as backups are kept, or nothing."),
    Case("no-early-expiry", "nothing said by the bucket", BUCKET, {}, PASSED),
    Case("no-early-expiry", "the bucket's to be known", BUCKET, {"lifecycleRules": UNKNOWN}, UNDECIDED),
    Case("database-backup", "not set", "aws:rds/cluster:Cluster", {}, "backupRetentionPeriod is not set. Set backupRetentionPeriod to 35."),
    Case("database-backup", "a week", "aws:rds/cluster:Cluster", {"backupRetentionPeriod": 7}, "backupRetentionPeriod is 7, below 35. Set backupRetentionPeriod to 35."),
    Case("database-backup", "35 days", "aws:rds/cluster:Cluster", {"backupRetentionPeriod": 35}, PASSED),
    Case("database-backup", "to be known", "aws:rds/cluster:Cluster", {"backupRetentionPeriod": UNKNOWN}, UNDECIDED),
]
# fmt: on
