"""Who may call an API Gateway REST API, and how often: authorizers, keys, usage plans."""

from __future__ import annotations

from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.schema import Failure
from hearth_local.provider.services.apigateway import gateway, patch
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties

_AUTHORIZER = {
    "name": "name",
    "type": "type",
    "authorizerUri": "authorizerUri",
    "authorizerCredentials": "authorizerCredentials",
    "authorizerResultTtlInSeconds": "authorizerResultTtlInSeconds",
    "identitySource": "identitySource",
    "identityValidationExpression": "identityValidationExpression",
    "providerArns": "providerARNs",
}


class Authorizer(ResourceType):
    """What decides about a token: a user pool or a function."""

    pulumi_type = "aws:apigateway/authorizer:Authorizer"
    autoname = Autoname()
    replace_on = frozenset({"restApi"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        api, authorizer = id.split("/")
        return authorizer, {"restApi": api}

    def defaults(self, inputs: Properties) -> Properties:
        return {
            "type": "TOKEN",
            "identitySource": "method.request.header.Authorization",
            "authorizerResultTtlInSeconds": 300,
        }

    def verify(self, inputs: Properties) -> list[Failure]:
        if inputs["type"] == "COGNITO_USER_POOLS" and not inputs.get("providerArns"):
            return [Failure("providerArns", "a COGNITO_USER_POOLS authorizer needs its pools")]
        if inputs["type"] != "COGNITO_USER_POOLS" and not inputs.get("authorizerUri"):
            return [Failure("authorizerUri", "an authorizer with a function needs its URI")]
        return []

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = gateway(aws).create_authorizer(
            restApiId=inputs["restApi"], **chosen(inputs, _AUTHORIZER)
        )
        return str(made["id"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        api = state["restApi"]
        found = gateway(aws).get_authorizer(restApiId=api, authorizerId=id)
        return {
            "restApi": api,
            "arn": aws.arn("apigateway", f"/restapis/{api}/authorizers/{id}"),
            **{ours: found[theirs] for ours, theirs in _AUTHORIZER.items() if found.get(theirs)},
            "authorizerResultTtlInSeconds": found.get("authorizerResultTtlInSeconds"),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        update = gateway(aws).update_authorizer
        patch(update, old, new, _AUTHORIZER, restApiId=new["restApi"], authorizerId=id)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_authorizer(restApiId=state["restApi"], authorizerId=id)


_KEY = {name: name for name in ("name", "description", "enabled", "customerId", "tags")}


class ApiKey(ResourceType):
    """A key that a caller sends as `x-api-key`."""

    pulumi_type = "aws:apigateway/apiKey:ApiKey"
    autoname = Autoname()
    replace_on = frozenset({"value"})
    secrets = frozenset({"value"})

    def defaults(self, inputs: Properties) -> Properties:
        return {"description": "Managed by Pulumi", "enabled": True}

    def create(self, aws: Aws, inputs: Properties) -> str:
        request = chosen(inputs, {**_KEY, "value": "value"})
        return str(gateway(aws).create_api_key(**request)["id"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        key = gateway(aws).get_api_key(apiKey=id, includeValue=True)
        return {
            "arn": aws.arn("apigateway", f"/apikeys/{id}"),
            "name": key["name"],
            "description": key.get("description", ""),
            "enabled": key["enabled"],
            "customerId": key.get("customerId"),
            "value": key["value"],
            "createdDate": key["createdDate"].isoformat(),
            "lastUpdatedDate": key["lastUpdatedDate"].isoformat(),
            **tags.both(key.get("tags")),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        patch(gateway(aws).update_api_key, old, new, _KEY, apiKey=id)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_api_key(apiKey=id)


class UsagePlan(ResourceType):
    """Which keys may call which stages, and how often."""

    pulumi_type = "aws:apigateway/usagePlan:UsagePlan"
    autoname = Autoname()

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = gateway(aws).create_usage_plan(**_plan(inputs))
        return str(made["id"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        plan = gateway(aws).get_usage_plan(usagePlanId=id)
        return {
            "arn": aws.arn("apigateway", f"/usageplans/{id}"),
            "name": plan["name"],
            "description": plan.get("description", ""),
            "productCode": plan.get("productCode"),
            "apiStages": [_seen_stage(stage) for stage in plan.get("apiStages") or []],
            "quotaSettings": plan.get("quota") or None,
            "throttleSettings": plan.get("throttle") or None,
            **tags.both(plan.get("tags")),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        members = ("name", "description", "productCode", "apiStages", "quota", "throttle", "tags")
        patch(
            gateway(aws).update_usage_plan,
            _plan(old),
            _plan(new),
            {name: name for name in members},
            usagePlanId=id,
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_usage_plan(usagePlanId=id)


class UsagePlanKey(ResourceType):
    """A key in a usage plan."""

    pulumi_type = "aws:apigateway/usagePlanKey:UsagePlanKey"
    replace_on = frozenset({"keyId", "keyType", "usagePlanId"})
    secrets = frozenset({"value"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        plan, key = id.split("/")
        return key, {"usagePlanId": plan, "keyId": key, "keyType": "API_KEY"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = gateway(aws).create_usage_plan_key(
            usagePlanId=inputs["usagePlanId"], keyId=inputs["keyId"], keyType=inputs["keyType"]
        )
        return str(made["id"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        plan = state["usagePlanId"]
        key = gateway(aws).get_usage_plan_key(usagePlanId=plan, keyId=id)
        return {
            "usagePlanId": plan,
            "keyId": key["id"],
            "keyType": key.get("type", "API_KEY"),
            "name": key.get("name"),
            "value": key.get("value"),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        """Nothing: every input forces a new one."""

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_usage_plan_key(usagePlanId=state["usagePlanId"], keyId=id)


def _plan(inputs: Properties) -> dict[str, Any]:
    plan = chosen(
        inputs,
        {
            "name": "name",
            "description": "description",
            "productCode": "productCode",
            "quotaSettings": "quota",
            "throttleSettings": "throttle",
            "tags": "tags",
        },
    )
    plan["apiStages"] = [_stage(stage) for stage in inputs.get("apiStages") or []]
    return plan


def _stage(given: Properties) -> dict[str, Any]:
    throttles = {
        item["path"]: chosen(item, {"burstLimit": "burstLimit", "rateLimit": "rateLimit"})
        for item in given.get("throttles") or []
    }
    stage = {"apiId": given["apiId"], "stage": given["stage"]}
    return {**stage, "throttle": throttles} if throttles else stage


def _seen_stage(answer: dict[str, Any]) -> Properties:
    seen: Properties = {"apiId": answer["apiId"], "stage": answer["stage"]}
    if answer.get("throttle"):
        seen["throttles"] = [{"path": path, **it} for path, it in answer["throttle"].items()]
    return seen
