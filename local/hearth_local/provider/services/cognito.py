"""Amazon Cognito user pools: https://docs.aws.amazon.com/cognito-user-identity-pools/."""

from __future__ import annotations

from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import same
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.schema import resource_shape
from hearth_local.provider.shapes import from_aws, to_aws
from hearth_local.provider.values import Properties

_MEMBERS = {
    "accountRecoverySetting": "AccountRecoverySetting",
    "adminCreateUserConfig": "AdminCreateUserConfig",
    "autoVerifiedAttributes": "AutoVerifiedAttributes",
    "deletionProtection": "DeletionProtection",
    "deviceConfiguration": "DeviceConfiguration",
    "emailConfiguration": "EmailConfiguration",
    "emailVerificationMessage": "EmailVerificationMessage",
    "emailVerificationSubject": "EmailVerificationSubject",
    "lambdaConfig": "LambdaConfig",
    "smsAuthenticationMessage": "SmsAuthenticationMessage",
    "smsConfiguration": "SmsConfiguration",
    "smsVerificationMessage": "SmsVerificationMessage",
    "userAttributeUpdateSettings": "UserAttributeUpdateSettings",
    "userPoolAddOns": "UserPoolAddOns",
    "userPoolTier": "UserPoolTier",
    "verificationMessageTemplate": "VerificationMessageTemplate",
}
_FIXED = {
    "aliasAttributes": "AliasAttributes",
    "usernameAttributes": "UsernameAttributes",
    "usernameConfiguration": "UsernameConfiguration",
}
# Names inside the objects that are not just capitalised.
_NAMES = {
    "allowAdminCreateUserOnly": "AllowAdminCreateUserOnly",
    "inviteMessageTemplate": "InviteMessageTemplate",
    "smsMessage": "SMSMessage",
    "replyToEmailAddress": "ReplyToEmailAddress",
    "fromEmailAddress": "From",
    "kmsKeyId": "KMSKeyID",
    "customSmsSender": "CustomSMSSender",
    "requireNumbers": "RequireNumbers",
    "attributesRequireVerificationBeforeUpdates": "AttributesRequireVerificationBeforeUpdate",
}
# In the verification template the text message is spelled otherwise than in the invitation.
_TEMPLATE_NAMES = {**_NAMES, "smsMessage": "SmsMessage"}


