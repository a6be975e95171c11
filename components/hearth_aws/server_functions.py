"""The functions of the FHIR server: `api` answers requests, `indexer` follows the table's stream,
`sweep` clears away each hour what crashed commits have left.

Each has a role of its own with the resources that it uses, and no right to delete a record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import lambda_

from hearth_aws import iam_policy
from hearth_aws.function import DeployedFunction, FunctionSettings, create_function
from hearth_aws.schedule import call_hourly
from hearth_aws.server_rules import ServerRules, variables
from hearth_aws.version import VERSION

API_TIMEOUT = 28
"""Seconds: less than API Gateway waits, so that the server's own answer gets through."""

INDEXER_TIMEOUT = 60
SWEEP_TIMEOUT = 15 * 60

_READ = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
_WRITE = ("dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


@dataclass(frozen=True)
class Records:
    """The FhirStore that the functions work on."""

    table_name: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    stream_arn: pulumi.Input[str]
    bodies_bucket_name: pulumi.Input[str]
    bodies_bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]


@dataclass(frozen=True)
class Index:
    """The SearchIndex that the functions read and write."""

    engine: pulumi.Input[str]
    location: pulumi.Input[str]
    access_statements: pulumi.Input[str]


def environment(
    records: Records,
    index: Index,
    rules: ServerRules,
    failed_bucket_name: pulumi.Input[str],
    url_suffix: pulumi.Input[str],
) -> Mapping[str, pulumi.Input[str]]:
    """Return the variables that `hearth_server.settings` reads."""
    return {
        **variables(rules),
        "HEARTH_RESOURCES_TABLE": records.table_name,
        "HEARTH_BODIES_BUCKET": records.bodies_bucket_name,
        "HEARTH_SEARCH_ENGINE": index.engine,
        "HEARTH_SEARCH_LOCATION": index.location,
        "HEARTH_FAILED_RECORDS_BUCKET": failed_bucket_name,
        "HEARTH_AWS_URL_SUFFIX": url_suffix,
        "HEARTH_VERSION": VERSION,
    }


def create_api_function(
    name: str,
    records: Records,
    index: Index,
    settings: FunctionSettings,
    options: pulumi.ResourceOptions,
    *,
    expunge: bool,
) -> DeployedFunction:
    """Create the function that answers requests; only to `expunge` may it delete a body."""
    rights = [
        iam_policy.allow("Records", [*_READ, *_WRITE], [records.table_arn]),
        _history(records),
        iam_policy.allow("Bodies", ["s3:GetObject", "s3:PutObject"], [_bodies(records)]),
        _key(records),
        *(_erasure(records) if expunge else ()),
    ]
    return create_function(
        name,
        "hearth_server.functions.api.handler",
        API_TIMEOUT,
        with_index(rights, index),
        settings,
        options,
    )


def create_indexer(
    name: str,
    records: Records,
    index: Index,
    failed_bucket_arn: pulumi.Output[str],
    settings: FunctionSettings,
    options: pulumi.ResourceOptions,
) -> DeployedFunction:
    """Create the function that keeps the index in step, fed by the table's stream."""
    rights = [
        iam_policy.allow(
            "Stream",
            ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            [records.stream_arn],
        ),
        iam_policy.allow(
            "Streams",
            ["dynamodb:ListStreams"],
            [pulumi.Output.concat(records.table_arn, "/stream/*")],
        ),
        *read_rights(records),
        iam_policy.allow("FailedBucket", ["s3:ListBucket"], [failed_bucket_arn]),
        iam_policy.allow(
            "FailedRecords", ["s3:PutObject"], [pulumi.Output.concat(failed_bucket_arn, "/*")]
        ),
    ]
    function = create_function(
        name,
        "hearth_server.functions.indexer.handler",
        INDEXER_TIMEOUT,
        with_index(rights, index),
        settings,
        options,
    )
    _follow_stream(name, records, function, failed_bucket_arn, options)
    return function


def create_sweep(
    name: str,
    records: Records,
    index: Index,
    settings: FunctionSettings,
    options: pulumi.ResourceOptions,
) -> DeployedFunction:
    """Create the function that clears up after crashed commits, and have it called each hour."""
    rights = [
        iam_policy.allow("Records", [*_READ, "dynamodb:UpdateItem"], [records.table_arn]),
        iam_policy.allow("Bodies", ["s3:GetObject"], [_bodies(records)]),
        *_erasure(records),
        _key(records),
    ]
    function = create_function(
        name,
        "hearth_server.functions.sweep.handler",
        SWEEP_TIMEOUT,
        with_index(rights, index),
        settings,
        options,
    )
    call_hourly(name, function, "Clears up after crashed commits", settings.tags, options)
    return function


def read_rights(records: Records) -> list[iam_policy.Statement]:
    """Return the rights to read records and their bodies, and nothing else."""
    return [
        iam_policy.allow("Records", _READ, [records.table_arn]),
        _history(records),
        iam_policy.allow("Bodies", ["s3:GetObject"], [_bodies(records)]),
        _key(records),
    ]


def _follow_stream(
    name: str,
    records: Records,
    function: DeployedFunction,
    failed_bucket_arn: pulumi.Output[str],
    options: pulumi.ResourceOptions,
) -> None:
    """Feed the function from the stream so that one bad record neither blocks nor is lost.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    """
    lambda_.EventSourceMapping(
        name,
        event_source_arn=records.stream_arn,
        function_name=function.alias_arn,
        starting_position="TRIM_HORIZON",
        batch_size=100,
        parallelization_factor=4,
        function_response_types=["ReportBatchItemFailures"],
        bisect_batch_on_function_error=True,
        # The indexer sets aside what is poison, and waits nearly a minute for an engine that is
        # away: these attempts last for the six hours that a record may take.
        maximum_retry_attempts=400,
        maximum_record_age_in_seconds=6 * 60 * 60,  # the stream forgets after 24 hours
        # S3 gets the whole record; a queue would get a pointer into a stream that forgets.
        destination_config={"on_failure": {"destination_arn": failed_bucket_arn}},
        opts=options,
    )


def with_index(
    rights: Sequence[iam_policy.Statement], index: Index
) -> pulumi.Output[Sequence[iam_policy.Statement]]:
    """Return the rights, and those to read and write the index."""
    more = pulumi.Output.json_loads(index.access_statements)
    return pulumi.Output.all(rights, more).apply(lambda both: [*both[0], *both[1]])


def _erasure(records: Records) -> list[iam_policy.Statement]:
    """Let the function find and delete bodies; the items that named them only become stubs."""
    return [
        iam_policy.allow(
            "EraseBodies", ["s3:DeleteObject", "s3:DeleteObjectVersion"], [_bodies(records)]
        ),
        iam_policy.allow("FindVersions", ["s3:ListBucketVersions"], [records.bodies_bucket_arn]),
    ]


def _history(records: Records) -> iam_policy.Statement:
    indexes = pulumi.Output.concat(records.table_arn, "/index/*")
    return iam_policy.allow("History", ["dynamodb:Query"], [indexes])


def _bodies(records: Records) -> pulumi.Output[str]:
    return pulumi.Output.concat(records.bodies_bucket_arn, "/*")


def _key(records: Records) -> iam_policy.Statement:
    """Let the function encrypt and decrypt; the key's own policy says through which services."""
    return iam_policy.allow(
        "Key",
        ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
        [records.key_arn],
    )
