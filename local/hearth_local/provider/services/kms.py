"""AWS KMS: https://docs.aws.amazon.com/kms/latest/APIReference/."""

from __future__ import annotations

from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties


class Key(ResourceType):
    """A key; deleting it only schedules its deletion, as AWS does."""

    pulumi_type = "aws:kms/key:Key"
    replace_on = frozenset(
        {"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"}
    )

    def create(self, aws: Aws, inputs: Properties) -> str:
        kms = aws.client("kms")
        request = chosen(
            inputs,
            {
                "description": "Description",
                "keyUsage": "KeyUsage",
                "customerMasterKeySpec": "KeySpec",
                "policy": "Policy",
                "multiRegion": "MultiRegion",
            },
        )
        metadata = kms.create_key(**request, Tags=_tags(inputs.get("tags")))["KeyMetadata"]
        id = str(metadata["KeyId"])
        with created(id):
            if inputs.get("enableKeyRotation"):
                _rotate(kms, id, inputs)
            if inputs.get("isEnabled") is False:
                kms.disable_key(KeyId=id)
        return id

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        kms = aws.client("kms")
        metadata = kms.describe_key(KeyId=id)["KeyMetadata"]
        if metadata["KeyState"] == "PendingDeletion":
            return None
        rotation = _rotation(kms, id, metadata)
        found = kms.list_resource_tags(KeyId=id).get("Tags", [])
        return {
            "arn": metadata["Arn"],
            "keyId": id,
            "description": metadata.get("Description", ""),
            "keyUsage": metadata["KeyUsage"],
            "customerMasterKeySpec": metadata.get("KeySpec", "SYMMETRIC_DEFAULT"),
            "isEnabled": metadata["Enabled"],
            "multiRegion": metadata.get("MultiRegion", False),
            "policy": kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"],
            **rotation,
            **tags.both(tags.mapping(found, "TagKey", "TagValue")),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        kms = aws.client("kms")
        if new.get("isEnabled", True) and old.get("isEnabled") is False:
            kms.enable_key(KeyId=id)  # first: a disabled key takes no other change
        if old.get("description") != new.get("description"):
            kms.update_key_description(KeyId=id, Description=new.get("description", ""))
        if "policy" in new and old.get("policy") != new["policy"]:
            kms.put_key_policy(KeyId=id, PolicyName="default", Policy=new["policy"])
        if new.get("enableKeyRotation"):
            _rotate(kms, id, new)
        elif old.get("enableKeyRotation"):
            kms.disable_key_rotation(KeyId=id)
        tags.update(
            old,
            new,
            tag=lambda changed: kms.tag_resource(KeyId=id, Tags=_tags(changed)),
            untag=lambda keys: kms.untag_resource(KeyId=id, TagKeys=keys),
        )
        if new.get("isEnabled") is False and old.get("isEnabled") is not False:
            kms.disable_key(KeyId=id)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        kms = aws.client("kms")
        if kms.describe_key(KeyId=id)["KeyMetadata"]["KeyState"] != "PendingDeletion":
            days = state.get("deletionWindowInDays", 30)
            kms.schedule_key_deletion(KeyId=id, PendingWindowInDays=days)


class Alias(ResourceType):
    """Another name for a key."""

    pulumi_type = "aws:kms/alias:Alias"
    autoname = Autoname(prefix_property="namePrefix", before="alias/")
    replace_on = frozenset({"name", "namePrefix"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = str(inputs["name"])
        aws.client("kms").create_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        kms = aws.client("kms")
        for page in kms.get_paginator("list_aliases").paginate():
            for alias in page["Aliases"]:
                if alias["AliasName"] == id:
                    key = kms.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]
                    return {
                        "arn": alias["AliasArn"],
                        "name": id,
                        "targetKeyId": _as_given(state.get("targetKeyId"), key),
                        "targetKeyArn": key["Arn"],
                    }
        return None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        aws.client("kms").update_alias(AliasName=id, TargetKeyId=new["targetKeyId"])

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("kms").delete_alias(AliasName=id)


def _rotate(kms: Any, id: str, inputs: Properties) -> None:
    period = chosen(inputs, {"rotationPeriodInDays": "RotationPeriodInDays"})
    kms.enable_key_rotation(KeyId=id, **period)


def _rotation(kms: Any, id: str, metadata: Properties) -> Properties:
    if metadata.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        return {"enableKeyRotation": False}
    status = kms.get_key_rotation_status(KeyId=id)
    found: Properties = {"enableKeyRotation": status["KeyRotationEnabled"]}
    if status.get("RotationPeriodInDays"):
        found["rotationPeriodInDays"] = status["RotationPeriodInDays"]
    return found


def _tags(given: Properties | None) -> list[dict[str, str]]:
    return tags.pairs(given, "TagKey", "TagValue")


def _as_given(given: str | None, key: Properties) -> str:
    """Return the key's id, or its ARN if that is how the program names it."""
    return str(key["Arn"] if given == key["Arn"] else key["KeyId"])
