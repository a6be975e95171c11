"""Amazon EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/."""

from __future__ import annotations

from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.shapes import chosen, from_aws, to_aws
from hearth_local.provider.values import Properties

_MEMBERS = {
    "actionAfterCompletion": "ActionAfterCompletion",
    "description": "Description",
    "endDate": "EndDate",
    "flexibleTimeWindow": "FlexibleTimeWindow",
    "kmsKeyArn": "KmsKeyArn",
    "scheduleExpression": "ScheduleExpression",
    "scheduleExpressionTimezone": "ScheduleExpressionTimezone",
    "startDate": "StartDate",
    "state": "State",
    "target": "Target",
}
_TIMES = ("startDate", "endDate")


class Schedule(ResourceType):
    """A call at set times; its id is `group/name`."""

    pulumi_type = "aws:scheduler/schedule:Schedule"
    autoname = Autoname(prefix_property="namePrefix", longest=64)
    replace_on = frozenset({"name", "namePrefix", "groupName"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"groupName": "default", "scheduleExpressionTimezone": "UTC", "state": "ENABLED"}

    def sought(self, aws: Aws, inputs: Properties) -> str:
        return f"{inputs['groupName']}/{inputs['name']}"

    def create(self, aws: Aws, inputs: Properties) -> str:
        group, name = inputs["groupName"], inputs["name"]
        aws.client("scheduler").create_schedule(**_where(f"{group}/{name}"), **_request(inputs))
        return f"{group}/{name}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = aws.client("scheduler").get_schedule(**_where(id))
        properties = self.shape.properties
        group, name = id.split("/", 1)
        return {
            "arn": found["Arn"],
            "name": name,
            "groupName": group,
            **{
                ours: from_aws(found[theirs], properties[ours])
                for ours, theirs in _MEMBERS.items()
                if found.get(theirs) and ours not in _TIMES
            },
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        aws.client("scheduler").update_schedule(**_where(id), **_request(new))

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("scheduler").delete_schedule(**_where(id))


def _where(id: str) -> dict[str, str]:
    group, name = id.split("/", 1)
    return {"GroupName": group, "Name": name}


def _request(inputs: Properties) -> Properties:
    properties = Schedule().shape.properties
    shaped = {name: to_aws(inputs[name], properties[name]) for name in _MEMBERS if name in inputs}
    return chosen(shaped, _MEMBERS)
