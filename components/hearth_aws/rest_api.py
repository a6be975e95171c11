"""The REST API in front of the `api` function: routes, authorizer, deployment, stage and key.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import apigateway, lambda_

from hearth_aws import gateway_responses
from hearth_aws.access_log import FORMAT
from hearth_aws.function import DeployedFunction
from hearth_aws.request_limits import Limits

INTEGRATION_TIMEOUT = 29_000
"""Milliseconds; more needs a raised quota, which a new account does not have."""

_SMALLEST_COMPRESSED = 1024

_OPEN = {"authorization": "NONE", "api_key_required": False}
_OPEN_READ = {"GET": _OPEN, "HEAD": _OPEN, "OPTIONS": _OPEN}


@dataclass(frozen=True)
class RestApiSettings:
    """What the API is told."""

    function: DeployedFunction
    user_pool_arn: pulumi.Input[str]
    stage_name: str
    access_log_arn: pulumi.Input[str]
    limits: Limits
    tags: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True)
class DeployedApi:
    """What others need to know of the API."""

    id: pulumi.Output[str]
    url: pulumi.Output[str]
    stage_name: pulumi.Output[str]
    key_id: pulumi.Output[str]


def create_rest_api(
    name: str,
    settings: RestApiSettings,
    options: pulumi.ResourceOptions,
    before_stage: list[pulumi.Resource],
) -> DeployedApi:
    """Create the API and deploy it to its stage, once `before_stage` is there."""
    api = apigateway.RestApi(
        name,
        description="FHIR R4",
        endpoint_configuration={"types": "REGIONAL"},
        api_key_source="HEADER",
        minimum_compression_size=str(_SMALLEST_COMPRESSED),
        tags=settings.tags,
        opts=options,
    )
    authorizer = apigateway.Authorizer(
        name,
        rest_api=api.id,
        type="COGNITO_USER_POOLS",
        provider_arns=[settings.user_pool_arn],
        identity_source="method.request.header.Authorization",
        opts=options,
    )
    lambda_.Permission(
        f"{name}-invoke",
        action="lambda:InvokeFunction",
        principal="apigateway.amazonaws.com",
        function=settings.function.name,
        qualifier=settings.function.alias_name,
        source_arn=pulumi.Output.concat(api.execution_arn, "/", settings.stage_name, "/*"),
        opts=options,
    )
    stage = _deploy(name, api, authorizer, settings, options, before_stage)
    return DeployedApi(
        id=api.id,
        url=stage.invoke_url,
        stage_name=stage.stage_name,
        key_id=_usage(name, api, stage, settings, options),
    )


def _deploy(
    name: str,
    api: apigateway.RestApi,
    authorizer: apigateway.Authorizer,
    settings: RestApiSettings,
    options: pulumi.ResourceOptions,
    before_stage: list[pulumi.Resource],
) -> apigateway.Stage:
    """Create routes and answers, freeze them in a deployment, and point the stage at it."""
    routes = _routes(authorizer.id)
    responses = gateway_responses.shape()
    parts = [
        *_create_routes(name, api, routes, settings.function.invoke_arn, options),
        *gateway_responses.create(name, api.id, responses, options),
    ]
    deployment = apigateway.Deployment(
        name,
        rest_api=api.id,
        # A stage serves what its deployment froze, so whatever shapes the API makes a new one.
        triggers={
            "shape": pulumi.Output.json_dumps(
                {
                    "routes": routes,
                    "responses": responses,
                    "user_pool": settings.user_pool_arn,
                    "integration": settings.function.invoke_arn,
                    "timeout": INTEGRATION_TIMEOUT,
                    "compression": _SMALLEST_COMPRESSED,
                },
                sort_keys=True,
            ).apply(lambda text: hashlib.sha256(text.encode()).hexdigest())
        },
        opts=_after(options, parts),
    )
    stage = apigateway.Stage(
        name,
        rest_api=api.id,
        deployment=deployment.id,
        stage_name=settings.stage_name,
        xray_tracing_enabled=True,
        access_log_settings={
            "destination_arn": settings.access_log_arn,
            "format": json.dumps(FORMAT),
        },
        tags=settings.tags,
        opts=_after(options, before_stage),
    )
    apigateway.MethodSettings(
        name,
        rest_api=api.id,
        stage_name=stage.stage_name,
        method_path="*/*",
        settings={
            "metrics_enabled": True,
            # Execution logs hold headers and bodies, in a log group without key or end.
            "logging_level": "OFF",
            "data_trace_enabled": False,
            "caching_enabled": False,
            "throttling_rate_limit": settings.limits.rate,
            "throttling_burst_limit": settings.limits.burst,
        },
        opts=options,
    )
    return stage


def _after(
    options: pulumi.ResourceOptions, resources: list[pulumi.Resource]
) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=resources))


def _routes(authorizer_id: pulumi.Output[str]) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return path, method, and who may call it."""
    closed = {
        "authorization": "COGNITO_USER_POOLS",
        "authorizer_id": authorizer_id,
        "api_key_required": True,
    }
    return {
        "/": {"ANY": closed, "OPTIONS": _OPEN},
        "/{proxy+}": {"ANY": closed, "OPTIONS": _OPEN},
        "/metadata": _OPEN_READ,
        "/.well-known": {},
        "/.well-known/{proxy+}": _OPEN_READ,
    }


def _create_routes(
    name: str,
    api: apigateway.RestApi,
    routes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    invoke_arn: pulumi.Output[str],
    options: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Create each path and method, all answered by the function."""
    created: list[pulumi.Resource] = []
    ids: dict[str, pulumi.Input[str]] = {"/": api.root_resource_id}
    for path, methods in routes.items():
        if path != "/":
            above, _, part = path.rpartition("/")
            resource = apigateway.Resource(
                f"{name}-{_spoken(path)}",
                rest_api=api.id,
                parent_id=ids[above or "/"],
                path_part=part,
                opts=options,
            )
            ids[path] = resource.id
        for verb, access in methods.items():
            child = f"{name}-{_spoken(path)}-{verb.lower()}"
            method = apigateway.Method(
                child,
                rest_api=api.id,
                resource_id=ids[path],
                http_method=verb,
                opts=options,
                **access,
            )
            integration = apigateway.Integration(
                child,
                rest_api=api.id,
                resource_id=ids[path],
                http_method=method.http_method,
                type="AWS_PROXY",
                integration_http_method="POST",
                uri=invoke_arn,
                timeout_milliseconds=INTEGRATION_TIMEOUT,
                opts=options,
            )
            created += [method, integration]
    return created


def _spoken(path: str) -> str:
    """Return a path as part of a resource's name: `/.well-known/{proxy+}` is well-known-any."""
    parts = [part.strip(".").replace("{proxy+}", "any") for part in path.split("/") if part]
    return "-".join(parts) or "root"


def _usage(
    name: str,
    api: apigateway.RestApi,
    stage: apigateway.Stage,
    settings: RestApiSettings,
    options: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Create an API key with its plan; return the key's id."""
    key = apigateway.ApiKey(name, tags=settings.tags, opts=options)
    plan = apigateway.UsagePlan(
        name,
        api_stages=[{"api_id": api.id, "stage": stage.stage_name}],
        throttle_settings={
            "rate_limit": settings.limits.rate,
            "burst_limit": settings.limits.burst,
        },
        tags=settings.tags,
        opts=options,
    )
    apigateway.UsagePlanKey(
        name, key_id=key.id, key_type="API_KEY", usage_plan_id=plan.id, opts=options
    )
    return key.id
