"""The program of a stage: wires Hearth's components together as the configuration says.

The stages `dev`, `prod` and `local` run this same program; they differ in Pulumi.<stage>.yaml.
"""

import pulumi
from hearth_aws import (
    Alarms,
    AlarmsArgs,
    AuditArchive,
    AuthProvider,
    BinaryBucket,
    EncryptionKey,
    FhirApi,
    FhirStore,
    KeyUser,
    SearchIndex,
    configuration,
)

config = configuration.read()
keep = config.deletion_protection
tags: dict[str, pulumi.Input[str]] = {"hearth:stage": pulumi.get_stack()}
held = pulumi.ResourceOptions(protect=keep)

key_users = {"users": config.key_users, "tags": tags}
records_key = EncryptionKey("hearth-records-key", key_users, held).key_arn
logs_key = EncryptionKey("hearth-logs-key", {"users": [KeyUser.LOGS], "tags": tags}, held).key_arn
audit_key = EncryptionKey("hearth-audit-key", {"users": [KeyUser.S3], "tags": tags}, held).key_arn

audit = AuditArchive(
    "hearth-audit",
    {
        "mode": config.audit_mode,
        "retention_days": config.audit_days,
        "access_log_days": config.log_days,
        "key_arn": audit_key,
        "deletion_protection": keep,
        "tags": tags,
    },
    held,
)
kept = {
    "access_log_bucket_name": audit.access_log_bucket_name,
    "deletion_protection": keep,
    "tags": tags,
}
store = FhirStore("hearth-records", {"key_arn": records_key, **kept}, held)
binary = BinaryBucket("hearth-binary", {"key_arn": records_key, **kept}, held)
search = SearchIndex("hearth-search", {**config.search(records_key, logs_key), "tags": tags})
users = AuthProvider("hearth-users", {**config.sign_in, "tags": tags}, held)
api = FhirApi(
    "hearth",
    {
        "bundle": config.lambda_bundle,
        "store": store.connection,
        "search": search.connection,
        "user_pool_arn": users.user_pool_arn,
        "server": config.server,
        "limits": config.limits,
        "memory": config.memory,
        "network": config.network,
        "account_logging": config.account_logging,
        "log_retention_days": config.log_days,
        "logs_key_arn": logs_key,
        **kept,
    },
)
alarms: AlarmsArgs = {
    "indexer_function_name": api.indexer_function_name,
    "function_names": {
        "api": api.api_function_name,
        "indexer": api.indexer_function_name,
        "repair": api.repair_function_name,
        "sweep": api.sweep_function_name,
    },
    "tags": tags,
}
if config.alarm_topic_arn:
    alarms["topic_arn"] = config.alarm_topic_arn
Alarms("hearth-alarms", alarms)

pulumi.export("apiUrl", api.api_url)
pulumi.export("apiId", api.api_id)
pulumi.export("apiKeyId", api.api_key_id)
pulumi.export("userPoolId", users.user_pool_id)
pulumi.export("userPoolClientId", users.user_pool_client_id)
pulumi.export("tableName", store.table_name)
pulumi.export("bodiesBucketName", store.bodies_bucket_name)
pulumi.export("binaryBucketName", binary.bucket_name)
pulumi.export("auditBucketName", audit.bucket_name)
pulumi.export("failedRecordsBucketName", api.failed_records_bucket_name)
pulumi.export("apiFunctionName", api.api_function_name)
pulumi.export("indexerFunctionName", api.indexer_function_name)
pulumi.export("repairFunctionName", api.repair_function_name)
pulumi.export("sweepFunctionName", api.sweep_function_name)
