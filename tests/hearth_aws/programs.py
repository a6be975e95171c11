"""Two programs: every component as it is by default, and every component told otherwise."""

from __future__ import annotations

from tests.hearth_aws.graph import Graph, source

_DEFAULT = """
import pulumi
import hearth_aws as hearth

hearth.EncryptionKey("keys", {})
hearth.AuditArchive("archive", {})
store = hearth.FhirStore("records", {})
hearth.BinaryBucket("binaries", {})
hearth.SearchIndex("no-search", {})
hearth.SearchIndex("domain", {"engine": "opensearch"})
hearth.SearchIndex("cluster", {"engine": "postgresql"})
users = hearth.AuthProvider("users", {})
hearth.FhirApi(
    "fhir",
    {
        "bundle": {"code": pulumi.FileArchive(".")},
        "store": store.connection,
        "user_pool_arn": users.user_pool_arn,
    },
)
"""

KEY = "arn:aws:kms:eu-central-1:123456789012:key/given"

_TOLD = """
import pulumi
import hearth_aws as hearth

TAGS = {"owner": "ward 7"}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/given"
PLACE = {"subnet_ids": ["subnet-a", "subnet-b", "subnet-c"], "security_group_ids": ["sg-a"]}

hearth.EncryptionKey(
    "keys",
    {"users": ["es", "logs"], "description": "Search", "deletion_window_days": 7.0, "tags": TAGS},
)
hearth.AuditArchive(
    "archive",
    {
        "mode": "governance",
        "retention_days": 1.0,
        "expiry_days": 30.0,
        "access_log_days": 10.0,
        "key_arn": KEY,
        "deletion_protection": False,
        "tags": TAGS,
    },
)
store = hearth.FhirStore(
    "records",
    {
        "key_arn": KEY,
        "deletion_protection": False,
        "recovery_days": 7.0,
        "access_log_bucket_name": "logs",
        "tags": TAGS,
    },
)
hearth.BinaryBucket(
    "binaries",
    {
        "key_arn": KEY,
        "deletion_protection": False,
        "access_log_bucket_name": "logs",
        "tags": TAGS,
    },
)
search = hearth.SearchIndex("one-file", {"engine": "sqlite", "file": "/var/search.sqlite3"})
hearth.SearchIndex(
    "cluster",
    {"engine": "postgresql", "key_arn": KEY, "deletion_protection": False, "tags": TAGS},
)
hearth.SearchIndex("elsewhere", {"engine": "postgresql", "location": "postgresql:///search"})
domain = hearth.SearchIndex(
    "domain",
    {
        "engine": hearth.SearchEngine.OPENSEARCH,
        "engine_version": "OpenSearch_3.1",
        "instance_type": "m7g.large.search",
        "instance_count": 3.0,
        "dedicated_master_type": "m7g.medium.search",
        "volume_gigabytes": 100.0,
        "network": PLACE,
        "key_arn": KEY,
        "logs_key_arn": KEY,
        "log_delivery": "adopt",
        "log_retention_days": 365.0,
        "tags": TAGS,
    },
)
hearth.SearchIndex("silent", {"engine": "opensearch", "log_delivery": "off", "instance_count": 2})
users = hearth.AuthProvider(
    "users",
    {
        "mfa": "off",
        "password_sign_in": True,
        "deletion_protection": False,
        "token_minutes": 5.0,
        "session_hours": 1.0,
        "callback_urls": ["https://app.example.org/signed-in", "http://localhost:8080/"],
        "domain_prefix": "ward-7",
        "tags": TAGS,
    },
)
hearth.FhirApi(
    "fhir",
    {
        "bundle": {
            "code": pulumi.FileArchive("."),
            "architecture": "x86_64",
            "runtime": "python3.12",
        },
        "store": store.connection,
        "search": domain.connection,
        "server": {
            "base_url": "https://fhir.example.org/{stage}",
            "further_base_urls": ["https://old.example.org/fhir", "http://{host}/fhir"],
            "search_consistency": "immediate",
            "validation": "structure",
            "required_profiles": {"Patient": ["https://example.org/StructureDefinition/own"]},
            "conditional_delete": "multiple",
            "expunge": True,
            "log_level": "warning",
        },
        "limits": {"requests_per_second": 7.0, "burst": 9.0},
        "user_pool_arn": users.user_pool_arn,
        "stage_name": "r4",
        "memory": 512.0,
        "network": PLACE,
        "account_logging": "create",
        "log_retention_days": 30.0,
        "logs_key_arn": KEY,
        "failed_record_days": 14.0,
        "deletion_protection": False,
        "access_log_bucket_name": "logs",
        "tags": TAGS,
    },
)
"""


def by_default(*, known: bool = True) -> Graph:
    """Return the resources of the components that are told nothing."""
    return source(_DEFAULT, known=known)


def told(*, known: bool = True) -> Graph:
    """Return the resources of the components that are told otherwise wherever they can be.

    Whole numbers come as floats and enumerations as text, as other languages send them.
    """
    return source(_TOLD, known=known)
