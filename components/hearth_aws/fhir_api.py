"""The FHIR server: API Gateway in front, the functions behind it, and the way into them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from hearth_aws import (
    connections,
    inputs,
    lambda_bundle,
    log_group,
    network_placement,
    request_limits,
    server_functions,
    server_rules,
    tags,
)
from hearth_aws.account_logging import AccountLogging, create_account_role
from hearth_aws.bucket import BucketSettings, check_name, private_bucket
from hearth_aws.encryption_key import KeyUser, given_or_own
from hearth_aws.fhir_store import RecordStore
from hearth_aws.function import FunctionSettings
from hearth_aws.lambda_bundle import Bundle, LambdaBundle
from hearth_aws.location import locate
from hearth_aws.network_placement import NetworkPlacement, Placement
from hearth_aws.repair_function import create_repair
from hearth_aws.request_limits import Limits, RequestLimits
from hearth_aws.rest_api import RestApiSettings, create_rest_api
from hearth_aws.search_index import SearchConnection
from hearth_aws.server_functions import (
    Index,
    Records,
    create_api_function,
    create_indexer,
    create_sweep,
)
from hearth_aws.server_rules import ServerRules


class FhirApiArgs(TypedDict):
    """What a FhirApi can be told."""

    bundle: LambdaBundle
    """The code of the functions."""
    store: RecordStore
    """Where resources live: the outputs of a FhirStore."""
    user_pool_arn: pulumi.Input[str]
    """ARN of the Cognito user pool whose tokens are let in."""
    search: NotRequired[SearchConnection]
    """What answers searches: the outputs of a SearchIndex. Default: no search."""
    server: NotRequired[ServerRules]
    """How the FHIR server behaves."""
    limits: NotRequired[RequestLimits]
    """How many requests the API takes before it answers 429."""
    stage_name: NotRequired[str]
    """Last part of the base URL. Default fhir."""
    memory: NotRequired[int]
    """Megabytes of memory of each function, which also sets its share of a processor, 256 to
    10240. Default 1024."""
    network: NotRequired[NetworkPlacement]
    """Where in a VPC the functions run. Default: in no VPC."""
    account_logging: NotRequired[AccountLogging]
    """Whether to create the role with which API Gateway logs, of which an account has one per
    region, or to adopt the one that is there. Default adopt."""
    log_retention_days: NotRequired[int]
    """Days for which logs are kept. Default 2557, seven years."""
    logs_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the key for the log groups; CloudWatch Logs must be allowed to use it. Default: a
    key of its own."""
    failed_record_days: NotRequired[int]
    """Days for which records that could not be indexed are kept for a replay. Default 90."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete the bucket of failed records while it holds some. Default
    true."""
    access_log_bucket_name: NotRequired[pulumi.Input[str]]
    """Name of the bucket that gets the access log of the failed records' bucket. Default: no
    log."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags for every resource, beside the component's own."""


@dataclass(frozen=True)
class _Settings:
    bundle: Bundle
    records: Records
    index: Index
    user_pool_arn: pulumi.Input[str]
    rules: ServerRules
    limits: Limits
    stage_name: str
    memory: int
    network: Placement | None
    account_logging: AccountLogging
    log_retention_days: int
    logs_key_arn: pulumi.Input[str] | None
    failed_records: BucketSettings
    tags: tags.Tags


def _resolve(name: str, args: FhirApiArgs) -> _Settings:
    check_name(name, "-failed-records")
    inputs.known(args, FhirApiArgs)
    records = connections.store(args)
    own_tags = tags.resolve("FhirApi", args)
    return _Settings(
        bundle=lambda_bundle.resolve(args),
        records=records,
        index=connections.search(args),
        user_pool_arn=inputs.arn("user_pool_arn", inputs.required(args, "user_pool_arn")),
        rules=server_rules.resolve(args),
        limits=request_limits.resolve(args),
        stage_name=inputs.matching(
            "stage_name",
            args.get("stage_name", "fhir"),
            "[A-Za-z0-9_-]{1,128}",
            "letters, digits, hyphens and underscores",
        ),
        memory=inputs.whole("memory", args.get("memory", 1024), minimum=256, maximum=10_240),
        network=network_placement.resolve(args),
        account_logging=inputs.choice(
            "account_logging", args.get("account_logging", AccountLogging.ADOPT), AccountLogging
        ),
        log_retention_days=log_group.retention(args),
        logs_key_arn=inputs.given(args, "logs_key_arn", inputs.arn),
        failed_records=_resolve_failed_records(args, records, own_tags),
        tags=own_tags,
    )


def _resolve_failed_records(
    args: FhirApiArgs, records: Records, own_tags: tags.Tags
) -> BucketSettings:
    return BucketSettings(
        tags=own_tags,
        key_arn=records.key_arn,
        access_log_bucket=inputs.given(args, "access_log_bucket_name", inputs.wired),
        deletion_protection=inputs.flag(
            "deletion_protection", args.get("deletion_protection", True)
        ),
        expiry_days=inputs.whole(
            "failed_record_days", args.get("failed_record_days", 90), minimum=1
        ),
    )


