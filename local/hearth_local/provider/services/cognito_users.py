"""The people of a Cognito user pool: users, groups, who is in which."""

from __future__ import annotations

import secrets

from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, created
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties

_GROUP = {"description": "Description", "precedence": "Precedence", "roleArn": "RoleArn"}


class UserGroup(ResourceType):
    """A group of a pool; its id is `pool/name`."""

    pulumi_type = "aws:cognito/userGroup:UserGroup"
    autoname = Autoname(longest=128)
    replace_on = frozenset({"name", "userPoolId"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        pool, name = id.split("/", 1)
        return id, {"userPoolId": pool, "name": name}

    def sought(self, aws: Aws, inputs: Properties) -> str:
        return f"{inputs['userPoolId']}/{inputs['name']}"

    def create(self, aws: Aws, inputs: Properties) -> str:
        pool, name = inputs["userPoolId"], inputs["name"]
        cognito = aws.client("cognito-idp")
        cognito.create_group(UserPoolId=pool, GroupName=name, **chosen(inputs, _GROUP))
        return f"{pool}/{name}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        pool, name = id.split("/", 1)
        found = aws.client("cognito-idp").get_group(UserPoolId=pool, GroupName=name)["Group"]
        seen = {ours: found.get(theirs) for ours, theirs in _GROUP.items() if theirs in found}
        return {"userPoolId": pool, "name": name, **seen}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        # MiniStack has no UpdateGroup: the group is made anew, with its members.
        pool, name = id.split("/", 1)
        cognito = aws.client("cognito-idp")
        pages = cognito.get_paginator("list_users_in_group")
        members = [
            user["Username"]
            for page in pages.paginate(UserPoolId=pool, GroupName=name)
            for user in page["Users"]
        ]
        cognito.delete_group(UserPoolId=pool, GroupName=name)
        self.create(aws, new)
        for member in members:
            cognito.admin_add_user_to_group(UserPoolId=pool, GroupName=name, Username=member)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        pool, name = id.split("/", 1)
        aws.client("cognito-idp").delete_group(UserPoolId=pool, GroupName=name)


class User(ResourceType):
    """A user of a pool; its id is `pool/username`. A `password` is permanent."""

    pulumi_type = "aws:cognito/user:User"
    replace_on = frozenset({"userPoolId", "username", "forceAliasCreation"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        pool, name = id.split("/", 1)
        return id, {"userPoolId": pool, "username": name}

    def sought(self, aws: Aws, inputs: Properties) -> str:
        return f"{inputs['userPoolId']}/{inputs['username']}"

    def defaults(self, inputs: Properties) -> Properties:
        return {"enabled": True}

    def create(self, aws: Aws, inputs: Properties) -> str:
        cognito = aws.client("cognito-idp")
        pool, name = inputs["userPoolId"], inputs["username"]
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=name,
            UserAttributes=_attributes(inputs),
            TemporaryPassword=_first_password(inputs),
            **chosen(
                inputs,
                {
                    "messageAction": "MessageAction",
                    "desiredDeliveryMediums": "DesiredDeliveryMediums",
                    "forceAliasCreation": "ForceAliasCreation",
                    "clientMetadata": "ClientMetadata",
                },
            ),
        )
        id = f"{pool}/{name}"
        with created(id):
            self._settle(aws, {"enabled": True}, inputs)
        return id

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        pool, name = id.split("/", 1)
        user = aws.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=name)
        given = {item["Name"]: item["Value"] for item in user.get("UserAttributes", [])}
        attributes = {name: value for name, value in given.items() if value}
        sub = attributes.pop("sub", "")
        return {
            "userPoolId": pool,
            "username": name,
            "attributes": {key.removeprefix("custom:"): v for key, v in attributes.items()}
            if not any(key.startswith("custom:") for key in state.get("attributes") or {})
            else attributes,
            "enabled": user["Enabled"],
            "status": user["UserStatus"],
            "sub": sub,
            "creationDate": user["UserCreateDate"].isoformat(),
            "lastModifiedDate": user["UserLastModifiedDate"].isoformat(),
            "mfaSettingLists": user.get("UserMFASettingList") or [],
            "preferredMfaSetting": user.get("PreferredMfaSetting", ""),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        cognito = aws.client("cognito-idp")
        where = {"UserPoolId": new["userPoolId"], "Username": new["username"]}
        before, after = old.get("attributes") or {}, new.get("attributes") or {}
        if after != before:  # an empty value takes an attribute away
            emptied = dict.fromkeys(before.keys() - after.keys(), "")
            attributes = _attributes({"attributes": {**emptied, **after}})
            cognito.admin_update_user_attributes(**where, UserAttributes=attributes)
        self._settle(aws, old, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        pool, name = id.split("/", 1)
        aws.client("cognito-idp").admin_delete_user(UserPoolId=pool, Username=name)

    def _settle(self, aws: Aws, old: Properties, new: Properties) -> None:
        cognito = aws.client("cognito-idp")
        where = {"UserPoolId": new["userPoolId"], "Username": new["username"]}
        for name, permanent in (("password", True), ("temporaryPassword", False)):
            changed = new.get(name) is not None and old.get(name) != new[name]
            if changed and (permanent or "username" in old):
                cognito.admin_set_user_password(**where, Password=new[name], Permanent=permanent)
        if new["enabled"] != old.get("enabled"):
            change = cognito.admin_enable_user if new["enabled"] else cognito.admin_disable_user
            change(**where)


class UserInGroup(ResourceType):
    """A user's place in a group."""

    pulumi_type = "aws:cognito/userInGroup:UserInGroup"
    replace_on = frozenset({"userPoolId", "groupName", "username"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        pool, group, name = id.split(",", 2)
        state = {"userPoolId": pool, "groupName": group, "username": name}
        return f"{pool}/{group}/{name}", state

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.client("cognito-idp").admin_add_user_to_group(**_membership(inputs))
        return f"{inputs['userPoolId']}/{inputs['groupName']}/{inputs['username']}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        groups = aws.client("cognito-idp").admin_list_groups_for_user(
            UserPoolId=state["userPoolId"], Username=state["username"]
        )["Groups"]
        if all(group["GroupName"] != state["groupName"] for group in groups):
            return None
        return {name: state[name] for name in ("userPoolId", "groupName", "username")}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        """Nothing: every input forces a new membership."""

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("cognito-idp").admin_remove_user_from_group(**_membership(state))


def _attributes(inputs: Properties) -> list[dict[str, str]]:
    given = inputs.get("attributes") or {}
    return [{"Name": name, "Value": value} for name, value in given.items()]


def _first_password(inputs: Properties) -> str:
    """Return the password to begin with: the one that MiniStack would make may break the policy."""
    given = inputs.get("temporaryPassword") or inputs.get("password")
    return str(given or f"Aa1!{secrets.token_urlsafe(24)}")


def _membership(state: Properties) -> dict[str, str]:
    return {
        "UserPoolId": state["userPoolId"],
        "GroupName": state["groupName"],
        "Username": state["username"],
    }
