"""Amazon EventBridge rules: https://docs.aws.amazon.com/eventbridge/latest/APIReference/."""

from __future__ import annotations

from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.schema import Failure
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties

_RULE = {
    "description": "Description",
    "eventPattern": "EventPattern",
    "roleArn": "RoleArn",
    "scheduleExpression": "ScheduleExpression",
    "state": "State",
}
_DEFAULT_BUS = "default"


class EventRule(ResourceType):
    """What is listened to; its id is `bus/name`, on the default bus the name alone."""

    pulumi_type = "aws:cloudwatch/eventRule:EventRule"
    autoname = Autoname(prefix_property="namePrefix", longest=64)
    replace_on = frozenset({"name", "namePrefix", "eventBusName"})

    def defaults(self, inputs: Properties) -> Properties:
        state = "DISABLED" if inputs.get("isEnabled") is False else "ENABLED"
        return {"eventBusName": _DEFAULT_BUS, "forceDestroy": False, "state": state}

    def verify(self, inputs: Properties) -> list[Failure]:
        if inputs.get("eventPattern") or inputs.get("scheduleExpression"):
            return []
        return [Failure("eventPattern", "a rule needs eventPattern or scheduleExpression")]

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        return id, _rule_of(id)

    def create(self, aws: Aws, inputs: Properties) -> str:
        bus, name = inputs["eventBusName"], inputs["name"]
        aws.client("events").put_rule(
            Name=name,
            EventBusName=bus,
            Tags=tags.pairs(inputs.get("tags")),
            **chosen(inputs, _RULE),
        )
        return str(name) if bus == _DEFAULT_BUS else f"{bus}/{name}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        events = aws.client("events")
        where = _rule_of(id)
        found = events.describe_rule(Name=where["name"], EventBusName=where["eventBusName"])
        seen = {ours: found[theirs] for ours, theirs in _RULE.items() if found.get(theirs)}
        tagged = events.list_tags_for_resource(ResourceARN=found["Arn"]).get("Tags")
        return {**where, **seen, "arn": found["Arn"], **tags.both(tags.mapping(tagged))}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        events = aws.client("events")
        events.put_rule(Name=new["name"], EventBusName=new["eventBusName"], **chosen(new, _RULE))
        arn = old["arn"]
        tags.update(
            old,
            new,
            tag=lambda given: events.tag_resource(ResourceARN=arn, Tags=tags.pairs(given)),
            untag=lambda keys: events.untag_resource(ResourceARN=arn, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        where = _rule_of(id)
        aws.client("events").delete_rule(Name=where["name"], EventBusName=where["eventBusName"])


class EventTarget(ResourceType):
    """What a rule calls; its id is `rule-target`."""

    pulumi_type = "aws:cloudwatch/eventTarget:EventTarget"
    autoname = Autoname("targetId", longest=64)
    replace_on = frozenset({"rule", "targetId", "eventBusName"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"eventBusName": _DEFAULT_BUS, "forceDestroy": False}

    def verify(self, inputs: Properties) -> list[Failure]:
        known = {*_TARGET, "retryPolicy", "deadLetterConfig", "inputTransformer", "sqsTarget"}
        known |= {"arn", "rule", "targetId", "eventBusName", "forceDestroy", "region"}
        return [
            Failure(name, f"the local stage's rules have no {name!r}")
            for name in inputs
            if name not in known and not name.startswith("__")
        ]

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        *bus, rule, target = id.split("/")
        state = {"eventBusName": bus[0] if bus else _DEFAULT_BUS, "rule": rule, "targetId": target}
        return f"{rule}-{target}", state

    def create(self, aws: Aws, inputs: Properties) -> str:
        self.update(aws, "", {}, inputs)
        return f"{inputs['rule']}-{inputs['targetId']}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        where = {"Rule": state["rule"], "EventBusName": state["eventBusName"]}
        targets = aws.client("events").list_targets_by_rule(**where)["Targets"]
        for target in targets:
            if target["Id"] == state["targetId"]:
                return {
                    **{name: state[name] for name in ("rule", "eventBusName", "targetId")},
                    "arn": target["Arn"],
                    **{o: target[theirs] for o, theirs in _TARGET.items() if theirs in target},
                    **_seen_objects(target),
                }
        return None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        target = {"Id": new["targetId"], "Arn": new["arn"], **chosen(new, _TARGET)}
        answer = aws.client("events").put_targets(
            Rule=new["rule"],
            EventBusName=new["eventBusName"],
            Targets=[{**target, **_objects(new)}],
        )
        for failed in answer.get("FailedEntries") or []:
            raise ValueError(f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("events").remove_targets(
            Rule=state["rule"], EventBusName=state["eventBusName"], Ids=[state["targetId"]]
        )


_TARGET = {"input": "Input", "inputPath": "InputPath", "roleArn": "RoleArn"}


def _rule_of(id: str) -> dict[str, str]:
    bus, _, name = id.rpartition("/")
    return {"eventBusName": bus or _DEFAULT_BUS, "name": name}


def _objects(inputs: Properties) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if inputs.get("retryPolicy"):
        found["RetryPolicy"] = chosen(inputs["retryPolicy"], _RETRY)
    if inputs.get("deadLetterConfig"):
        found["DeadLetterConfig"] = chosen(inputs["deadLetterConfig"], {"arn": "Arn"})
    if inputs.get("inputTransformer"):
        found["InputTransformer"] = chosen(inputs["inputTransformer"], _TRANSFORMER)
    if inputs.get("sqsTarget"):
        found["SqsParameters"] = chosen(inputs["sqsTarget"], {"messageGroupId": "MessageGroupId"})
    return found


def _seen_objects(target: dict[str, Any]) -> Properties:
    forms = {
        "retryPolicy": ("RetryPolicy", _RETRY),
        "deadLetterConfig": ("DeadLetterConfig", {"arn": "Arn"}),
        "inputTransformer": ("InputTransformer", _TRANSFORMER),
        "sqsTarget": ("SqsParameters", {"messageGroupId": "MessageGroupId"}),
    }
    return {
        ours: {
            name: target[theirs][member]
            for name, member in names.items()
            if member in target[theirs]
        }
        for ours, (theirs, names) in forms.items()
        if target.get(theirs)
    }


_RETRY = {
    "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
    "maximumRetryAttempts": "MaximumRetryAttempts",
}
_TRANSFORMER = {"inputPaths": "InputPathsMap", "inputTemplate": "InputTemplate"}