class FhirApi(pulumi.ComponentResource):
    """A REST API that speaks FHIR R4 to callers with a token of the user pool and an API key."""

    api_url: pulumi.Output[str]
    """The service base URL."""
    api_id: pulumi.Output[str]
    """Id of the REST API."""
    stage_name: pulumi.Output[str]
    """Name of the API's stage."""
    api_key_id: pulumi.Output[str]
    """Id of the API key that callers send."""
    api_function_name: pulumi.Output[str]
    """Name of the function that answers requests."""
    api_function_arn: pulumi.Output[str]
    """ARN of that function."""
    api_role_name: pulumi.Output[str]
    """Name of the role that it has."""
    indexer_function_name: pulumi.Output[str]
    """Name of the function that follows the table's stream."""
    indexer_function_arn: pulumi.Output[str]
    """ARN of that function."""
    indexer_role_name: pulumi.Output[str]
    """Name of the role that it has."""
    repair_function_name: pulumi.Output[str]
    """Name of the function that compares the search index and builds it anew, which `hearth
    reindex`, `verify-index` and `redrive` call."""
    repair_function_arn: pulumi.Output[str]
    """ARN of that function."""
    repair_role_name: pulumi.Output[str]
    """Name of the role that it has."""
    sweep_function_name: pulumi.Output[str]
    """Name of the function that clears up each hour after crashed commits."""
    sweep_function_arn: pulumi.Output[str]
    """ARN of that function."""
    sweep_role_name: pulumi.Output[str]
    """Name of the role that it has."""
    failed_records_bucket_name: pulumi.Output[str]
    """Name of the bucket of stream records that could not be indexed."""

    def __init__(
        self, name: str, args: FhirApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with inputs.of("FhirApi", name):
            settings = _resolve(name, args)
        super().__init__("hearth:index:FhirApi", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        logs_key_arn = given_or_own(
            settings.logs_key_arn,
            f"{name}-logs-key",
            {"users": [KeyUser.LOGS], "tags": settings.tags},
            self,
        )
        failed = private_bucket(f"{name}-failed-records", settings.failed_records, child)
        functions = _functions(settings, logs_key_arn, failed.name, self)
        api_function = create_api_function(
            f"{name}-api",
            settings.records,
            settings.index,
            functions,
            child,
            expunge=settings.rules["expunge"],
        )
        indexer = create_indexer(
            f"{name}-indexer", settings.records, settings.index, failed.arn, functions, child
        )
        repair = create_repair(
            f"{name}-repair", settings.records, settings.index, failed.arn, functions, child
        )
        sweep = create_sweep(f"{name}-sweep", settings.records, settings.index, functions, child)
        access_log = log_group.log_group(
            f"{name}-access",
            logs_key_arn,
            settings.log_retention_days,
            settings.tags,
            child,
        )
        before_stage: list[pulumi.Resource] = []
        if settings.account_logging is AccountLogging.CREATE:
            before_stage = create_account_role(f"{name}-gateway-logs", settings.tags, self)
        api = create_rest_api(
            name,
            RestApiSettings(
                function=api_function,
                user_pool_arn=settings.user_pool_arn,
                stage_name=settings.stage_name,
                access_log_arn=access_log.arn,
                limits=settings.limits,
                tags=settings.tags,
            ),
            child,
            before_stage,
        )
        self.api_url = api.url
        self.api_id = api.id
        self.stage_name = api.stage_name
        self.api_key_id = api.key_id
        self.api_function_name = api_function.name
        self.api_function_arn = api_function.arn
        self.api_role_name = api_function.role_name
        self.indexer_function_name = indexer.name
        self.indexer_function_arn = indexer.arn
        self.indexer_role_name = indexer.role_name
        self.repair_function_name = repair.name
        self.repair_function_arn = repair.arn
        self.repair_role_name = repair.role_name
        self.sweep_function_name = sweep.name
        self.sweep_function_arn = sweep.arn
        self.sweep_role_name = sweep.role_name
        self.failed_records_bucket_name = failed.name
        self.register_outputs({output: getattr(self, output) for output in FhirApi.__annotations__})


def _functions(
    settings: _Settings,
    logs_key_arn: pulumi.Input[str],
    failed_bucket_name: pulumi.Input[str],
    parent: pulumi.Resource,
) -> FunctionSettings:
    """Return what the functions share."""
    return FunctionSettings(
        bundle=settings.bundle,
        memory=settings.memory,
        key_arn=settings.records.key_arn,
        logs_key_arn=logs_key_arn,
        log_level=settings.rules["log_level"],
        log_retention_days=settings.log_retention_days,
        environment=server_functions.environment(
            settings.records,
            settings.index,
            settings.rules,
            failed_bucket_name,
            locate(parent).dns_suffix,
        ),
        network=settings.network,
        tags=settings.tags,
    )
