"""Deployments and stages of API Gateway REST APIs."""

from __future__ import annotations

from collections.abc import Mapping

from hearth_local.provider import tags
from hearth_local.provider.aws import Aws
from hearth_local.provider.changes import same
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.services.apigateway import gateway, patch
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties


class Deployment(ResourceType):
    """A picture of an API; `triggers` only say when a new one is needed."""

    pulumi_type = "aws:apigateway/deployment:Deployment"
    replace_on = frozenset({"restApi", "triggers", "variables"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        api, deployment = id.split("/")
        return deployment, {"restApi": api}

    def create(self, aws: Aws, inputs: Properties) -> str:
        request = chosen(inputs, {"description": "description", "variables": "variables"})
        made = gateway(aws).create_deployment(restApiId=inputs["restApi"], **request)
        return str(made["id"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        found = gateway(aws).get_deployment(restApiId=state["restApi"], deploymentId=id)
        return {
            "restApi": state["restApi"],
            "description": found.get("description", ""),
            "createdDate": found["createdDate"].isoformat(),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        patch(
            gateway(aws).update_deployment,
            old,
            new,
            {"description": "description"},
            restApiId=new["restApi"],
            deploymentId=id,
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_deployment(restApiId=state["restApi"], deploymentId=id)


_STAGE = {
    "deployment": "deploymentId",
    "description": "description",
    "variables": "variables",
    "cacheClusterEnabled": "cacheClusterEnabled",
    "cacheClusterSize": "cacheClusterSize",
    "clientCertificateId": "clientCertificateId",
    "documentationVersion": "documentationVersion",
    "xrayTracingEnabled": "tracingEnabled",
    "accessLogSettings": "accessLogSettings",
    "tags": "tags",
}


class Stage(ResourceType):
    """A deployment at an address."""

    pulumi_type = "aws:apigateway/stage:Stage"
    replace_on = frozenset({"restApi", "stageName"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        api, stage = id.split("/")
        return f"ags-{api}-{stage}", {"restApi": api, "stageName": stage}

    def create(self, aws: Aws, inputs: Properties) -> str:
        api, stage = inputs["restApi"], inputs["stageName"]
        request = chosen(inputs, _STAGE)
        # CreateStage has no member for access logs; MiniStack takes it all the same.
        gateway(aws).create_stage(restApiId=api, stageName=stage, **_without_logs(request))
        if inputs.get("accessLogSettings"):
            self.update(aws, "", _without_logs(inputs), inputs)
        return f"ags-{api}-{stage}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        api, name = state["restApi"], state["stageName"]
        stage = gateway(aws).get_stage(restApiId=api, stageName=name)
        logs = stage.get("accessLogSettings") or {}
        return {
            "restApi": api,
            "stageName": name,
            "arn": aws.arn("apigateway", f"/restapis/{api}/stages/{name}"),
            "executionArn": aws.arn("execute-api", f"{api}/{name}"),
            "invokeUrl": f"{aws.endpoint}/_aws/execute-api/{api}/{name}",
            "webAclArn": stage.get("webAclArn", ""),
            "deployment": stage["deploymentId"],
            "description": stage.get("description", ""),
            "variables": stage.get("variables") or {},
            "cacheClusterEnabled": stage.get("cacheClusterEnabled", False),
            "cacheClusterSize": stage.get("cacheClusterSize"),
            "documentationVersion": stage.get("documentationVersion"),
            "xrayTracingEnabled": stage.get("tracingEnabled", False),
            "accessLogSettings": logs or None,
            **tags.both(stage.get("tags")),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        patch(
            gateway(aws).update_stage,
            old,
            new,
            _STAGE,
            restApiId=new["restApi"],
            stageName=new["stageName"],
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_stage(restApiId=state["restApi"], stageName=state["stageName"])


# Paths of UpdateStage for the settings of a method.
_SETTINGS = {
    "metricsEnabled": "metrics/enabled",
    "loggingLevel": "logging/loglevel",
    "dataTraceEnabled": "logging/dataTrace",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "cachingEnabled": "caching/enabled",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cacheDataEncrypted": "caching/dataEncrypted",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
    "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
}


class MethodSettings(ResourceType):
    """Logging, throttling and caching of the methods of a stage."""

    pulumi_type = "aws:apigateway/methodSettings:MethodSettings"
    replace_on = frozenset({"restApi", "stageName", "methodPath"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        api, stage, path = id.split("/", 2)
        return f"{api}-{stage}-{path}", {"restApi": api, "stageName": stage, "methodPath": path}

    def create(self, aws: Aws, inputs: Properties) -> str:
        self.update(aws, "", {}, inputs)
        return f"{inputs['restApi']}-{inputs['stageName']}-{inputs['methodPath']}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        stage = gateway(aws).get_stage(restApiId=state["restApi"], stageName=state["stageName"])
        settings: Mapping[str, object] | None = (stage.get("methodSettings") or {}).get(
            state["methodPath"]
        )
        if settings is None:
            return None
        return {
            "restApi": state["restApi"],
            "stageName": state["stageName"],
            "methodPath": state["methodPath"],
            "settings": {name: settings[name] for name in _SETTINGS if name in settings},
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        before, after = old.get("settings") or {}, new["settings"]
        path = _pointer(new["methodPath"])
        operations = [
            {"op": "replace", "path": f"{path}/{_SETTINGS[name]}", "value": _text(value)}
            for name, value in after.items()
            if not same(before.get(name), value)
        ]
        if before.keys() - after.keys():  # back to the defaults: the whole is set anew
            operations = [
                {"op": "remove", "path": path},
                *(
                    {"op": "replace", "path": f"{path}/{_SETTINGS[name]}", "value": _text(value)}
                    for name, value in after.items()
                ),
            ]
        if operations:
            self._patch(aws, new, operations)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        operation = {"op": "remove", "path": _pointer(state["methodPath"])}
        self._patch(aws, state, [operation])

    def _patch(self, aws: Aws, state: Properties, operations: list[dict[str, str]]) -> None:
        gateway(aws).update_stage(
            restApiId=state["restApi"], stageName=state["stageName"], patchOperations=operations
        )


def _without_logs(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name != "accessLogSettings"}


def _pointer(method_path: str) -> str:
    """Return `~1path~1more/GET` of a stage's patch for `path/more/GET`."""
    path, _, method = method_path.rpartition("/")
    return f"/{path.replace('~1', '/').replace('/', '~1')}/{method}"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
