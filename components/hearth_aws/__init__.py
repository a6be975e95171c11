"""Pulumi components that make up Hearth, each usable alone."""

from hearth_aws.account_logging import AccountLogging
from hearth_aws.alarms import Alarms, AlarmsArgs
from hearth_aws.audit_archive import AuditArchive, AuditArchiveArgs, RetentionMode
from hearth_aws.auth_provider import AuthProvider, AuthProviderArgs, MultiFactor
from hearth_aws.binary_bucket import BinaryBucket, BinaryBucketArgs
from hearth_aws.encryption_key import EncryptionKey, EncryptionKeyArgs, KeyUser
from hearth_aws.fhir_api import FhirApi, FhirApiArgs
from hearth_aws.fhir_store import FhirStore, FhirStoreArgs, RecordStore
from hearth_aws.inputs import InputError
from hearth_aws.lambda_bundle import Architecture, LambdaBundle
from hearth_aws.network_placement import NetworkPlacement
from hearth_aws.opensearch_domain import LogDelivery
from hearth_aws.request_limits import RequestLimits
from hearth_aws.search_index import SearchConnection, SearchEngine, SearchIndex, SearchIndexArgs
from hearth_aws.server_rules import (
    ConditionalDelete,
    LogLevel,
    SearchConsistency,
    ServerRules,
    ValidationLevel,
)

__all__ = [
    "AccountLogging",
    "Alarms",
    "AlarmsArgs",
    "Architecture",
    "AuditArchive",
    "AuditArchiveArgs",
    "AuthProvider",
    "AuthProviderArgs",
    "BinaryBucket",
    "BinaryBucketArgs",
    "ConditionalDelete",
    "EncryptionKey",
    "EncryptionKeyArgs",
    "FhirApi",
    "FhirApiArgs",
    "FhirStore",
    "FhirStoreArgs",
    "InputError",
    "KeyUser",
    "LambdaBundle",
    "LogDelivery",
    "LogLevel",
    "MultiFactor",
    "NetworkPlacement",
    "RecordStore",
    "RequestLimits",
    "RetentionMode",
    "SearchConnection",
    "SearchConsistency",
    "SearchEngine",
    "SearchIndex",
    "SearchIndexArgs",
    "ServerRules",
    "ValidationLevel",
]
