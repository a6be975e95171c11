"""Amazon API Gateway REST APIs: https://docs.aws.amazon.com/apigateway/latest/api/.

MiniStack stores what a patch carries as it comes: text stays text where AWS would parse it, and
a list cannot be patched at all by AWS's paths. So updates here send whole members with values of
the right type, which boto3 lets through when it does not validate.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import same
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType, error_code
from hearth_local.provider.schema import Failure
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties

PINNED_ID = "ms-custom-id"
"""MiniStack's tag that gives an API its id."""

Patched = Mapping[str, str]


def gateway(aws: Aws) -> Any:
    """Return the API Gateway client, which takes patches of any type."""
    return aws.client("apigateway", validate=False)


def patch(
    update: Callable[..., Any], old: Properties, new: Properties, members: Patched, **where: str
) -> None:
    """Call `update` with the members that changed: `members` maps our names to API Gateway's."""
    operations = []
    for ours, theirs in members.items():
        if same(old.get(ours), new.get(ours)):
            continue
        value = new.get(ours)
        if value is None:
            value = type(old[ours])() if isinstance(old[ours], dict | list | str) else None
        operations.append({"op": "replace", "path": f"/{theirs}", "value": value})
    if operations:
        update(**where, patchOperations=operations)


class RestApi(ResourceType):
    """A REST API; its id comes from its URN, so that its address outlives MiniStack's state."""

    pulumi_type = "aws:apigateway/restApi:RestApi"
    autoname = Autoname()

    def verify(self, inputs: Properties) -> list[Failure]:
        if inputs.get("body"):
            return [Failure("body", "the local stage imports no OpenAPI: declare the resources")]
        return []

    def create(self, aws: Aws, inputs: Properties) -> str:
        request = chosen(
            inputs,
            {
                "name": "name",
                "description": "description",
                "binaryMediaTypes": "binaryMediaTypes",
                "apiKeySource": "apiKeySource",
                "policy": "policy",
                "disableExecuteApiEndpoint": "disableExecuteApiEndpoint",
                "endpointAccessMode": "endpointAccessMode",
                "securityPolicy": "securityPolicy",
            },
        )
        if inputs.get("minimumCompressionSize"):
            request["minimumCompressionSize"] = int(inputs["minimumCompressionSize"])
        request["endpointConfiguration"] = _endpoint(inputs)
        for attempt in range(10):
            pinned = {PINNED_ID: _pinned_id(aws.urn, attempt), **(inputs.get("tags") or {})}
            try:
                return str(gateway(aws).create_rest_api(**request, tags=pinned)["id"])
            except ClientError as error:
                # The id is taken: by what this API replaces, or by one left of a killed run.
                if error_code(error) != "ConflictException" or attempt == 9:
                    raise
        raise AssertionError("the loop returns or raises")

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        api = gateway(aws).get_rest_api(restApiId=id)
        found = {key: text for key, text in (api.get("tags") or {}).items() if key != PINNED_ID}
        endpoint = api.get("endpointConfiguration") or {}
        size = api.get("minimumCompressionSize")
        return {
            "arn": aws.arn("apigateway", f"/restapis/{id}"),
            "executionArn": aws.arn("execute-api", id),
            "rootResourceId": api.get("rootResourceId") or _root(aws, id),
            "createdDate": api["createdDate"].isoformat(),
            "name": api["name"],
            "description": api.get("description", ""),
            "binaryMediaTypes": api.get("binaryMediaTypes") or [],
            "apiKeySource": api.get("apiKeySource", "HEADER"),
            "disableExecuteApiEndpoint": api.get("disableExecuteApiEndpoint", False),
            "minimumCompressionSize": None if size is None else str(size),
            "policy": _policy(api.get("policy")),
            "endpointConfiguration": {
                "types": (endpoint.get("types") or ["EDGE"])[0],
                "vpcEndpointIds": endpoint.get("vpcEndpointIds"),
            },
            **tags.both(found),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        patch(
            gateway(aws).update_rest_api,
            _with_aws_forms(id, old),
            _with_aws_forms(id, new),
            {
                name: name
                for name in (
                    "name",
                    "description",
                    "binaryMediaTypes",
                    "apiKeySource",
                    "disableExecuteApiEndpoint",
                    "policy",
                    "minimumCompressionSize",
                    "endpointConfiguration",
                    "tags",
                )
            },
            restApiId=id,
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_rest_api(restApiId=id)


class RestApiPolicy(ResourceType):
    """A REST API's resource policy."""

    pulumi_type = "aws:apigateway/restApiPolicy:RestApiPolicy"
    replace_on = frozenset({"restApiId"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        id = str(inputs["restApiId"])
        _set_policy(aws, id, inputs["policy"])
        return id

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        policy = _policy(gateway(aws).get_rest_api(restApiId=id).get("policy"))
        return {"restApiId": id, "policy": policy} if policy else None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        _set_policy(aws, id, new["policy"])

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        _set_policy(aws, id, "")


class Resource(ResourceType):
    """A path of a REST API."""

    pulumi_type = "aws:apigateway/resource:Resource"
    replace_on = frozenset({"restApi", "parentId", "pathPart"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        api, resource = id.split("/")
        return resource, {"restApi": api}

    def sought(self, aws: Aws, inputs: Properties) -> str:
        pages = gateway(aws).get_paginator("get_resources").paginate(restApiId=inputs["restApi"])
        where = (inputs["parentId"], inputs["pathPart"])
        found = (
            item["id"]
            for page in pages
            for item in page["items"]
            if (item.get("parentId"), item.get("pathPart")) == where
        )
        return str(next(found, ""))

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = gateway(aws).create_resource(
            restApiId=inputs["restApi"], parentId=inputs["parentId"], pathPart=inputs["pathPart"]
        )
        return str(made["id"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = gateway(aws).get_resource(restApiId=state["restApi"], resourceId=id)
        return {
            "restApi": state["restApi"],
            "parentId": found.get("parentId"),
            "pathPart": found.get("pathPart"),
            "path": found["path"],
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        """Nothing: every input forces a new resource."""

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_resource(restApiId=state["restApi"], resourceId=id)


class Account(ResourceType):
    """The region's role for API Gateway's logs: one for all, so deleting only clears it."""

    pulumi_type = "aws:apigateway/account:Account"

    def create(self, aws: Aws, inputs: Properties) -> str:
        self.update(aws, aws.account, {}, inputs)
        return aws.account

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = gateway(aws).get_account()
        throttle = found.get("throttleSettings") or {}
        return {
            "cloudwatchRoleArn": found.get("cloudwatchRoleArn"),
            "apiKeyVersion": found.get("apiKeyVersion", "4"),
            "features": found.get("features") or [],
            "throttleSettings": [
                {
                    "burstLimit": throttle.get("burstLimit", 5000),
                    "rateLimit": throttle.get("rateLimit", 10000),
                }
            ],
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        patch(gateway(aws).update_account, old, new, {"cloudwatchRoleArn": "cloudwatchRoleArn"})

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        self.update(aws, id, state, {})


def _pinned_id(urn: str, attempt: int) -> str:
    """Return eight hexadecimal digits: MiniStack's host form takes only such ids."""
    return hashlib.sha256(f"{urn}#{attempt}".encode()).hexdigest()[:8]


def _endpoint(inputs: Properties) -> dict[str, Any]:
    given = inputs.get("endpointConfiguration") or {}
    return {
        "types": [given.get("types", "EDGE")],
        **chosen(given, {"vpcEndpointIds": "vpcEndpointIds", "ipAddressType": "ipAddressType"}),
    }


def _with_aws_forms(id: str, inputs: Properties) -> Properties:
    size = inputs.get("minimumCompressionSize")
    return {
        **inputs,
        "endpointConfiguration": _endpoint(inputs),
        "minimumCompressionSize": int(size) if size else None,
        "tags": {PINNED_ID: id, **(inputs.get("tags") or {})},
    }


def _root(aws: Aws, id: str) -> str | None:
    items = gateway(aws).get_resources(restApiId=id, limit=500)["items"]
    return next((str(item["id"]) for item in items if item["path"] == "/"), None)


def _policy(escaped: str | None) -> str | None:
    """Return the policy's text: API Gateway sends it as the inside of a JSON string."""
    return str(json.loads(f'"{escaped}"')) if escaped else None


def _set_policy(aws: Aws, id: str, policy: str) -> None:
    operation = {"op": "replace", "path": "/policy", "value": policy}
    gateway(aws).update_rest_api(restApiId=id, patchOperations=[operation])
