"""What a stage tells the rules, by `--policy-pack-config` or the file that `hearth check` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import PolicyConfigSchema

SIX_YEARS = 2192
"""Days, as CloudWatch takes them; HIPAA 164.316(b)(2)(i) asks for six years."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a rule. A stage that keeps no records may ask for less."""

    regions: tuple[str, ...] = ()
    """The regions that records may be in; none means that nothing is allowed yet."""
    log_retention_days: int = SIX_YEARS
    audit_retention_days: int = SIX_YEARS
    audit_lock_modes: tuple[str, ...] = ("COMPLIANCE",)
    backup_retention_days: int = 35
    exceptions: Mapping[str, str] = field(default_factory=dict)
    """The reason why a resource need not keep the rule, by the resource's name."""


_DAYS = {"type": "integer", "minimum": 1}
SCHEMA: Mapping[str, dict[str, Any]] = {
    "exceptions": {
        "type": "object",
        "additionalProperties": {"type": "string", "minLength": 1},
        "description": "Why a resource need not keep the rule, by the resource's name.",
    },
    "regions": {
        "type": "array",
        "items": {"type": "string"},
        "description": "The AWS regions that records may be in.",
    },
    "logRetentionDays": {
        **_DAYS,
        "description": "Days that a log group keeps records at least. Default 2192.",
    },
    "auditRetentionDays": {
        **_DAYS,
        "description": "Days that an audit record cannot be deleted for. Default 2192.",
    },
    "auditLockModes": {
        "type": "array",
        "items": {"type": "string", "enum": ["COMPLIANCE", "GOVERNANCE"]},
        "description": "The Object Lock modes that count. Default COMPLIANCE alone.",
    },
    "backupRetentionDays": {
        **_DAYS,
        "description": "Days that a backup can be restored for at least. Default 35.",
    },
}
"""Each setting, as JSON Schema."""
EVERY_RULE = ("exceptions",)
"""The settings that every rule takes."""


def schema(names: Sequence[str]) -> PolicyConfigSchema:
    """Return the schema of a rule's configuration, as `--policy-pack-config` is checked."""
    return PolicyConfigSchema(properties={name: SCHEMA[name] for name in (*EVERY_RULE, *names)})


def read_settings(config: Mapping[str, Any]) -> Settings:
    """Return the settings that a pack's configuration holds, defaults for the rest."""
    default = Settings()
    return Settings(
        regions=tuple(config.get("regions", default.regions)),
        log_retention_days=int(config.get("logRetentionDays", default.log_retention_days)),
        audit_retention_days=int(config.get("auditRetentionDays", default.audit_retention_days)),
        audit_lock_modes=tuple(config.get("auditLockModes", default.audit_lock_modes)),
        backup_retention_days=int(config.get("backupRetentionDays", default.backup_retention_days)),
        exceptions=dict(config.get("exceptions", {})),
    )
