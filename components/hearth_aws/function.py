"""One Lambda function with what belongs to it: log group, role, published version and alias.

https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import lambda_

from hearth_aws import iam_policy
from hearth_aws.lambda_bundle import Bundle
from hearth_aws.log_group import log_group
from hearth_aws.network_placement import Placement
from hearth_aws.server_rules import LogLevel

ALIAS = "live"


@dataclass(frozen=True)
class FunctionSettings:
    """What the functions of one API have in common."""

    bundle: Bundle
    memory: int
    key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    log_level: LogLevel
    log_retention_days: int
    environment: Mapping[str, pulumi.Input[str]]
    network: Placement | None
    tags: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True)
class DeployedFunction:
    """A function, and the alias through which it is called."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    role_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    alias_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    """What API Gateway integrates with: the alias, never $LATEST."""


def create_function(
    name: str,
    handler: str,
    timeout: int,
    rights: pulumi.Input[Sequence[iam_policy.Statement]],
    settings: FunctionSettings,
    options: pulumi.ResourceOptions,
) -> DeployedFunction:
    """Create the function `name`, which may do what `rights` say, log, trace and nothing else."""
    group = log_group(
        name, settings.logs_key_arn, settings.log_retention_days, settings.tags, options
    )
    own = [*_own_rights(group.arn), *(_NETWORK_RIGHTS if settings.network else ())]
    role = iam_policy.service_role(
        name,
        "lambda.amazonaws.com",
        pulumi.Output.all(own, rights).apply(lambda both: [*both[0], *both[1]]),
        settings.tags,
        options,
    )
    function = lambda_.Function(
        name,
        code=settings.bundle.code,
        handler=handler,
        runtime=settings.bundle.runtime,
        architectures=[settings.bundle.architecture.value],
        memory_size=settings.memory,
        timeout=timeout,
        role=role.arn,
        publish=True,
        kms_key_arn=settings.key_arn,
        environment={"variables": settings.environment},
        logging_config={
            "log_format": "JSON",
            "log_group": group.name,
            "application_log_level": _LOG_LEVELS[settings.log_level],
            "system_log_level": "WARN",
        },
        tracing_config={"mode": "Active"},
        tags=settings.tags,
        opts=pulumi.ResourceOptions.merge(
            options, pulumi.ResourceOptions(depends_on=[*role.ready, group])
        ),
        vpc_config=settings.network.ids if settings.network else None,
    )
    alias = lambda_.Alias(
        name,
        name=ALIAS,  # the name is within the function
        function_name=function.name,
        function_version=function.version,
        opts=options,
    )
    return DeployedFunction(
        name=function.name,
        arn=function.arn,
        role_name=role.name,
        log_group_name=group.name,
        alias_name=alias.name,
        alias_arn=alias.arn,
        invoke_arn=alias.invoke_arn,
    )


_LOG_LEVELS = {
    LogLevel.DEBUG: "DEBUG",
    LogLevel.INFO: "INFO",
    LogLevel.WARNING: "WARN",
    LogLevel.ERROR: "ERROR",
}


def _own_rights(log_group_arn: pulumi.Output[str]) -> list[iam_policy.Statement]:
    return [
        iam_policy.allow(
            "Log",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [pulumi.Output.concat(log_group_arn, ":*")],
        ),
        # X-Ray knows no resources to name.
        iam_policy.allow("Trace", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
    ]


# What Lambda itself does in the function's name when it runs in a VPC; EC2 knows no narrower
# resource before the interface is there.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
_NETWORK_RIGHTS = (
    iam_policy.allow(
        "NetworkInterfaces",
        [
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ],
        ["*"],
    ),
)
