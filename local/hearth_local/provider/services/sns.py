"""Amazon SNS: https://docs.aws.amazon.com/sns/latest/api/."""

from __future__ import annotations

from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import same
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.values import Properties

_TOPIC = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
_SUBSCRIPTION = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}


class Topic(ResourceType):
    """A topic; its id is its ARN."""

    pulumi_type = "aws:sns/topic:Topic"
    autoname = Autoname(prefix_property="namePrefix", longest=256, fifo=True)
    replace_on = frozenset({"name", "namePrefix", "fifoTopic"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        attributes = _given(inputs, _TOPIC)
        if inputs.get("fifoTopic"):
            attributes["FifoTopic"] = "true"
        made = aws.client("sns").create_topic(
            Name=inputs["name"], Attributes=attributes, Tags=tags.pairs(inputs.get("tags"))
        )
        return str(made["TopicArn"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        sns = aws.client("sns")
        found = sns.get_topic_attributes(TopicArn=id)["Attributes"]
        return {
            **_seen(found, _TOPIC),
            "arn": id,
            "name": id.rsplit(":", 1)[1],
            "owner": found.get("Owner", aws.account),
            "fifoTopic": found.get("FifoTopic") == "true",
            **tags.both(tags.mapping(sns.list_tags_for_resource(ResourceArn=id).get("Tags"))),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        sns = aws.client("sns")
        for name, value in _changed(old, new, _TOPIC).items():
            sns.set_topic_attributes(TopicArn=id, AttributeName=name, AttributeValue=value)
        tags.update(
            old,
            new,
            tag=lambda given: sns.tag_resource(ResourceArn=id, Tags=tags.pairs(given)),
            untag=lambda keys: sns.untag_resource(ResourceArn=id, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("sns").delete_topic(TopicArn=id)


class TopicPolicy(ResourceType):
    """A topic's policy; deleting it leaves the owner's rights, as a topic always has a policy."""

    pulumi_type = "aws:sns/topicPolicy:TopicPolicy"
    replace_on = frozenset({"arn"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        arn = str(inputs["arn"])
        _set_policy(aws, arn, inputs["policy"])
        return arn

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = aws.client("sns").get_topic_attributes(TopicArn=id)["Attributes"]
        return {"arn": id, "policy": found.get("Policy"), "owner": found.get("Owner", aws.account)}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        _set_policy(aws, id, new["policy"])

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        _set_policy(aws, id, _owners_policy(aws, id))


class TopicSubscription(ResourceType):
    """A queue, function or address that a topic sends to; its id is its ARN."""

    pulumi_type = "aws:sns/topicSubscription:TopicSubscription"
    replace_on = frozenset({"topic", "protocol", "endpoint"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.client("sns").subscribe(
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes=_given(inputs, _SUBSCRIPTION),
            ReturnSubscriptionArn=True,
        )
        return str(made["SubscriptionArn"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = aws.client("sns").get_subscription_attributes(SubscriptionArn=id)["Attributes"]
        return {
            **_seen(found, _SUBSCRIPTION),
            "arn": id,
            "topic": found["TopicArn"],
            "protocol": found["Protocol"],
            "endpoint": found["Endpoint"],
            "ownerId": found.get("Owner", aws.account),
            "pendingConfirmation": found.get("PendingConfirmation") == "true",
            "confirmationWasAuthenticated": found.get("ConfirmationWasAuthenticated") == "true",
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        for name, value in _changed(old, new, _SUBSCRIPTION).items():
            aws.client("sns").set_subscription_attributes(
                SubscriptionArn=id, AttributeName=name, AttributeValue=value
            )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("sns").unsubscribe(SubscriptionArn=id)


def _given(inputs: Properties, names: dict[str, str]) -> dict[str, str]:
    return {theirs: _text(inputs[ours]) for ours, theirs in names.items() if ours in inputs}


def _changed(old: Properties, new: Properties, names: dict[str, str]) -> dict[str, str]:
    return {
        theirs: _text(new.get(ours, ""))
        for ours, theirs in names.items()
        if (ours in old or ours in new) and not same(old.get(ours), new.get(ours))
    }


def _seen(found: dict[str, str], names: dict[str, str]) -> Properties:
    seen: Properties = {}
    for ours, theirs in names.items():
        if found.get(theirs):
            text = found[theirs]
            seen[ours] = {"true": True, "false": False}.get(text, text)
    if "signatureVersion" in seen:
        seen["signatureVersion"] = int(seen["signatureVersion"])
    return seen


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _set_policy(aws: Aws, arn: str, policy: str) -> None:
    aws.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=policy
    )


def _owners_policy(aws: Aws, arn: str) -> str:
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"'
        f'{aws.account}"}},"Action":"sns:*","Resource":"{arn}"}}]}}'
    )
