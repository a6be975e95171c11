"""The role with which API Gateway writes any API's logs: one per account and region.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from collections.abc import Mapping
from enum import StrEnum

import pulumi
from pulumi_aws import apigateway, iam

from hearth_aws import iam_policy
from hearth_aws.location import locate


class AccountLogging(StrEnum):
    """Where the account's role for API Gateway's logs comes from."""

    ADOPT = "adopt"
    """The account and region have one; nothing is changed."""
    CREATE = "create"
    """One is made and entered in the account's settings; it stays when the API is deleted."""


def create_account_role(
    name: str, tags: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Create the role and enter it; return what must exist before an API can log.

    All of it outlives the stack, since other APIs of the account may have come to rely on it.
    """
    options = pulumi.ResourceOptions(parent=parent, retain_on_delete=True)
    role = iam.Role(
        name,
        assume_role_policy=iam_policy.document(
            [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": "apigateway.amazonaws.com"},
                }
            ]
        ),
        tags=tags,
        opts=options,
    )
    managed = pulumi.Output.concat(
        "arn:",
        locate(parent).partition,
        ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    )
    attachment = iam.RolePolicyAttachment(name, role=role.name, policy_arn=managed, opts=options)
    account = apigateway.Account(
        name,
        cloudwatch_role_arn=role.arn,
        opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[attachment])),
    )
    return [account]
