"""Amazon CloudWatch: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/."""

from __future__ import annotations

from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties

_ALARM = {
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "alarmDescription": "AlarmDescription",
    "comparisonOperator": "ComparisonOperator",
    "datapointsToAlarm": "DatapointsToAlarm",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    "evaluationPeriods": "EvaluationPeriods",
    "extendedStatistic": "ExtendedStatistic",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "thresholdMetricId": "ThresholdMetricId",
    "treatMissingData": "TreatMissingData",
    "unit": "Unit",
}
_QUERY = {
    "accountId": "AccountId",
    "expression": "Expression",
    "id": "Id",
    "label": "Label",
    "period": "Period",
    "returnData": "ReturnData",
}


class MetricAlarm(ResourceType):
    """An alarm on a metric or a sum of several; its id is its name."""

    pulumi_type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    autoname = Autoname()
    replace_on = frozenset({"name"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"actionsEnabled": True, "treatMissingData": "missing"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = str(inputs["name"])
        request = chosen(inputs, _ALARM)
        if inputs.get("metricQueries"):
            request["Metrics"] = [_query(item) for item in inputs["metricQueries"]]
        else:
            request["Dimensions"] = tags.pairs(inputs.get("dimensions"), "Name", "Value")
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name, Tags=tags.pairs(inputs.get("tags")), **request
        )
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        cloudwatch = aws.client("cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNames=[id])["MetricAlarms"]
        if not alarms:
            return None
        alarm = alarms[0]
        arn = alarm["AlarmArn"]
        found = cloudwatch.list_tags_for_resource(ResourceARN=arn).get("Tags")
        seen = {ours: alarm[theirs] for ours, theirs in _ALARM.items() if theirs in alarm}
        if alarm.get("Metrics"):  # MiniStack forgets them
            seen["metricQueries"] = [_seen_query(item) for item in alarm["Metrics"]]
        return {
            **seen,
            "arn": arn,
            "name": id,
            "dimensions": tags.mapping(alarm.get("Dimensions"), "Name", "Value"),
            **tags.both(tags.mapping(found)),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)  # a put replaces the whole, but for the tags
        cloudwatch = aws.client("cloudwatch")
        arn = old["arn"]
        tags.update(
            old,
            new,
            tag=lambda given: cloudwatch.tag_resource(ResourceARN=arn, Tags=tags.pairs(given)),
            untag=lambda keys: cloudwatch.untag_resource(ResourceARN=arn, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("cloudwatch").delete_alarms(AlarmNames=[id])


class Dashboard(ResourceType):
    """A dashboard; its id is its name."""

    pulumi_type = "aws:cloudwatch/dashboard:Dashboard"
    replace_on = frozenset({"dashboardName"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = str(inputs["dashboardName"])
        aws.client("cloudwatch").put_dashboard(
            DashboardName=name, DashboardBody=inputs["dashboardBody"]
        )
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = aws.client("cloudwatch").get_dashboard(DashboardName=id)
        return {
            "dashboardName": id,
            "dashboardBody": found["DashboardBody"],
            "dashboardArn": aws.arn("cloudwatch", f"dashboard/{id}", region=""),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("cloudwatch").delete_dashboards(DashboardNames=[id])


def _query(given: Properties) -> dict[str, Any]:
    query = chosen(given, _QUERY)
    metric = given.get("metric")
    if metric:
        query.pop("Period", None)
        query["MetricStat"] = {
            "Metric": {
                **chosen(metric, {"metricName": "MetricName", "namespace": "Namespace"}),
                "Dimensions": tags.pairs(metric.get("dimensions"), "Name", "Value"),
            },
            **chosen(metric, {"period": "Period", "stat": "Stat", "unit": "Unit"}),
        }
    return query


def _seen_query(answer: dict[str, Any]) -> Properties:
    seen: Properties = {ours: answer[theirs] for ours, theirs in _QUERY.items() if theirs in answer}
    stat = answer.get("MetricStat")
    if stat:
        metric = stat["Metric"]
        seen["metric"] = {
            "metricName": metric.get("MetricName"),
            "namespace": metric.get("Namespace"),
            "dimensions": tags.mapping(metric.get("Dimensions"), "Name", "Value"),
            "period": stat["Period"],
            "stat": stat["Stat"],
            **({"unit": stat["Unit"]} if stat.get("Unit") else {}),
        }
    return seen
