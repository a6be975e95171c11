"""A customer-managed KMS key whose policy lets it be used through named AWS services only.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import kms

from hearth_aws import iam_policy, inputs, tags
from hearth_aws.location import Location, locate

_NAME = r"(?!aws/)[A-Za-z0-9/_-]{1,200}"
_NAME_MEANING = (
    "up to 200 letters, digits, hyphens, underscores and slashes, since an alias is named after it"
)
"""https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"""


class KeyUser(StrEnum):
    """An AWS service that encrypts with the key."""

    DYNAMODB = "dynamodb"
    S3 = "s3"
    LAMBDA = "lambda"
    OPENSEARCH = "es"
    DSQL = "dsql"
    LOGS = "logs"


class EncryptionKeyArgs(TypedDict):
    """What an EncryptionKey can be told."""

    users: NotRequired[Sequence[KeyUser]]
    """Services through which principals of this account may use the key: dynamodb, s3, lambda,
    es, dsql, logs. Default: dynamodb, s3 and lambda."""
    description: NotRequired[str]
    """What the key protects, as the console shows it. Default: the component's name."""
    deletion_window_days: NotRequired[int]
    """Days between a request to delete the key and its deletion, 7 to 30. Default 30."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags for every resource, beside the component's own."""


@dataclass(frozen=True)
class _Settings:
    users: tuple[KeyUser, ...]
    description: str
    deletion_window_days: int
    tags: tags.Tags


def _resolve(name: str, args: EncryptionKeyArgs) -> _Settings:
    inputs.matching("name", name, _NAME, _NAME_MEANING)
    inputs.known(args, EncryptionKeyArgs)
    users = inputs.several(
        "users", args.get("users", (KeyUser.DYNAMODB, KeyUser.S3, KeyUser.LAMBDA))
    )
    if not users:
        raise inputs.InputError("users", "is empty: no service could use the key")
    return _Settings(
        users=tuple(
            inputs.choice(f"users[{place}]", each, KeyUser) for place, each in enumerate(users)
        ),
        description=inputs.text("description", args.get("description", name)),
        deletion_window_days=inputs.whole(
            "deletion_window_days", args.get("deletion_window_days", 30), minimum=7, maximum=30
        ),
        tags=tags.resolve("EncryptionKey", args),
    )


class EncryptionKey(pulumi.ComponentResource):
    """A KMS key that rotates every year, with an alias."""

    key_arn: pulumi.Output[str]
    """ARN of the key."""
    key_id: pulumi.Output[str]
    """Id of the key."""

    def __init__(
        self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with inputs.of("EncryptionKey", name):
            settings = _resolve(name, args)
        super().__init__("hearth:index:EncryptionKey", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = kms.Key(
            name,
            description=settings.description,
            enable_key_rotation=True,
            deletion_window_in_days=settings.deletion_window_days,
            policy=iam_policy.document(_statements(settings.users, locate(self))),
            tags=settings.tags,
            opts=child,
        )
        kms.Alias(name, target_key_id=key.key_id, opts=child)
        self.key_arn = key.arn
        self.key_id = key.key_id
        self.register_outputs({"key_arn": self.key_arn, "key_id": self.key_id})


def _statements(users: Sequence[KeyUser], place: Location) -> list[iam_policy.Statement]:
    """Return the key policy: administration without use, use only through the services named.

    IAM still decides who in the account may do either.
    """
    account = {"AWS": place.account_root}
    through = [place.service(user.value) for user in users if user is not KeyUser.LOGS]
    statements: list[iam_policy.Statement] = [
        iam_policy.allow("Administration", _ADMINISTRATION, ["*"], Principal=account)
    ]
    if through:
        condition: dict[str, Any] = {"StringEquals": {"kms:ViaService": through}}
        for_services = {**condition, "Bool": {"kms:GrantIsForAWSResource": "true"}}
        statements += [
            iam_policy.allow("Use", _USE, ["*"], Principal=account, Condition=condition),
            iam_policy.allow(
                "Grants", ["kms:CreateGrant"], ["*"], Principal=account, Condition=for_services
            ),
        ]
    if KeyUser.DSQL in users:
        statements += _dsql(place)
    if KeyUser.LOGS in users:
        statements.append(_logs(place))
    return statements


def _dsql(place: Location) -> list[iam_policy.Statement]:
    """Return what Aurora DSQL needs, for the clusters of this account and region only.

    It uses the key in its own name, not in that of who connects.
    https://docs.aws.amazon.com/aurora-dsql/latest/userguide/data-encryption.html
    """
    clusters = pulumi.Output.concat(
        "arn:", place.partition, ":dsql:", place.region, ":", place.account_id, ":cluster/*"
    )
    service = {"Service": "dsql.amazonaws.com"}
    from_clusters = {"ArnLike": {"aws:SourceArn": clusters}}
    return [
        iam_policy.allow(
            "Dsql",
            _DSQL_USE,
            ["*"],
            Principal=service,
            Condition={
                **from_clusters,
                "Null": {"kms:EncryptionContext:aws:dsql:ClusterId": "false"},
            },
        ),
        iam_policy.allow(
            "DsqlLook", ["kms:DescribeKey"], ["*"], Principal=service, Condition=from_clusters
        ),
    ]


def _logs(place: Location) -> iam_policy.Statement:
    """Return what CloudWatch Logs needs, for the log groups of this account and region only."""
    groups = pulumi.Output.concat(
        "arn:", place.partition, ":logs:", place.region, ":", place.account_id, ":log-group:*"
    )
    return iam_policy.allow(
        "Logs",
        _USE,
        ["*"],
        Principal={"Service": place.service("logs")},
        Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )


_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")

_DSQL_USE = (
    *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo"),
)

_ADMINISTRATION = (
    *("kms:CreateAlias", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*"),
    *("kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource"),
    *("kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
    *("kms:RotateKeyOnDemand",),
)


def given_or_own(
    given: pulumi.Input[str] | None,
    name: str,
    args: EncryptionKeyArgs,
    parent: pulumi.Resource,
) -> pulumi.Input[str]:
    """Return the ARN of the key that the caller gave, or of a new one below `parent`."""
    if given is not None:
        return given
    return EncryptionKey(name, args, pulumi.ResourceOptions(parent=parent)).key_arn
