"""Roles and policies; user pools and what belongs to them."""

from __future__ import annotations

import json
from typing import Any

from tests.hearth_local.provider.cases.case import Case
from tests.hearth_local.provider.serving import Kept
from tests.hearth_local.provider.world import TRUST, World, policy


def _role(world: World, kept: Kept) -> Any:
    role = world.client("iam").get_role(RoleName=kept.id)["Role"]
    trusted = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
    return [trusted, role["MaxSessionDuration"], role.get("Description", "")]


def _policy(world: World, kept: Kept) -> Any:
    iam = world.client("iam")
    version = iam.get_policy(PolicyArn=kept.id)["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=kept.id, VersionId=version)["PolicyVersion"]
    return found["Document"]


def _attached(world: World, kept: Kept) -> Any:
    found = world.client("iam").list_attached_role_policies(RoleName=world.role["RoleName"])
    return [item["PolicyArn"] for item in found["AttachedPolicies"]]


def _inline(world: World, kept: Kept) -> Any:
    found = world.client("iam").get_role_policy(
        RoleName=world.role["RoleName"], PolicyName=kept.outputs["name"]
    )
    return found["PolicyDocument"]


def _pool(world: World, kept: Kept) -> Any:
    cognito = world.client("cognito-idp")
    pool = cognito.describe_user_pool(UserPoolId=kept.id)["UserPool"]
    mfa = cognito.get_user_pool_mfa_config(UserPoolId=kept.id)
    custom = [item["Name"] for item in pool["SchemaAttributes"] if ":" in item["Name"]]
    return {
        "length": pool["Policies"]["PasswordPolicy"]["MinimumLength"],
        "mfa": mfa["MfaConfiguration"],
        "verified": pool.get("AutoVerifiedAttributes", []),
        "custom": custom,
        "tags": pool.get("UserPoolTags", {}),
    }


TENANT = {
    "name": "tenant",
    "attributeDataType": "String",
    "mutable": True,
    "stringAttributeConstraints": {"minLength": "0", "maxLength": "64"},
}
SITE = {
    "name": "site",
    "attributeDataType": "Number",
    "mutable": True,
    "numberAttributeConstraints": {"minValue": "1", "maxValue": "5"},
}


def _client(world: World, kept: Kept) -> Any:
    found = world.client("cognito-idp").describe_user_pool_client(
        UserPoolId=world.pool["Id"], ClientId=kept.id
    )["UserPoolClient"]
    return [found["ExplicitAuthFlows"], found["AccessTokenValidity"], "ClientSecret" in found]


def _domain(world: World, kept: Kept) -> Any:
    found = world.client("cognito-idp").describe_user_pool_domain(Domain=kept.id)
    return found["DomainDescription"].get("UserPoolId")


def _group(world: World, kept: Kept) -> Any:
    found = world.client("cognito-idp").get_group(
        UserPoolId=world.pool["Id"], GroupName=kept.outputs["name"]
    )["Group"]
    return [found.get("Description"), found.get("Precedence")]


def _server(world: World, kept: Kept) -> Any:
    found = world.client("cognito-idp").describe_resource_server(
        UserPoolId=world.pool["Id"], Identifier="fhir"
    )["ResourceServer"]
    return [scope["ScopeName"] for scope in found["Scopes"]]


def _user(world: World, kept: Kept) -> Any:
    found = world.client("cognito-idp").admin_get_user(UserPoolId=world.pool["Id"], Username="demo")
    attributes = {item["Name"]: item["Value"] for item in found["UserAttributes"]}
    return [attributes.get("email") or None, found["Enabled"], found["UserStatus"]]


def _groups(world: World, kept: Kept) -> Any:
    found = world.client("cognito-idp").admin_list_groups_for_user(
        UserPoolId=world.pool["Id"], Username="ann"
    )
    return [group["GroupName"] for group in found["Groups"]]


def _of_pool(more: dict[str, Any]) -> Any:
    return lambda world: {"userPoolId": world.pool["Id"], **more}


READ = policy("s3:GetObject")
WRITE = policy("s3:PutObject")

CASES = [
    Case(
        "aws:iam/role:Role",
        lambda w: {"assumeRolePolicy": TRUST, "maxSessionDuration": 7200},
        _role,
        ["lambda.amazonaws.com", 7200, ""],
        lambda w: {
            "assumeRolePolicy": TRUST.replace("lambda", "states"),
            "description": "steps",
            "tags": {"a": "b"},
        },
        ["states.amazonaws.com", 3600, "steps"],
        {"name": "another", "path": "/other/"},
        "subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:iam/policy:Policy",
        lambda w: {"policy": READ},
        _policy,
        json.loads(READ),
        lambda w: {"policy": WRITE},
        json.loads(WRITE),
        {"name": "another", "path": "/other/", "description": "another"},
        r"arn:aws:iam::\d{12}:policy/subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda w: {"role": w.role["RoleName"], "policyArn": w.policy_arn},
        _attached,
        lambda w: [w.policy_arn],
        replaced_by={"role": "another", "policyArn": "another"},
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        lambda w: {"role": w.role["RoleName"], "policy": READ},
        _inline,
        json.loads(READ),
        lambda w: {"role": w.role["RoleName"], "policy": WRITE},
        json.loads(WRITE),
        {"role": "another", "name": "another"},
        r"role-[0-9a-f]+:subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:cognito/userPool:UserPool",
        lambda w: {
            "passwordPolicy": {"minimumLength": 12, "requireLowercase": True},
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
            "accountRecoverySetting": {
                "recoveryMechanisms": [{"name": "verified_email", "priority": 1}]
            },
            "autoVerifiedAttributes": ["email"],
            "mfaConfiguration": "OPTIONAL",
            "softwareTokenMfaConfiguration": {"enabled": True},
            "usernameConfiguration": {"caseSensitive": False},
            "schemas": [TENANT],
            "tags": {"owner": "us"},
        },
        _pool,
        {
            "length": 12,
            "mfa": "OPTIONAL",
            "verified": ["email"],
            "custom": ["custom:tenant"],
            "tags": {"stage": "local", "owner": "us"},
        },
        lambda w: {
            "passwordPolicy": {"minimumLength": 14, "requireLowercase": True},
            "usernameConfiguration": {"caseSensitive": False},
            "schemas": [TENANT, SITE],
        },
        {
            "length": 14,
            "mfa": "OFF",
            "verified": [],
            "custom": ["custom:tenant", "custom:site"],
            "tags": {"stage": "local"},
        },
        {"usernameAttributes": ["email"], "usernameConfiguration": {"caseSensitive": True}},
        r"eu-central-1_\w{9}",
    ),
    Case(
        "aws:cognito/userPoolClient:UserPoolClient",
        _of_pool(
            {
                "explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
                "accessTokenValidity": 60,
                "tokenValidityUnits": {"accessToken": "minutes"},
                "generateSecret": True,
            }
        ),
        _client,
        [["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"], 60, True],
        _of_pool(
            {
                "explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                "accessTokenValidity": 30,
                "tokenValidityUnits": {"accessToken": "minutes"},
                "generateSecret": True,
            }
        ),
        [["ALLOW_REFRESH_TOKEN_AUTH"], 30, True],
        {"userPoolId": "another", "generateSecret": False},
        r"\w{26}",
        lambda kept: f"{kept.inputs['userPoolId']}/{kept.id}",
    ),
    Case(
        "aws:cognito/userPoolDomain:UserPoolDomain",
        lambda w: {"userPoolId": w.pool["Id"], "domain": f"sign-in-{w.mark}"},
        _domain,
        lambda w: w.pool["Id"],
        replaced_by={"domain": "another", "userPoolId": "another"},
        id="sign-in-.+",
    ),
    Case(
        "aws:cognito/userGroup:UserGroup",
        _of_pool({"name": "auditor", "description": "reads all"}),
        _group,
        ["reads all", 0],
        _of_pool({"name": "auditor", "precedence": 3}),
        ["", 3],
        {"name": "another", "userPoolId": "another"},
        r"eu-central-1_\w{9}/auditor",
    ),
    Case(
        "aws:cognito/resourceServer:ResourceServer",
        _of_pool(
            {
                "identifier": "fhir",
                "name": "fhir",
                "scopes": [{"scopeName": "system.read", "scopeDescription": "read"}],
            }
        ),
        _server,
        ["system.read"],
        _of_pool(
            {
                "identifier": "fhir",
                "name": "fhir",
                "scopes": [{"scopeName": "system.write", "scopeDescription": "write"}],
            }
        ),
        ["system.write"],
        {"identifier": "another", "userPoolId": "another"},
        r"eu-central-1_\w{9}\|fhir",
    ),
    Case(
        "aws:cognito/user:User",
        _of_pool(
            {
                "username": "demo",
                "password": "Secret-12345",
                "attributes": {"email": "demo@example.org"},
            }
        ),
        _user,
        ["demo@example.org", True, "CONFIRMED"],
        _of_pool({"username": "demo", "password": "Secret-67890", "enabled": False}),
        [None, False, "CONFIRMED"],
        {"username": "another", "userPoolId": "another"},
        r"eu-central-1_\w{9}/demo",
    ),
    Case(
        "aws:cognito/userInGroup:UserInGroup",
        _of_pool({"groupName": "staff", "username": "ann"}),
        _groups,
        ["staff"],
        replaced_by={"groupName": "another", "username": "another"},
        id=r"eu-central-1_\w{9}/staff/ann",
        import_id=lambda kept: kept.id.replace("/", ","),
    ),
]
