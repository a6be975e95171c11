"""Where FHIR resources live: one immutable item per version, large bodies beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import dynamodb

from hearth_aws import inputs, tags
from hearth_aws.bucket import BucketSettings, check_name, private_bucket
from hearth_aws.encryption_key import given_or_own

HISTORY_INDEX = "gsi1"


class RecordStore(TypedDict):
    """What an API needs to know of a store."""

    table_name: pulumi.Input[str]
    """Name of the table."""
    table_arn: pulumi.Input[str]
    """ARN of the table."""
    stream_arn: pulumi.Input[str]
    """ARN of the table's stream."""
    bodies_bucket_name: pulumi.Input[str]
    """Name of the bucket of large bodies."""
    bodies_bucket_arn: pulumi.Input[str]
    """ARN of that bucket."""
    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts both. Functions' variables and failed records use it too."""


class FhirStoreArgs(TypedDict):
    """What a FhirStore can be told."""

    key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the customer-managed key for table and bucket. Default: a key of its own."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete the table and a bucket that holds something. Default true."""
    recovery_days: NotRequired[int]
    """Days back to which the table can be restored, to the second, 1 to 35. Default 35."""
    access_log_bucket_name: NotRequired[pulumi.Input[str]]
    """Name of the bucket that gets the access log of the bodies' bucket. Default: no log."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags for every resource, beside the component's own."""


@dataclass(frozen=True)
class _Settings:
    key_arn: pulumi.Input[str] | None
    deletion_protection: bool
    recovery_days: int
    access_log_bucket: pulumi.Input[str] | None
    tags: tags.Tags


def _resolve(name: str, args: FhirStoreArgs) -> _Settings:
    check_name(name, "-bodies")
    inputs.known(args, FhirStoreArgs)
    return _Settings(
        key_arn=inputs.given(args, "key_arn", inputs.arn),
        deletion_protection=inputs.flag(
            "deletion_protection", args.get("deletion_protection", True)
        ),
        recovery_days=inputs.whole(
            "recovery_days", args.get("recovery_days", 35), minimum=1, maximum=35
        ),
        access_log_bucket=inputs.given(args, "access_log_bucket_name", inputs.wired),
        tags=tags.resolve("FhirStore", args),
    )


class FhirStore(pulumi.ComponentResource):
    """A table of resource versions with its change stream, and a bucket of large bodies."""

    table_name: pulumi.Output[str]
    """Name of the table."""
    table_arn: pulumi.Output[str]
    """ARN of the table."""
    history_index_arn: pulumi.Output[str]
    """ARN of the index that history and export read."""
    stream_arn: pulumi.Output[str]
    """ARN of the table's stream, with the item before and after each change."""
    bodies_bucket_name: pulumi.Output[str]
    """Name of the bucket of bodies that are too large for an item."""
    bodies_bucket_arn: pulumi.Output[str]
    """ARN of that bucket."""
    key_arn: pulumi.Output[str]
    """ARN of the key that encrypts both."""

    def __init__(
        self, name: str, args: FhirStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with inputs.of("FhirStore", name):
            settings = _resolve(name, args)
        super().__init__("hearth:index:FhirStore", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        key_arn = given_or_own(settings.key_arn, f"{name}-key", {"tags": settings.tags}, self)
        table = _table(name, settings, key_arn, child)
        bodies = private_bucket(
            f"{name}-bodies",
            BucketSettings(
                tags=settings.tags,
                key_arn=key_arn,
                access_log_bucket=settings.access_log_bucket,
                deletion_protection=settings.deletion_protection,
            ),
            child,
        )
        self.table_name = table.name
        self.table_arn = table.arn
        self.history_index_arn = pulumi.Output.concat(table.arn, "/index/", HISTORY_INDEX)
        self.stream_arn = table.stream_arn
        self.bodies_bucket_name = bodies.name
        self.bodies_bucket_arn = bodies.arn
        self.key_arn = pulumi.Output.from_input(key_arn)
        self.register_outputs(
            {
                "table_name": self.table_name,
                "table_arn": self.table_arn,
                "history_index_arn": self.history_index_arn,
                "stream_arn": self.stream_arn,
                "bodies_bucket_name": self.bodies_bucket_name,
                "bodies_bucket_arn": self.bodies_bucket_arn,
                "key_arn": self.key_arn,
            }
        )

    @property
    def connection(self) -> RecordStore:
        """What a FhirApi needs to know of this store."""
        return {
            "table_name": self.table_name,
            "table_arn": self.table_arn,
            "stream_arn": self.stream_arn,
            "bodies_bucket_name": self.bodies_bucket_name,
            "bodies_bucket_arn": self.bodies_bucket_arn,
            "key_arn": self.key_arn,
        }


def _table(
    name: str,
    settings: _Settings,
    key_arn: pulumi.Input[str],
    options: pulumi.ResourceOptions,
) -> dynamodb.Table:
    """Create the table of records: key, history index, and what keeps them safe."""
    return dynamodb.Table(
        name,
        billing_mode="PAY_PER_REQUEST",
        hash_key="pk",
        range_key="sk",
        attributes=[
            {"name": "pk", "type": "S"},
            {"name": "sk", "type": "N"},
            {"name": "gsi1pk", "type": "S"},
            {"name": "gsi1sk", "type": "S"},
        ],
        global_secondary_indexes=[
            {
                "name": HISTORY_INDEX,
                "key_schemas": [
                    {"attribute_name": "gsi1pk", "key_type": "HASH"},
                    {"attribute_name": "gsi1sk", "key_type": "RANGE"},
                ],
                "projection_type": "INCLUDE",
                "non_key_attributes": ["deleted", "tx", "method"],
            }
        ],
        stream_enabled=True,
        stream_view_type="NEW_AND_OLD_IMAGES",
        ttl={"enabled": True, "attribute_name": "ttl"},
        point_in_time_recovery={
            "enabled": True,
            "recovery_period_in_days": settings.recovery_days,
        },
        server_side_encryption={"enabled": True, "kms_key_arn": key_arn},
        deletion_protection_enabled=settings.deletion_protection,
        tags=settings.tags,
        opts=options,
    )
