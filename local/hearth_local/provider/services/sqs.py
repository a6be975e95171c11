"""Amazon SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/."""

from __future__ import annotations

import json
from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import same
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.values import Properties

_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
# What AWS gives to a queue for an attribute that is taken away.
_RESET: dict[str, Any] = {
    "delaySeconds": 0,
    "kmsDataKeyReusePeriodSeconds": 300,
    "maxMessageSize": 262144,
    "messageRetentionSeconds": 345600,
    "receiveWaitTimeSeconds": 0,
    "visibilityTimeoutSeconds": 30,
}


class Queue(ResourceType):
    """A queue; its id is its URL."""

    pulumi_type = "aws:sqs/queue:Queue"
    autoname = Autoname(prefix_property="namePrefix", longest=80, fifo=True)
    replace_on = frozenset({"name", "namePrefix", "fifoQueue"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        attributes = {
            theirs: _text(inputs[ours]) for ours, theirs in _ATTRIBUTES.items() if ours in inputs
        }
        if inputs.get("fifoQueue"):
            attributes["FifoQueue"] = "true"
        made = aws.client("sqs").create_queue(
            QueueName=inputs["name"], Attributes=attributes, tags=inputs.get("tags") or {}
        )
        return str(made["QueueUrl"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        sqs = aws.client("sqs")
        url = _address(aws, id)
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        properties = self.shape.properties
        seen = {
            ours: _value(found[theirs], properties[ours])
            for ours, theirs in _ATTRIBUTES.items()
            if theirs in found
        }
        return {
            **seen,
            "arn": found["QueueArn"],
            "url": url,
            "name": found["QueueArn"].rsplit(":", 1)[1],
            "fifoQueue": found.get("FifoQueue") == "true",
            **tags.both(sqs.list_queue_tags(QueueUrl=url).get("Tags")),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        sqs = aws.client("sqs")
        changed = {
            theirs: _text(new.get(ours, _RESET.get(ours, "")))
            for ours, theirs in _ATTRIBUTES.items()
            if not same(old.get(ours), new.get(ours)) and (ours in new or ours in old)
        }
        url = _address(aws, id)
        if changed:
            sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
        tags.update(
            old,
            new,
            tag=lambda given: sqs.tag_queue(QueueUrl=url, Tags=given),
            untag=lambda keys: sqs.untag_queue(QueueUrl=url, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("sqs").delete_queue(QueueUrl=_address(aws, id))


def _address(aws: Aws, url: str) -> str:
    """Return the queue's URL at today's endpoint: MiniStack's port may change between runs."""
    return f"{aws.endpoint}/{'/'.join(url.split('/')[-2:])}"


class QueuePolicy(ResourceType):
    """A queue's policy; its id is the queue's URL."""

    pulumi_type = "aws:sqs/queuePolicy:QueuePolicy"
    replace_on = frozenset({"queueUrl"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        url = str(inputs["queueUrl"])
        _set_policy(aws, url, inputs["policy"])
        return url

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        sqs = aws.client("sqs")
        found = sqs.get_queue_attributes(QueueUrl=_address(aws, id), AttributeNames=["Policy"])
        policy = found.get("Attributes", {}).get("Policy")
        return {"queueUrl": id, "policy": policy} if policy else None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        _set_policy(aws, id, new["policy"])

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        _set_policy(aws, id, "")


def _set_policy(aws: Aws, url: str, policy: str) -> None:
    aws.client("sqs").set_queue_attributes(
        QueueUrl=_address(aws, url), Attributes={"Policy": policy}
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _value(text: str, kind: str) -> Any:
    match kind:
        case "integer":
            return int(text)
        case "boolean":
            return text == "true"
    return text
