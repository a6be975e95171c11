"""A schedule that calls a function.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
"""

from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch, lambda_

from hearth_aws.function import DeployedFunction


def call_hourly(
    name: str,
    function: DeployedFunction,
    description: str,
    tags: Mapping[str, pulumi.Input[str]],
    options: pulumi.ResourceOptions,
) -> None:
    """Have EventBridge call the function's alias each hour."""
    rule = cloudwatch.EventRule(
        name,
        description=description,
        schedule_expression="rate(1 hour)",
        tags=tags,
        opts=options,
    )
    permission = lambda_.Permission(
        name,
        action="lambda:InvokeFunction",
        function=function.name,
        qualifier=function.alias_name,
        principal="events.amazonaws.com",
        source_arn=rule.arn,
        opts=options,
    )
    cloudwatch.EventTarget(
        name,
        rule=rule.name,
        arn=function.alias_arn,
        opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[permission])),
    )
