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
    match resource.read("policy"):
        case Unknown():
            return Undecided("policy is not known yet")
        case Known(policy) if _denies_plain_http(policy):
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


def _denies_plain_http(policy: Any) -> bool:
    """Whether a bucket policy has the statement that denies all without TLS to everyone."""
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return False
    statements = document.get("Statement", []) if isinstance(document, Mapping) else []
    for each in [statements] if isinstance(statements, Mapping) else statements:
        condition = each.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
        principal = each.get("Principal")
        if (
            each.get("Effect") == "Deny"
            and str(condition).lower() == "false"
            and principal in ("*", {"AWS": "*"})
            and each.get("Action") in ("s3:*", "*", ["s3:*"], ["*"])
        ):
            return True
    return False
