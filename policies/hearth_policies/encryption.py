"""Encryption at rest, with a key of the customer's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hearth_policies.buckets import buckets_with
from hearth_policies.resource import Known, Missing, Resource, Unknown
from hearth_policies.rule import Answer, Passed, Undecided, Violated, rule, stack_rule
from hearth_policies.settings import Settings

AT_REST = ("HIPAA 164.312(a)(2)(iv)", "NIST-800-53r5 SC-28(1)", "ISM-0459")

KEY_PROPERTIES: Mapping[str, tuple[str, str | None]] = {
    "aws:backup/vault:Vault": ("kmsKeyArn", None),
    "aws:cloudtrail/trail:Trail": ("kmsKeyId", None),
    "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId", None),
    "aws:docdb/cluster:Cluster": ("kmsKeyId", "storageEncrypted"),
    "aws:dsql/cluster:Cluster": ("kmsEncryptionKey", None),
    "aws:dynamodb/table:Table": ("serverSideEncryption.kmsKeyArn", "serverSideEncryption.enabled"),
    "aws:ebs/volume:Volume": ("kmsKeyId", "encrypted"),
    "aws:efs/fileSystem:FileSystem": ("kmsKeyId", "encrypted"),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "serverSideEncryption.keyArn",
        "serverSideEncryption.enabled",
    ),
    "aws:kinesis/stream:Stream": ("kmsKeyId", "encryptionType"),
    "aws:neptune/cluster:Cluster": ("kmsKeyArn", "storageEncrypted"),
    "aws:opensearch/domain:Domain": ("encryptAtRest.kmsKeyId", "encryptAtRest.enabled"),
    "aws:rds/cluster:Cluster": ("kmsKeyId", "storageEncrypted"),
    "aws:rds/instance:Instance": ("kmsKeyId", "storageEncrypted"),
    "aws:redshift/cluster:Cluster": ("kmsKeyId", "encrypted"),
    "aws:secretsmanager/secret:Secret": ("kmsKeyId", None),
    "aws:sns/topic:Topic": ("kmsMasterKeyId", None),
    "aws:sqs/queue:Queue": ("kmsMasterKeyId", None),
}
"""Where each type names its key, and the switch that has to be on for the key to matter."""

REPLICA_KEYS: Mapping[str, str] = {
    "aws:dynamodb/table:Table": "kmsKeyArn",
    "aws:secretsmanager/secret:Secret": "kmsKeyId",
}
"""Where each replica names a key of its region; without one AWS uses its own."""


@rule(
    "customer-managed-key",
    types=tuple(KEY_PROPERTIES),
    controls=AT_REST,
    fix="Name a customer-managed KMS key there.",
)
def customer_managed_key(resource: Resource, _settings: Settings) -> Answer:
    """What is at rest is encrypted with a key that the customer controls."""
    key, switch = KEY_PROPERTIES[resource.type]
    if switch is not None:
        match resource.read(switch):
            case Missing():
                return Violated(f"{switch} is not set")
            case Known(value) if value is not True and value != "KMS":
                return Violated(f"{switch} is off")
            case Unknown():
                return Undecided(f"{switch} is not known yet")
    answer = _own_key(resource, key)
    return _replicas_keys(resource) if answer == Passed() else answer


@rule(
    "bucket-encryption-key",
    types=(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
    ),
    controls=AT_REST,
    fix="Use aws:kms and name a customer-managed KMS key in every rule.",
)
def bucket_encryption_key(resource: Resource, _settings: Settings) -> Answer:
    """A bucket's default encryption uses a key that the customer controls."""
    answers = []
    for each in resource.items("rules"):
        if isinstance(each, Unknown):
            return Undecided("rules are not known yet")
        place = "applyServerSideEncryptionByDefault"
        match each.read(f"{place}.sseAlgorithm"):
            case Known(value) if value in ("aws:kms", "aws:kms:dsse"):
                answers.append(_own_key(each, f"{place}.kmsMasterKeyId"))
            case Unknown():
                return Undecided(f"{place}.sseAlgorithm is not known yet")
            case _:
                return Violated(f"{place}.sseAlgorithm is not aws:kms")
    if not answers:
        return Violated("rules are not set")
    return next((each for each in answers if each != Passed()), Passed())


@stack_rule(
    "bucket-has-encryption",
    controls=AT_REST,
    fix="Add a BucketServerSideEncryptionConfiguration with a customer-managed KMS key.",
)
def bucket_has_encryption(
    resources: Sequence[Resource], _settings: Settings
) -> Mapping[str, Passed | Violated]:
    """Every bucket has an encryption configuration of its own."""
    return buckets_with(resources, bucket_encryption_key.types, "has no encryption configuration")


@rule(
    "function-environment-key",
    types=("aws:lambda/function:Function",),
    controls=AT_REST,
    fix="Set kmsKeyArn to a customer-managed KMS key.",
)
def function_environment_key(resource: Resource, _settings: Settings) -> Answer:
    """A function's environment variables are encrypted with a key that the customer controls."""
    if isinstance(resource.read("environment"), Missing):
        return Passed()
    return _own_key(resource, "kmsKeyArn")


RULES = (
    customer_managed_key,
    bucket_encryption_key,
    bucket_has_encryption,
    function_environment_key,
)


def _replicas_keys(resource: Resource) -> Answer:
    if resource.type not in REPLICA_KEYS:
        return Passed()
    for each in resource.items("replicas"):
        if isinstance(each, Unknown):
            return Undecided("replicas are not known yet")
        answer = _own_key(each, REPLICA_KEYS[resource.type])
        if isinstance(answer, Violated):
            return Violated(f"replicas: {answer.problem}")
    return Passed()


def _own_key(resource: Resource, path: str) -> Answer:
    """A key that is wired to something counts as set; AWS's own keys do not count."""
    match resource.read(path):
        case Missing() | Known(""):
            return Violated(f"{path} is not set")
        case Known(key) if "alias/aws/" in str(key) or key == "AWS_OWNED_KMS_KEY":
            return Violated(f"{path} names a key that AWS manages")
    return Passed()
