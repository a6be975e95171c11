"""Retention: logs and audit records last, and records can be restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hearth_policies.buckets import BUCKET_TYPES, buckets_with
from hearth_policies.resource import Known, Missing, Resource, Unknown
from hearth_policies.rule import Answer, Passed, Undecided, Violated, rule, stack_rule
from hearth_policies.settings import Settings

LOGS = ("HIPAA 164.312(b)", "HIPAA 164.316(b)(2)(i)", "NIST-800-53r5 AU-11", "ISM-0859")
AUDIT = ("HIPAA 164.312(b)", "HIPAA 164.316(b)(2)(i)", "NIST-800-53r5 AU-9")
BACKUP = ("HIPAA 164.308(a)(7)(ii)(A)", "NIST-800-53r5 CP-9", "ISM-1511")
DAYS_A_YEAR = 365


@rule(
    "log-retention",
    types=("aws:cloudwatch/logGroup:LogGroup",),
    controls=LOGS,
    fix="Set retentionInDays to what the stage asks for, or more; six years are 2192.",
    settings=("logRetentionDays",),
)
def log_retention(group: Resource, settings: Settings) -> Answer:
    """A log group keeps records for as long as the stage asks: by default six years."""
    match group.read("retentionInDays"):
        case Missing():
            return Violated("retentionInDays is not set")
        case Unknown():
            return Undecided("retentionInDays is not known yet")
        case Known(days) if 0 < days < settings.log_retention_days:  # 0 keeps for ever
            return Violated(f"retentionInDays is {days:g}")
    return Passed()


@rule(
    "audit-lock",
    types=(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
    ),
    controls=AUDIT,
    fix="Set a default retention of a mode and length that the stage allows.",
    settings=("auditRetentionDays", "auditLockModes"),
)
def audit_lock(lock: Resource, settings: Settings) -> Answer:
    """Audit records cannot be deleted before their time."""
    place = "rule.defaultRetention"
    match lock.read(f"{place}.mode"):
        case Unknown():
            return Undecided(f"{place}.mode is not known yet")
        case Missing():
            return Violated(f"{place}.mode is not set")
        case Known(mode) if mode not in settings.audit_lock_modes:
            return Violated(f"{place}.mode is {mode}")
    match lock.read(f"{place}.days"), lock.read(f"{place}.years"):
        case (Unknown(), _) | (_, Unknown()):
            return Undecided(f"{place} is not known yet")
        case (Known(days), _):
            return _at_least(days, settings.audit_retention_days, f"{place}.days")
        case (_, Known(years)):
            kept = years * DAYS_A_YEAR
            return _at_least(kept, settings.audit_retention_days, f"{place}.years in days")
    return Violated(f"{place} has neither days nor years")


@rule(
    "table-recovery",
    types=("aws:dynamodb/table:Table",),
    controls=BACKUP,
    fix="Enable pointInTimeRecovery with a recovery period of 35 days.",
    settings=("backupRetentionDays",),
)
def table_recovery(table: Resource, settings: Settings) -> Answer:
    """A table can be restored to any second of its recovery period."""
    match table.read("pointInTimeRecovery.enabled"):
        case Unknown():
            return Undecided("pointInTimeRecovery.enabled is not known yet")
        case Known(True):
            pass
        case _:
            return Violated("pointInTimeRecovery.enabled is off")
    match table.read("pointInTimeRecovery.recoveryPeriodInDays"):
        case Unknown():
            return Undecided("pointInTimeRecovery.recoveryPeriodInDays is not known yet")
        case Known(days):
            path = "pointInTimeRecovery.recoveryPeriodInDays"
            return _at_least(days, settings.backup_retention_days, path)
    return Passed()  # DynamoDB's own default is 35


@rule(
    "backup-retention",
    types=("aws:backup/plan:Plan",),
    controls=BACKUP,
    fix="Keep recovery points for as long as the stage asks, in every rule of the plan.",
    settings=("backupRetentionDays",),
)
def backup_retention(plan: Resource, settings: Settings) -> Answer:
    """A backup plan keeps what it makes for as long as the stage asks."""
    seen = False
    for each in plan.items("rules"):
        if isinstance(each, Unknown):
            return Undecided("rules are not known yet")
        seen = True
        match each.read("lifecycle.deleteAfter"):
            case Unknown():
                return Undecided("lifecycle.deleteAfter is not known yet")
            case Known(days):
                answer = _at_least(days, settings.backup_retention_days, "lifecycle.deleteAfter")
                if answer != Passed():
                    return answer
    return Passed() if seen else Violated("rules are not set")


@rule(
    "bucket-versioning",
    types=(
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:s3/bucketVersioningV2:BucketVersioningV2",
    ),
    controls=BACKUP,
    fix="Set versioningConfiguration.status to Enabled.",
)
def bucket_versioning(versioning: Resource, _settings: Settings) -> Answer:
    """A bucket keeps what was overwritten or deleted."""
    match versioning.read("versioningConfiguration.status"):
        case Known("Enabled"):
            return Passed()
        case Unknown():
            return Undecided("versioningConfiguration.status is not known yet")
    return Violated("versioningConfiguration.status is not Enabled")


@stack_rule(
    "bucket-has-versioning",
    controls=BACKUP,
    fix="Add a BucketVersioning with status Enabled.",
)
def bucket_has_versioning(
    resources: Sequence[Resource], _settings: Settings
) -> Mapping[str, Passed | Violated]:
    """Every bucket has a versioning configuration of its own."""
    return buckets_with(resources, bucket_versioning.types, "has no versioning")


@rule(
    "no-early-expiry",
    types=(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
        *BUCKET_TYPES,
    ),
    controls=BACKUP,
    fix="Expire only older versions, after as many days as backups are kept, or nothing.",
    settings=("backupRetentionDays",),
)
def no_early_expiry(lifecycle: Resource, settings: Settings) -> Answer:
    """A bucket keeps deleted and overwritten objects for as long as backups are kept."""
    own = lifecycle.type in BUCKET_TYPES  # the older way: the bucket itself says it
    path = f"noncurrentVersionExpiration.{'days' if own else 'noncurrentDays'}"
    for each in lifecycle.items("lifecycleRules" if own else "rules"):
        if isinstance(each, Unknown):
            return Undecided("rules are not known yet")
        match each.read(path):
            case Unknown():
                return Undecided(f"{path} is not known yet")
            case Known(days) if days < settings.backup_retention_days:
                return Violated(f"{path} is {days:g}")
    return Passed()


@rule(
    "database-backup",
    types=("aws:rds/cluster:Cluster", "aws:rds/instance:Instance"),
    controls=BACKUP,
    fix="Set backupRetentionPeriod to 35.",
    settings=("backupRetentionDays",),
)
def database_backup(database: Resource, settings: Settings) -> Answer:
    """A database can be restored for as long as RDS allows: 35 days."""
    longest = 35  # RDS takes no more
    match database.read("backupRetentionPeriod"):
        case Missing():
            return Violated("backupRetentionPeriod is not set")
        case Unknown():
            return Undecided("backupRetentionPeriod is not known yet")
        case Known(days):
            least = min(settings.backup_retention_days, longest)
            return _at_least(days, least, "backupRetentionPeriod")


RULES = (
    log_retention, audit_lock, table_recovery, backup_retention, bucket_versioning,
    bucket_has_versioning, no_early_expiry, database_backup,
)  # fmt: skip


def _at_least(days: float, least: int, path: str) -> Answer:
    return Passed() if days >= least else Violated(f"{path} is {days:g}, below {least}")
