"""An OpenSearch domain: encrypted, over TLS only, and open to nobody whom IAM does not allow.

https://docs.aws.amazon.com/opensearch-service/latest/developerguide/bp.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, opensearch

from hearth_aws import iam_policy
from hearth_aws.encryption_key import KeyUser, given_or_own
from hearth_aws.location import locate
from hearth_aws.log_group import log_group
from hearth_aws.network_placement import Placement
from hearth_aws.search_place import SearchPlace


class LogDelivery(StrEnum):
    """Where a domain's right to write its log comes from."""

    CREATE = "create"
    """A resource policy of CloudWatch Logs is made for this domain."""
    ADOPT = "adopt"
    """The account has a resource policy that covers it."""
    OFF = "off"
    """The domain writes no log."""


@dataclass(frozen=True)
class DomainSettings:
    """The checked inputs of a SearchIndex with the engine opensearch."""

    engine_version: str
    instance_type: str
    instance_count: int
    zones: int
    dedicated_master_type: str | None
    volume_gigabytes: int
    network: Placement | None
    key_arn: pulumi.Input[str] | None
    logs_key_arn: pulumi.Input[str] | None
    log_delivery: LogDelivery
    log_retention_days: int
    tags: Mapping[str, pulumi.Input[str]]


def create_domain(name: str, settings: DomainSettings, parent: pulumi.Resource) -> SearchPlace:
    """Create the domain with its key and its log."""
    options = pulumi.ResourceOptions(parent=parent)
    key_arn = given_or_own(
        settings.key_arn,
        f"{name}-key",
        {"users": [KeyUser.OPENSEARCH], "tags": settings.tags},
        parent,
    )
    log, ready = _application_log(name, settings, parent)
    domain = opensearch.Domain(
        name,
        engine_version=settings.engine_version,
        cluster_config=_cluster(settings),
        ebs_options={
            "ebs_enabled": True,
            "volume_type": "gp3",
            "volume_size": settings.volume_gigabytes,
        },
        encrypt_at_rest={"enabled": True, "kms_key_id": key_arn},
        node_to_node_encryption={"enabled": True},
        domain_endpoint_options={
            "enforce_https": True,
            "tls_security_policy": "Policy-Min-TLS-1-2-PFS-2023-10",
        },
        software_update_options={"auto_software_update_enabled": True},
        tags=settings.tags,
        opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=ready)),
        vpc_options=settings.network.ids if settings.network else None,
        **log,
    )
    # The service's own endpoint, with no resource policy: only IAM's word counts.
    requests = iam_policy.allow(
        "Search",
        ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"],
        [pulumi.Output.concat(domain.arn, "/*")],
    )
    return SearchPlace(
        location=pulumi.Output.concat("https://", domain.endpoint),
        access_statements=pulumi.Output.json_dumps([requests]),
    )


def _cluster(settings: DomainSettings) -> "opensearch.DomainClusterConfigArgsDict":
    # As text, since looking it up would import all of the service for every program.
    cluster: opensearch.DomainClusterConfigArgsDict = {
        "instance_type": settings.instance_type,
        "instance_count": settings.instance_count,
        "dedicated_master_enabled": settings.dedicated_master_type is not None,
        "zone_awareness_enabled": settings.zones > 1,
    }
    if settings.dedicated_master_type is not None:
        cluster["dedicated_master_type"] = settings.dedicated_master_type
        cluster["dedicated_master_count"] = 3
    if settings.zones > 1:
        cluster["zone_awareness_config"] = {"availability_zone_count": settings.zones}
    return cluster


def _application_log(
    name: str, settings: DomainSettings, parent: pulumi.Resource
) -> tuple[dict[str, Any], list[pulumi.Resource]]:
    """Return the domain's log option, and what must exist before it holds.

    Slow logs stay off: they hold queries, and so names and birth dates.
    """
    if settings.log_delivery is LogDelivery.OFF:
        return {}, []
    options = pulumi.ResourceOptions(parent=parent)
    key_arn = given_or_own(
        settings.logs_key_arn,
        f"{name}-logs-key",
        {"users": [KeyUser.LOGS], "tags": settings.tags},
        parent,
    )
    group = log_group(name, key_arn, settings.log_retention_days, settings.tags, options)
    option = {"log_type": "ES_APPLICATION_LOGS", "cloudwatch_log_group_arn": group.arn}
    log = {"log_publishing_options": [option]}
    if settings.log_delivery is LogDelivery.ADOPT:
        return log, []
    account = locate(parent).account_id
    statement = iam_policy.allow(
        "OpenSearchLog",
        ["logs:PutLogEvents", "logs:CreateLogStream"],
        [pulumi.Output.concat(group.arn, ":*")],
        Principal={"Service": "es.amazonaws.com"},
        Condition={"StringEquals": {"aws:SourceAccount": account}},
    )
    policy = cloudwatch.LogResourcePolicy(
        name,
        policy_name=group.name,  # as unique as the log group
        policy_document=iam_policy.document([statement]),
        opts=options,
    )
    return log, [policy]
