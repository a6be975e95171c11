"""Encryption in transit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hearth_policies.buckets import buckets_with
from hearth_policies.resource import Known, Resource, Unknown
from hearth_policies.rule import Answer, Passed, Undecided, Violated, rule, stack_rule
from hearth_policies.settings import Settings

IN_TRANSIT = ("HIPAA 164.312(e)(2)(ii)", "NIST-800-53r5 SC-8(1)", "ISM-0469")


@rule(
    "bucket-tls-only",
    types=("aws:s3/bucketPolicy:BucketPolicy",),
    controls=IN_TRANSIT,
    fix="Deny s3:* to everyone where aws:SecureTransport is false.",
)
def bucket_tls_only(resource: Resource, _settings: Settings) -> Answer:
    """A bucket refuses requests that are not encrypted in transit."""
    named = resource.read("bucket")
    bucket = named.value if isinstance(named, Known) else None
    match resource.read("policy"):
        case Unknown():
            return Undecided("policy is not known yet")
        case Known(policy) if _denies_plain_http(policy, bucket):
            return Passed()
    return Violated("policy does not deny requests without TLS")


@stack_rule(
    "bucket-has-policy",
    controls=IN_TRANSIT,
    fix="Add a BucketPolicy that denies requests where aws:SecureTransport is false.",
)
def bucket_has_policy(
    resources: Sequence[Resource], _settings: Settings
) -> Mapping[str, Passed | Violated]:
    """Every bucket has a policy, so that it can refuse requests without TLS."""
    return buckets_with(resources, bucket_tls_only.types, "has no bucket policy")


@rule(
    "search-domain-tls",
    types=("aws:opensearch/domain:Domain",),
    controls=IN_TRANSIT,
    fix="Enforce HTTPS with a TLS 1.2 policy and encrypt between nodes.",
)
def search_domain_tls(resource: Resource, _settings: Settings) -> Answer:
    """A search domain takes HTTPS only and encrypts between its nodes."""
    for path in ("domainEndpointOptions.enforceHttps", "nodeToNodeEncryption.enabled"):
        match resource.read(path):
            case Known(True):
                pass
            case Unknown():
                return Undecided(f"{path} is not known yet")
            case _:
                return Violated(f"{path} is off")
    match resource.read("domainEndpointOptions.tlsSecurityPolicy"):
        case Known(policy) if str(policy).startswith("Policy-Min-TLS-1-2"):
            return Passed()
        case Unknown():
            return Undecided("domainEndpointOptions.tlsSecurityPolicy is not known yet")
    return Violated("domainEndpointOptions.tlsSecurityPolicy is below TLS 1.2")


RULES = (bucket_tls_only, bucket_has_policy, search_domain_tls)


def _denies_plain_http(policy: Any, bucket: Any) -> bool:
    """Whether a policy denies everyone all without TLS, on the bucket itself and its objects."""
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return False
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    denied = {
        str(resource)
        for each in _listed(statements)
        if isinstance(each, Mapping) and _denies_everyone(each) and _is_plain_http(each)
        for resource in _listed(each.get("Resource"))
    }
    return any(_covers(resource, denied, bucket) for resource in denied)


def _denies_everyone(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, Mapping) else principal
    actions = {str(action).lower() for action in _listed(statement.get("Action"))}
    return (
        statement.get("Effect") == "Deny"
        and "*" in _listed(named)
        and not actions.isdisjoint({"*", "s3:*"})
    )


def _is_plain_http(statement: Mapping[str, Any]) -> bool:
    """Whether the condition is that TLS is not used, and nothing else, which would narrow it."""
    match statement.get("Condition"):
        case {"Bool": test, **others} | {"BoolIfExists": test, **others} if not others:
            said = {
                (str(key).lower(), str(value).lower())
                for key, values in (test.items() if isinstance(test, Mapping) else ())
                for value in _listed(values)
            }
            return said == {("aws:securetransport", "false")}
    return False


def _covers(resource: str, denied: set[str], bucket: Any) -> bool:
    """Whether `resource`, with what else is denied, is a bucket and all of its objects."""
    if resource == "*" or resource.endswith(":::*"):
        return True
    name = resource.rpartition(":::")[2].removesuffix("*")
    whole = resource.endswith("*") or f"{resource}/*" in denied
    return whole and "/" not in name and (not isinstance(bucket, str) or name == bucket)


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
