"""Amazon CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/."""

from __future__ import annotations

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.shapes import chosen, observed
from hearth_local.provider.values import Properties


class LogGroup(ResourceType):
    """A log group with its key and retention."""

    pulumi_type = "aws:cloudwatch/logGroup:LogGroup"
    autoname = Autoname(prefix_property="namePrefix", longest=512)
    replace_on = frozenset({"name", "namePrefix", "logGroupClass"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        logs = aws.client("logs")
        name = str(inputs["name"])
        request = chosen(
            inputs, {"kmsKeyId": "kmsKeyId", "logGroupClass": "logGroupClass", "tags": "tags"}
        )
        logs.create_log_group(logGroupName=name, **request)
        with created(name):
            if inputs.get("retentionInDays"):
                days = inputs["retentionInDays"]
                logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        logs = aws.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=id):
            for group in page["logGroups"]:
                if group["logGroupName"] == id:
                    arn = str(group["arn"]).removesuffix(":*")
                    found = logs.list_tags_for_resource(resourceArn=arn).get("tags", {})
                    return {
                        "arn": arn,
                        "name": id,
                        "kmsKeyId": group.get("kmsKeyId"),
                        "logGroupClass": group.get("logGroupClass", "STANDARD"),
                        "retentionInDays": group.get("retentionInDays", 0),
                        **tags.both(found),
                    }
        return None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        logs = aws.client("logs")
        if old.get("retentionInDays") != new.get("retentionInDays"):
            if new.get("retentionInDays"):
                days = new["retentionInDays"]
                logs.put_retention_policy(logGroupName=id, retentionInDays=days)
            else:
                logs.delete_retention_policy(logGroupName=id)
        if old.get("kmsKeyId") != new.get("kmsKeyId"):
            if new.get("kmsKeyId"):
                logs.associate_kms_key(logGroupName=id, kmsKeyId=new["kmsKeyId"])
            else:
                logs.disassociate_kms_key(logGroupName=id)
        arn = old["arn"]
        tags.update(
            old,
            new,
            tag=lambda changed: logs.tag_resource(resourceArn=arn, tags=changed),
            untag=lambda keys: logs.untag_resource(resourceArn=arn, tagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        if not state.get("skipDestroy"):
            aws.client("logs").delete_log_group(logGroupName=id)


class LogResourcePolicy(ResourceType):
    """Which AWS services may write to log groups; its id is its name, or the resource's ARN."""

    pulumi_type = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
    replace_on = frozenset({"policyName", "resourceArn"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        names = {"policyName": "policyName", "resourceArn": "resourceArn"}
        aws.client("logs").put_resource_policy(
            policyDocument=inputs["policyDocument"], **chosen(inputs, names)
        )
        return str(inputs.get("resourceArn") or inputs["policyName"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        arn = {"resourceArn": id} if id.startswith("arn:") else {}
        scope = {**arn, "policyScope": "RESOURCE" if arn else "ACCOUNT"}
        answer = aws.client("logs").describe_resource_policies(**scope)
        for policy in answer["resourcePolicies"]:
            if arn or policy["policyName"] == id:
                return {
                    **({} if arn else {"policyName": id}),
                    "policyDocument": policy["policyDocument"],
                    "policyScope": policy.get("policyScope", "ACCOUNT"),
                    "revisionId": policy.get("revisionId", ""),
                }
        return None

    def volatile(self, old: Properties, new: Properties) -> frozenset[str]:
        return frozenset({"revisionId"})

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        where = {"resourceArn": id} if id.startswith("arn:") else {"policyName": id}
        aws.client("logs").delete_resource_policy(**where)


class LogMetricFilter(ResourceType):
    """Log lines that count as a metric; its id is its name."""

    pulumi_type = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    autoname = Autoname(longest=512)
    replace_on = frozenset({"name", "logGroupName"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        group, name = id.split(":", 1)
        return name, {"logGroupName": group, "name": name}

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = str(inputs["name"])
        metric = chosen(inputs["metricTransformation"], _METRIC)
        if "defaultValue" in metric:
            metric["defaultValue"] = float(metric["defaultValue"])
        aws.client("logs").put_metric_filter(
            logGroupName=inputs["logGroupName"],
            filterName=name,
            filterPattern=inputs["pattern"],
            metricTransformations=[metric],
        )
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        group = state["logGroupName"]
        answer = aws.client("logs").describe_metric_filters(logGroupName=group, filterNamePrefix=id)
        for found in answer["metricFilters"]:
            if found["filterName"] == id:
                metric = observed(found["metricTransformations"][0], _METRIC)
                if "defaultValue" in metric:
                    metric["defaultValue"] = f"{metric['defaultValue']:g}"
                return {
                    "name": id,
                    "logGroupName": group,
                    "pattern": found["filterPattern"],
                    "metricTransformation": metric,
                }
        return None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        group = state["logGroupName"]
        aws.client("logs").delete_metric_filter(logGroupName=group, filterName=id)


_METRIC = {
    "name": "metricName",
    "namespace": "metricNamespace",
    "value": "metricValue",
    "defaultValue": "defaultValue",
    "dimensions": "dimensions",
    "unit": "unit",
}
