"""Who an S3 bucket tells about new and deleted objects."""

from __future__ import annotations

from typing import Any

from hearth_local.provider.aws import Aws
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.values import Properties

# Our lists, the key of the receiver in them, and boto3's names for both.
_RECEIVERS = (
    ("lambdaFunctions", "lambdaFunctionArn", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    ("queues", "queueArn", "QueueConfigurations", "QueueArn"),
    ("topics", "topicArn", "TopicConfigurations", "TopicArn"),
)


class BucketNotification(ResourceType):
    """All notifications of a bucket: AWS sets them as a whole."""

    pulumi_type = "aws:s3/bucketNotification:BucketNotification"
    replace_on = frozenset({"bucket"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        bucket = str(inputs["bucket"])
        configuration: dict[str, Any] = {
            theirs: [_notification(item, key, their_key) for item in inputs.get(ours) or []]
            for ours, key, theirs, their_key in _RECEIVERS
        }
        if inputs.get("eventbridge"):
            configuration["EventBridgeConfiguration"] = {}
        _put(aws, bucket, configuration)
        return bucket

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = aws.client("s3").get_bucket_notification_configuration(Bucket=id)
        seen: Properties = {
            ours: [_seen(item, key, their_key) for item in found.get(theirs) or []]
            for ours, key, theirs, their_key in _RECEIVERS
        }
        seen["eventbridge"] = "EventBridgeConfiguration" in found
        return {"bucket": id, **seen} if any(seen.values()) else None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        _put(aws, id, {})


def _put(aws: Aws, bucket: str, configuration: dict[str, Any]) -> None:
    aws.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=configuration
    )


def _notification(given: Properties, key: str, their_key: str) -> dict[str, Any]:
    notification: dict[str, Any] = {their_key: given[key], "Events": given["events"]}
    if given.get("id"):
        notification["Id"] = given["id"]
    rules = [
        {"Name": name, "Value": given[ours]}
        for ours, name in (("filterPrefix", "prefix"), ("filterSuffix", "suffix"))
        if given.get(ours)
    ]
    if rules:
        notification["Filter"] = {"Key": {"FilterRules": rules}}
    return notification


def _seen(answer: dict[str, Any], key: str, their_key: str) -> Properties:
    rules = (answer.get("Filter") or {}).get("Key", {}).get("FilterRules") or []
    filters = {rule["Name"].lower(): rule["Value"] for rule in rules}
    seen = {
        key: answer.get(their_key),
        "events": answer["Events"],
        "id": answer.get("Id"),
        "filterPrefix": filters.get("prefix"),
        "filterSuffix": filters.get("suffix"),
    }
    return {name: value for name, value in seen.items() if value is not None}
