"""AWS IAM: https://docs.aws.amazon.com/IAM/latest/APIReference/."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import same
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties


class Role(ResourceType):
    """A role; its inline and managed policies are kept as given here only if they are given."""

    pulumi_type = "aws:iam/role:Role"
    autoname = Autoname(prefix_property="namePrefix", longest=64)
    replace_on = frozenset({"name", "namePrefix", "path"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        iam = aws.client("iam")
        name = str(inputs["name"])
        request = chosen(
            inputs,
            {
                "assumeRolePolicy": "AssumeRolePolicyDocument",
                "description": "Description",
                "maxSessionDuration": "MaxSessionDuration",
                "path": "Path",
                "permissionsBoundary": "PermissionsBoundary",
            },
        )
        iam.create_role(RoleName=name, **request, Tags=tags.pairs(inputs.get("tags")))
        with created(name):
            _set_inline(iam, name, {}, inputs)
            _set_attached(iam, name, {}, inputs)
        return name

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        iam = aws.client("iam")
        role = iam.get_role(RoleName=id)["Role"]
        found = iam.list_role_tags(RoleName=id).get("Tags", [])
        seen: Properties = {
            "arn": role["Arn"],
            "name": role["RoleName"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
            "path": role["Path"],
            "assumeRolePolicy": _text(role["AssumeRolePolicyDocument"]),
            "description": role.get("Description", ""),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "permissionsBoundary": (role.get("PermissionsBoundary") or {}).get(
                "PermissionsBoundaryArn"
            ),
            **tags.both(tags.mapping(found)),
        }
        if "managedPolicyArns" in state:
            attached = iam.list_attached_role_policies(RoleName=id)["AttachedPolicies"]
            seen["managedPolicyArns"] = [policy["PolicyArn"] for policy in attached]
        if "inlinePolicies" in state:
            seen["inlinePolicies"] = [
                {"name": name, "policy": _inline(iam, id, name)}
                for name in iam.list_role_policies(RoleName=id)["PolicyNames"]
            ]
        return seen

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        iam = aws.client("iam")
        if not same(old.get("assumeRolePolicy"), new["assumeRolePolicy"]):
            iam.update_assume_role_policy(RoleName=id, PolicyDocument=new["assumeRolePolicy"])
        if not same(
            [old.get("description"), old.get("maxSessionDuration")],
            [new.get("description"), new.get("maxSessionDuration")],
        ):
            iam.update_role(
                RoleName=id,
                Description=new.get("description", ""),
                MaxSessionDuration=new.get("maxSessionDuration", 3600),
            )
        if old.get("permissionsBoundary") != new.get("permissionsBoundary"):
            if new.get("permissionsBoundary"):
                boundary = new["permissionsBoundary"]
                iam.put_role_permissions_boundary(RoleName=id, PermissionsBoundary=boundary)
            else:
                iam.delete_role_permissions_boundary(RoleName=id)
        _set_inline(iam, id, old, new)
        _set_attached(iam, id, old, new)
        tags.update(
            old,
            new,
            tag=lambda changed: iam.tag_role(RoleName=id, Tags=tags.pairs(changed)),
            untag=lambda keys: iam.untag_role(RoleName=id, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        iam = aws.client("iam")
        if state.get("forceDetachPolicies") or state.get("managedPolicyArns"):
            for policy in iam.list_attached_role_policies(RoleName=id)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=id, PolicyArn=policy["PolicyArn"])
        if state.get("forceDetachPolicies") or state.get("inlinePolicies"):
            for name in iam.list_role_policies(RoleName=id)["PolicyNames"]:
                iam.delete_role_policy(RoleName=id, PolicyName=name)
        iam.delete_role(RoleName=id)


class Policy(ResourceType):
    """A managed policy; an update makes a new default version and drops the oldest of five."""

    pulumi_type = "aws:iam/policy:Policy"
    autoname = Autoname(prefix_property="namePrefix", longest=128)
    replace_on = frozenset({"name", "namePrefix", "path", "description"})

    def sought(self, aws: Aws, inputs: Properties) -> str:
        return aws.arn("iam", f"policy{inputs.get('path', '/')}{inputs['name']}", region="")

    def create(self, aws: Aws, inputs: Properties) -> str:
        request = chosen(inputs, {"description": "Description", "path": "Path"})
        policy = aws.client("iam").create_policy(
            PolicyName=inputs["name"],
            PolicyDocument=inputs["policy"],
            Tags=tags.pairs(inputs.get("tags")),
            **request,
        )["Policy"]
        return str(policy["Arn"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        iam = aws.client("iam")
        policy = iam.get_policy(PolicyArn=id)["Policy"]
        version = iam.get_policy_version(PolicyArn=id, VersionId=policy["DefaultVersionId"])
        found = iam.list_policy_tags(PolicyArn=id).get("Tags", [])
        return {
            "arn": id,
            "name": policy["PolicyName"],
            "policyId": policy["PolicyId"],
            "path": policy["Path"],
            "attachmentCount": policy.get("AttachmentCount", 0),
            "description": policy.get("Description", ""),
            "policy": _text(version["PolicyVersion"]["Document"]),
            **tags.both(tags.mapping(found)),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        iam = aws.client("iam")
        if not same(old.get("policy"), new["policy"]):
            versions = iam.list_policy_versions(PolicyArn=id)["Versions"]
            spare = [item for item in versions if not item["IsDefaultVersion"]]
            if len(versions) >= 5:
                oldest = min(spare, key=lambda item: int(item["VersionId"][1:]))
                iam.delete_policy_version(PolicyArn=id, VersionId=oldest["VersionId"])
            iam.create_policy_version(PolicyArn=id, PolicyDocument=new["policy"], SetAsDefault=True)
        tags.update(
            old,
            new,
            tag=lambda changed: iam.tag_policy(PolicyArn=id, Tags=tags.pairs(changed)),
            untag=lambda keys: iam.untag_policy(PolicyArn=id, TagKeys=keys),
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        iam = aws.client("iam")
        for version in iam.list_policy_versions(PolicyArn=id)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=id, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=id)


class RolePolicyAttachment(ResourceType):
    """A managed policy on a role."""

    pulumi_type = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    replace_on = frozenset({"role", "policyArn"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        role, policy = inputs["role"], inputs["policyArn"]
        aws.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy)
        return f"{role}/{policy}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        role, policy = id.split("/", 1)
        pages = aws.client("iam").get_paginator("list_attached_role_policies")
        for page in pages.paginate(RoleName=role):
            if any(item["PolicyArn"] == policy for item in page["AttachedPolicies"]):
                return {"role": role, "policyArn": policy}
        return None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        """Nothing: every input forces a new attachment."""

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        role, policy = id.split("/", 1)
        aws.client("iam").detach_role_policy(RoleName=role, PolicyArn=policy)


class RolePolicy(ResourceType):
    """An inline policy of a role."""

    pulumi_type = "aws:iam/rolePolicy:RolePolicy"
    autoname = Autoname(prefix_property="namePrefix", longest=128)
    replace_on = frozenset({"name", "namePrefix", "role"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        role, name = inputs["role"], inputs["name"]
        aws.client("iam").put_role_policy(
            RoleName=role, PolicyName=name, PolicyDocument=inputs["policy"]
        )
        return f"{role}:{name}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        role, name = id.split(":", 1)
        return {"role": role, "name": name, "policy": _inline(aws.client("iam"), role, name)}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        role, name = id.split(":", 1)
        aws.client("iam").delete_role_policy(RoleName=role, PolicyName=name)


def _set_inline(iam: Any, role: str, old: Properties, new: Properties) -> None:
    before = {item["name"]: item["policy"] for item in old.get("inlinePolicies") or []}
    after = {item["name"]: item["policy"] for item in new.get("inlinePolicies") or []}
    for name in before.keys() - after.keys():
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    for name, policy in after.items():
        if not same(before.get(name), policy):
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)


def _set_attached(iam: Any, role: str, old: Properties, new: Properties) -> None:
    before = set(old.get("managedPolicyArns") or [])
    after = set(new.get("managedPolicyArns") or [])
    for arn in sorted(before - after):
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in sorted(after - before):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)


def _inline(iam: Any, role: str, name: str) -> str:
    return _text(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])


def _text(document: Any) -> str:
    """Return a policy as JSON text: boto3 decodes it to an object, AWS sends it URL-encoded."""
    if isinstance(document, str):
        return unquote(document)
    return json.dumps(document, separators=(",", ":"))
