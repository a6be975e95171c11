"""AWS Systems Manager parameters: https://docs.aws.amazon.com/systems-manager/latest/APIReference/."""

from __future__ import annotations

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.schema import Failure
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties

_MEMBERS = {
    "allowedPattern": "AllowedPattern",
    "dataType": "DataType",
    "description": "Description",
    "keyId": "KeyId",
    "tier": "Tier",
    "type": "Type",
}


class Parameter(ResourceType):
    """A parameter; its id is its name."""

    pulumi_type = "aws:ssm/parameter:Parameter"
    autoname = Autoname(longest=1011)
    replace_on = frozenset({"name", "dataType"})
    secrets = frozenset({"value"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"dataType": "text", "tier": "Standard"}

    def verify(self, inputs: Properties) -> list[Failure]:
        if "value" in inputs or "insecureValue" in inputs:
            return []
        return [Failure("value", "one of value and insecureValue is needed")]

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        return id, {"name": id}

    def create(self, aws: Aws, inputs: Properties) -> str:
        _put(aws, inputs, Tags=tags.pairs(inputs.get("tags")))
        return str(inputs["name"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        ssm = aws.client("ssm")
        found = ssm.get_parameter(Name=id, WithDecryption=True)["Parameter"]
        tagged = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=id)
        value = "insecureValue" if "insecureValue" in state else "value"
        return {
            "arn": found["ARN"],
            "name": id,
            "type": found["Type"],
            value: found["Value"],
            "version": found["Version"],
            "hasValueWo": False,
            **tags.both(tags.mapping(tagged.get("TagList"))),
        }

    def volatile(self, old: Properties, new: Properties) -> frozenset[str]:
        return frozenset({"version"})

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        ssm = aws.client("ssm")
        _put(aws, new, Overwrite=True)
        where = {"ResourceType": "Parameter", "ResourceId": id}
        tags.update(
            old,
            new,
            tag=lambda given: ssm.add_tags_to_resource(**where, Tags=tags.pairs(given)),
            untag=lambda keys: ssm.remove_tags_from_resource(**where, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("ssm").delete_parameter(Name=id)


def _put(aws: Aws, inputs: Properties, **more: object) -> None:
    value = inputs.get("value", inputs.get("insecureValue"))
    aws.client("ssm").put_parameter(
        Name=inputs["name"], Value=value, **chosen(inputs, _MEMBERS), **more
    )
