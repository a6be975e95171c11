"""The function behind `hearth reindex`, `verify-index` and `redrive`.

It reads records and writes the index. Of the table it may write nothing but how far its jobs have
come.
"""

from collections.abc import Sequence

import pulumi

from hearth_aws import iam_policy
from hearth_aws.function import DeployedFunction, FunctionSettings, create_function
from hearth_aws.server_functions import Index, Records, read_rights, with_index

REPAIR_TIMEOUT = 60

_NOTES = "!job#*"
"""The keys under which jobs note how far they have come."""


def create_repair(
    name: str,
    records: Records,
    index: Index,
    failed_bucket_arn: pulumi.Output[str],
    settings: FunctionSettings,
    options: pulumi.ResourceOptions,
) -> DeployedFunction:
    """Create the function; whoever may invoke it may have the index compared and built anew."""
    only_notes = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [_NOTES]}}
    objects = pulumi.Output.concat(failed_bucket_arn, "/*")
    rights = [
        *read_rights(records),
        iam_policy.allow("Notes", ["dynamodb:PutItem"], [records.table_arn], Condition=only_notes),
        iam_policy.allow("FailedBucket", ["s3:ListBucket"], [failed_bucket_arn]),
        iam_policy.allow("FailedRecords", ["s3:DeleteObject", "s3:GetObject"], [objects]),
    ]
    return create_function(
        name,
        "hearth_server.functions.repair.handler",
        REPAIR_TIMEOUT,
        with_index(rights, index).apply(_with_removal),
        settings,
        options,
    )


def _with_removal(statements: Sequence[iam_policy.Statement]) -> list[iam_policy.Statement]:
    """Return the rights, and the one to remove an index of OpenSearch that is no longer read."""
    return [
        {**each, "Action": [*each["Action"], "es:ESHttpDelete"]}
        if "es:ESHttpPut" in each["Action"]
        else each
        for each in statements
    ]
