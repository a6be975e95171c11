"""AWS Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/apireference/."""

from __future__ import annotations

import base64
from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties


class Secret(ResourceType):
    """A secret's name and key; its id is its ARN. Deleting it waits for no recovery window."""

    pulumi_type = "aws:secretsmanager/secret:Secret"
    autoname = Autoname(prefix_property="namePrefix", longest=512)
    replace_on = frozenset({"name", "namePrefix"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"forceOverwriteReplicaSecret": False, "recoveryWindowInDays": 30}

    def sought(self, aws: Aws, inputs: Properties) -> str:
        return str(aws.client("secretsmanager").describe_secret(SecretId=inputs["name"])["ARN"])

    def create(self, aws: Aws, inputs: Properties) -> str:
        client = aws.client("secretsmanager")
        request = chosen(inputs, {"description": "Description", "kmsKeyId": "KmsKeyId"})
        made = client.create_secret(
            Name=inputs["name"], Tags=tags.pairs(inputs.get("tags")), **request
        )
        arn = str(made["ARN"])
        with created(arn):
            if inputs.get("policy"):
                client.put_resource_policy(SecretId=arn, ResourcePolicy=inputs["policy"])
        return arn

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        client = aws.client("secretsmanager")
        found = client.describe_secret(SecretId=id)
        if found.get("DeletedDate"):
            return None
        return {
            "arn": id,
            "name": found["Name"],
            "description": found.get("Description", ""),
            "kmsKeyId": found.get("KmsKeyId"),
            "policy": client.get_resource_policy(SecretId=id).get("ResourcePolicy"),
            **tags.both(tags.mapping(found.get("Tags"))),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        client = aws.client("secretsmanager")
        request = chosen(new, {"description": "Description", "kmsKeyId": "KmsKeyId"})
        client.update_secret(SecretId=id, **{"Description": "", **request})
        if new.get("policy"):
            client.put_resource_policy(SecretId=id, ResourcePolicy=new["policy"])
        elif old.get("policy"):
            client.delete_resource_policy(SecretId=id)
        tags.update(
            old,
            new,
            tag=lambda given: client.tag_resource(SecretId=id, Tags=tags.pairs(given)),
            untag=lambda keys: client.untag_resource(SecretId=id, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        # A secret that waits would block the next one of its name.
        aws.client("secretsmanager").delete_secret(SecretId=id, ForceDeleteWithoutRecovery=True)


class SecretVersion(ResourceType):
    """A secret's value; its id is `secret|version`."""

    pulumi_type = "aws:secretsmanager/secretVersion:SecretVersion"
    replace_on = frozenset({"secretId", "secretString", "secretBinary"})
    secrets = frozenset({"secretString", "secretBinary"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        return id, {"secretId": id.split("|", 1)[0]}

    def create(self, aws: Aws, inputs: Properties) -> str:
        request: dict[str, Any] = chosen(
            inputs, {"secretString": "SecretString", "versionStages": "VersionStages"}
        )
        if inputs.get("secretBinary"):
            request["SecretBinary"] = base64.b64decode(inputs["secretBinary"])
        made = aws.client("secretsmanager").put_secret_value(SecretId=inputs["secretId"], **request)
        return f"{inputs['secretId']}|{made['VersionId']}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        secret, version = id.split("|", 1)
        found = aws.client("secretsmanager").get_secret_value(SecretId=secret, VersionId=version)
        seen: Properties = {
            "arn": found["ARN"],
            "secretArn": found["ARN"],
            "secretId": secret,
            "versionId": version,
            "versionStages": found.get("VersionStages") or [],
            "hasSecretStringWo": False,
        }
        if "SecretString" in found:
            seen["secretString"] = found["SecretString"]
        if "SecretBinary" in found:
            seen["secretBinary"] = base64.b64encode(found["SecretBinary"]).decode()
        return seen

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        secret, version = id.split("|", 1)
        client = aws.client("secretsmanager")
        for stage in new.get("versionStages") or []:
            client.update_secret_version_stage(
                SecretId=secret, VersionStage=stage, MoveToVersionId=version
            )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        """Nothing: a version goes with its secret, or when the next one comes."""
