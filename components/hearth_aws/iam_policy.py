"""IAM policy documents, and roles whose rights are managed policies with named resources.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import iam

Statement = Mapping[str, Any]


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]], **more: Any
) -> Statement:
    """Return a statement that allows `actions` on `resources`; `more` may hold a Condition."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(resources),
        **more,
    }


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """Return the policy document as JSON."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass(frozen=True)
class ServiceRole:
    """A role that one AWS service takes on."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    ready: tuple[pulumi.Resource, ...]
    """What must exist before the rights hold: depend on these."""


def service_role(
    name: str,
    service: str,
    statements: pulumi.Input[Sequence[Statement]],
    tags: Mapping[str, pulumi.Input[str]],
    options: pulumi.ResourceOptions,
) -> ServiceRole:
    """Create a role for `service` with exactly the rights of `statements`."""
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
    }
    role = iam.Role(name, assume_role_policy=document([trust]), tags=tags, opts=options)
    rights: pulumi.Output[str] = pulumi.Output.from_input(statements).apply(document)
    policy = iam.Policy(name, policy=rights, tags=tags, opts=options)
    attachment = iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=options)
    return ServiceRole(name=role.name, arn=role.arn, ready=(attachment,))