class UserPool(ResourceType):
    """A user pool. Attributes of its schema can be added, never changed or removed."""

    pulumi_type = "aws:cognito/userPool:UserPool"
    autoname = Autoname(longest=128)
    replace_on = frozenset(_FIXED)

    def defaults(self, inputs: Properties) -> Properties:
        return {"deletionProtection": "INACTIVE", "mfaConfiguration": "OFF"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        cognito = aws.client("cognito-idp")
        request = _request(inputs, {**_MEMBERS, **_FIXED})
        if inputs.get("schemas"):
            request["Schema"] = [_attribute(item) for item in inputs["schemas"]]
        pool = cognito.create_user_pool(
            PoolName=inputs["name"], UserPoolTags=inputs.get("tags") or {}, **request
        )["UserPool"]
        id = str(pool["Id"])
        with created(id):
            if _mfa(inputs) != _mfa({}):
                cognito.set_user_pool_mfa_config(UserPoolId=id, **_mfa(inputs))
        return id

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        cognito = aws.client("cognito-idp")
        pool = cognito.describe_user_pool(UserPoolId=id)["UserPool"]
        mfa = cognito.get_user_pool_mfa_config(UserPoolId=id)
        properties = resource_shape(self.pulumi_type).properties
        seen = {
            ours: from_aws(pool[theirs], properties[ours], _names(ours))
            for ours, theirs in {**_MEMBERS, **_FIXED}.items()
            if pool.get(theirs)
        }
        policies = pool.get("Policies") or {}
        return {
            **seen,
            "arn": pool.get("Arn") or aws.arn("cognito-idp", f"userpool/{id}"),
            "endpoint": f"cognito-idp.{aws.region}.{aws.url_suffix}/{id}",
            "name": pool["Name"],
            "creationDate": pool["CreationDate"].isoformat(),
            "lastModifiedDate": pool["LastModifiedDate"].isoformat(),
            "estimatedNumberOfUsers": pool.get("EstimatedNumberOfUsers", 0),
            "domain": pool.get("Domain", ""),
            "customDomain": pool.get("CustomDomain", ""),
            "mfaConfiguration": mfa.get("MfaConfiguration", "OFF"),
            "softwareTokenMfaConfiguration": _seen_software_token(mfa),
            "passwordPolicy": from_aws(
                policies.get("PasswordPolicy"), properties["passwordPolicy"]
            ),
            "signInPolicy": from_aws(policies.get("SignInPolicy"), properties["signInPolicy"]),
            "schemas": _seen_schemas(pool.get("SchemaAttributes") or [], state.get("schemas")),
            **tags.both(pool.get("UserPoolTags")),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        cognito = aws.client("cognito-idp")
        # AWS sets back what an update leaves out; MiniStack keeps it, so emptied lists are sent.
        emptied: Properties = {"autoVerifiedAttributes": [], "lambdaConfig": {}}
        request = _request({**{k: v for k, v in emptied.items() if old.get(k)}, **new}, _MEMBERS)
        cognito.update_user_pool(
            UserPoolId=id, PoolName=new["name"], UserPoolTags=new.get("tags") or {}, **request
        )
        if _mfa(old) != _mfa(new):
            cognito.set_user_pool_mfa_config(UserPoolId=id, **_mfa(new))
        known = {item["name"] for item in old.get("schemas") or []}
        added = [item for item in new.get("schemas") or [] if item["name"] not in known]
        if added:
            cognito.add_custom_attributes(
                UserPoolId=id, CustomAttributes=[_attribute(item) for item in added]
            )
        if not same(old.get("tags"), new.get("tags")):
            gone = sorted((old.get("tags") or {}).keys() - (new.get("tags") or {}).keys())
            if gone:
                cognito.untag_resource(ResourceArn=old["arn"], TagKeys=gone)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        cognito = aws.client("cognito-idp")
        if state.get("deletionProtection") == "ACTIVE":
            raise ValueError(
                f"the user pool {id} is protected: set deletionProtection to INACTIVE first"
            )
        cognito.delete_user_pool(UserPoolId=id)


def _request(inputs: Properties, members: dict[str, str]) -> dict[str, Any]:
    properties = resource_shape(UserPool.pulumi_type).properties
    request = {
        theirs: to_aws(inputs[ours], properties[ours], _names(ours))
        for ours, theirs in members.items()
        if ours in inputs
    }
    policies = {
        theirs: to_aws(inputs[ours], properties[ours])
        for ours, theirs in (("passwordPolicy", "PasswordPolicy"), ("signInPolicy", "SignInPolicy"))
        if inputs.get(ours)
    }
    return {**request, "Policies": policies} if policies else request


def _names(member: str) -> dict[str, str]:
    return _TEMPLATE_NAMES if member == "verificationMessageTemplate" else _NAMES


def _attribute(given: Properties) -> dict[str, Any]:
    attribute: dict[str, Any] = to_aws(given, "#cognito/UserPoolSchema")
    return attribute


def _seen_schemas(
    seen: list[dict[str, Any]], given: list[Properties] | None
) -> list[Properties] | None:
    """Return the declared attributes as AWS has them: it lists the standard ones too."""
    by_name = {item["Name"].removeprefix("custom:"): item for item in seen}
    wanted = given
    if wanted is None:
        wanted = [{"name": name} for name, item in by_name.items() if item["Name"] != name]
    found = []
    for item in wanted:
        if item["name"] in by_name:
            attribute = from_aws(by_name[item["name"]], "#cognito/UserPoolSchema")
            found.append({**attribute, "name": item["name"]})
    return found or None


def _mfa(inputs: Properties) -> dict[str, Any]:
    request: dict[str, Any] = {"MfaConfiguration": inputs.get("mfaConfiguration", "OFF")}
    if inputs.get("softwareTokenMfaConfiguration"):
        enabled = inputs["softwareTokenMfaConfiguration"]["enabled"]
        request["SoftwareTokenMfaConfiguration"] = {"Enabled": enabled}
    return request


def _seen_software_token(mfa: dict[str, Any]) -> Properties | None:
    seen = mfa.get("SoftwareTokenMfaConfiguration")
    return {"enabled": seen.get("Enabled", False)} if seen else None
