"""Amazon CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/."""

from __future__ import annotations

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.shapes import chosen
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
