"""A log group that exists before anything writes to it: with a key, and with an end to its logs."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from hearth_aws import inputs

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The days that CloudWatch Logs takes; 0 would keep logs for ever.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""

SEVEN_YEARS = 2557


def retention(args: Mapping[str, Any], name: str = "log_retention_days") -> int:
    """Return the days that the input asks for, seven years by default. Raises InputError."""
    return inputs.one_of(name, args.get(name, SEVEN_YEARS), RETENTION_DAYS)


def log_group(
    name: str,
    key_arn: pulumi.Input[str],
    retention_days: int,
    tags: Mapping[str, pulumi.Input[str]],
    options: pulumi.ResourceOptions,
) -> cloudwatch.LogGroup:
    """Create a log group under a customer-managed key."""
    return cloudwatch.LogGroup(
        name, kms_key_id=key_arn, retention_in_days=retention_days, tags=tags, opts=options
    )
