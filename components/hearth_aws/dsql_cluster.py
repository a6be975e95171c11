"""An Aurora DSQL cluster: PostgreSQL without servers, paid for by use and not by the hour.

Who connects proves it with a token that IAM vouches for, over TLS; there is no password.
https://docs.aws.amazon.com/aurora-dsql/latest/userguide/what-is-aurora-dsql.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import dsql

from hearth_aws import iam_policy
from hearth_aws.encryption_key import KeyUser, given_or_own
from hearth_aws.location import locate
from hearth_aws.search_place import SearchPlace


@dataclass(frozen=True)
class ClusterSettings:
    """The checked inputs of a SearchIndex with the engine postgresql."""

    key_arn: pulumi.Input[str] | None
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]


def create_cluster(name: str, settings: ClusterSettings, parent: pulumi.Resource) -> SearchPlace:
    """Create the cluster with its key."""
    key_arn = given_or_own(
        settings.key_arn, f"{name}-key", {"users": [KeyUser.DSQL], "tags": settings.tags}, parent
    )
    cluster = dsql.Cluster(
        name,
        deletion_protection_enabled=settings.deletion_protection,
        kms_encryption_key=key_arn,
        tags=settings.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    region = locate(parent).region
    # The cluster holds nothing but the index, whose tables the functions make themselves.
    connect = iam_policy.allow("Search", ["dsql:DbConnectAdmin"], [cluster.arn])
    return SearchPlace(
        location=pulumi.Output.concat(
            "dsql://admin@", cluster.identifier, ".dsql.", region, ".on.aws/postgres"
        ),
        access_statements=pulumi.Output.json_dumps([connect]),
    )
