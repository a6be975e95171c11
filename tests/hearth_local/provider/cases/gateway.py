"""API Gateway."""

from __future__ import annotations

from typing import Any

from tests.hearth_local.provider.cases.case import Case
from tests.hearth_local.provider.serving import Kept
from tests.hearth_local.provider.world import World, policy


def _get(operation: str, *members: str, **where: str) -> Any:
    """Return a look that calls get_<operation>, with what `where` takes from the outputs."""

    def look(world: World, kept: Kept) -> Any:
        known = {**kept.outputs, "id": kept.id}
        arguments = {theirs: known[ours] for theirs, ours in where.items()}
        answer = getattr(world.client("apigateway"), f"get_{operation}")(**arguments)
        return [answer.get(member) for member in members]

    return look


def _of_api(more: dict[str, Any], name: str = "restApi") -> Any:
    return lambda world: {name: world.api, **more}


def _at(path: str, more: dict[str, Any]) -> Any:
    return lambda world: {
        "restApi": world.api,
        "resourceId": getattr(world, path),
        "httpMethod": "POST",
        **more,
    }


METHOD = {"restApiId": "restApi", "resourceId": "resourceId", "httpMethod": "httpMethod"}
PLACE = {"restApi": "another", "resourceId": "another", "httpMethod": "PUT"}
POOL = "arn:aws:cognito-idp:eu-central-1:000000000000:userpool/eu-central-1_abcdefghi"
URI = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{}/invocations"


def _slashes(prefix: str) -> Any:
    return lambda kept: kept.id.removeprefix(f"{prefix}-").replace("-", "/")


def _below_api(kept: Kept) -> str:
    return f"{kept.inputs['restApi']}/{kept.id}"


def _settings(world: World, kept: Kept) -> Any:
    stage = world.client("apigateway").get_stage(restApiId=world.api, stageName="live")
    settings = stage["methodSettings"]["*/*"]
    return [settings["loggingLevel"], settings["throttlingRateLimit"], settings["metricsEnabled"]]


def _plan_inputs(more: dict[str, Any]) -> Any:
    return lambda w: {"apiStages": [{"apiId": w.api, "stage": "live"}], **more}


def _plan(world: World, kept: Kept) -> Any:
    plan = world.client("apigateway").get_usage_plan(usagePlanId=kept.id)
    # A plan whose stages were patched wrongly breaks the list of all.
    assert world.client("apigateway").get_usage_plans(limit=500)["items"]
    return [[stage["stage"] for stage in plan["apiStages"]], plan["quota"].get("limit")]


CASES = [
    Case(
        "aws:apigateway/restApi:RestApi",
        lambda w: {
            "description": "one",
            "binaryMediaTypes": ["image/png"],
            "endpointConfiguration": {"types": "REGIONAL"},
        },
        _get("rest_api", "description", "binaryMediaTypes", restApiId="id"),
        ["one", ["image/png"]],
        lambda w: {
            "description": "two",
            "binaryMediaTypes": ["image/png", "application/pdf"],
            "endpointConfiguration": {"types": "REGIONAL"},
            "minimumCompressionSize": "1024",
            "tags": {"a": "b"},
        },
        ["two", ["image/png", "application/pdf"]],
        id="[0-9a-f]{8}",
    ),
    Case(
        "aws:apigateway/restApiPolicy:RestApiPolicy",
        _of_api({"policy": policy("execute-api:Invoke", Principal="*")}, "restApiId"),
        lambda w, kept: "Invoke" in w.client("apigateway").get_rest_api(restApiId=w.api)["policy"],
        True,
        _of_api({"policy": policy("execute-api:*", Principal="*")}, "restApiId"),
        False,
        {"restApiId": "another"},
    ),
    Case(
        "aws:apigateway/resource:Resource",
        lambda w: {"restApi": w.api, "parentId": w.root, "pathPart": "{proxy+}"},
        _get("resource", "path", restApiId="restApi", resourceId="id"),
        ["/{proxy+}"],
        replaced_by={"pathPart": "another", "parentId": "another", "restApi": "another"},
        import_id=_below_api,
    ),
    Case(
        "aws:apigateway/method:Method",
        _at("path", {"authorization": "NONE", "apiKeyRequired": True}),
        _get("method", "authorizationType", "apiKeyRequired", **METHOD),
        ["NONE", True],
        _at("path", {"authorization": "AWS_IAM", "apiKeyRequired": False}),
        ["AWS_IAM", False],
        PLACE,
        r"agm-\w+-\w+-POST",
        _slashes("agm"),
    ),
    Case(
        "aws:apigateway/integration:Integration",
        _at(
            "path_with_method",
            {
                "type": "AWS_PROXY",
                "integrationHttpMethod": "POST",
                "uri": URI.format("one"),
                "timeoutMilliseconds": 29000,
            },
        ),
        _get("integration", "uri", "timeoutInMillis", "httpMethod", **METHOD),
        [URI.format("one"), 29000, "POST"],
        _at(
            "path_with_method",
            {
                "type": "AWS_PROXY",
                "integrationHttpMethod": "POST",
                "uri": URI.format("two"),
                "timeoutMilliseconds": 20000,
            },
        ),
        [URI.format("two"), 20000, "POST"],
        {**PLACE, "type": "MOCK"},
        r"agi-\w+-\w+-POST",
        _slashes("agi"),
    ),
    Case(
        "aws:apigateway/methodResponse:MethodResponse",
        _at(
            "path_with_method",
            {"statusCode": "200", "responseModels": {"application/json": "Empty"}},
        ),
        _get("method_response", "responseModels", **METHOD, statusCode="statusCode"),
        [{"application/json": "Empty"}],
        _at(
            "path_with_method",
            {"statusCode": "200", "responseModels": {"application/json": "Error"}},
        ),
        [{"application/json": "Error"}],
        {**PLACE, "statusCode": "400"},
        r"agmr-\w+-\w+-POST-200",
        _slashes("agmr"),
    ),
    Case(
        "aws:apigateway/integrationResponse:IntegrationResponse",
        _at("path_with_integration", {"statusCode": "200", "selectionPattern": "a"}),
        _get("integration_response", "selectionPattern", **METHOD, statusCode="statusCode"),
        ["a"],
        _at("path_with_integration", {"statusCode": "200", "selectionPattern": "b"}),
        ["b"],
        {**PLACE, "statusCode": "400"},
        r"agir-\w+-\w+-POST-200",
        _slashes("agir"),
    ),
    Case(
        "aws:apigateway/deployment:Deployment",
        _of_api({"triggers": {"hash": "1"}, "description": "one"}),
        _get("deployment", "description", restApiId="restApi", deploymentId="id"),
        ["one"],
        _of_api({"triggers": {"hash": "1"}, "description": "two"}),
        ["two"],
        {"restApi": "another", "triggers": {"hash": "2"}},
        import_id=_below_api,
    ),
    Case(
        "aws:apigateway/stage:Stage",
        lambda w: {
            "restApi": w.api,
            "stageName": "test",
            "deployment": w.deployment,
            "xrayTracingEnabled": True,
            "variables": {"a": "b"},
            "accessLogSettings": {"destinationArn": "arn:aws:logs:x", "format": "$requestId"},
        },
        _get(
            "stage", "tracingEnabled", "variables", "accessLogSettings",
            restApiId="restApi", stageName="stageName",
        ),
        [True, {"a": "b"}, {"destinationArn": "arn:aws:logs:x", "format": "$requestId"}],
        lambda w: {
            "restApi": w.api,
            "stageName": "test",
            "deployment": w.deployment,
            "variables": {"c": "d"},
            "accessLogSettings": {"destinationArn": "arn:aws:logs:y", "format": "$requestId"},
        },
        [False, {"c": "d"}, {"destinationArn": "arn:aws:logs:y", "format": "$requestId"}],
        {"restApi": "another", "stageName": "another"},
        r"ags-\w+-test",
        _slashes("ags"),
    ),
    Case(
        "aws:apigateway/methodSettings:MethodSettings",
        lambda w: {
            "restApi": w.api,
            "stageName": "live",
            "methodPath": "*/*",
            "settings": {
                "loggingLevel": "ERROR",
                "throttlingRateLimit": 10.5,
                "metricsEnabled": True,
            },
        },
        _settings,
        ["ERROR", 10.5, True],
        lambda w: {
            "restApi": w.api,
            "stageName": "live",
            "methodPath": "*/*",
            "settings": {"loggingLevel": "INFO", "metricsEnabled": False},
        },
        ["INFO", 10000.0, False],
        {"methodPath": "another/GET", "stageName": "another"},
        r"\w+-live-\*/\*",
        lambda kept: f"{kept.inputs['restApi']}/live/*/*",
    ),
    Case(
        "aws:apigateway/authorizer:Authorizer",
        _of_api({"type": "COGNITO_USER_POOLS", "providerArns": [POOL]}),
        _get("authorizer", "providerARNs", "authorizerResultTtlInSeconds",
             restApiId="restApi", authorizerId="id"),
        [[POOL], 300],
        _of_api(
            {
                "type": "COGNITO_USER_POOLS",
                "providerArns": [POOL.replace("abc", "xyz")],
                "authorizerResultTtlInSeconds": 0,
            }
        ),
        [[POOL.replace("abc", "xyz")], 0],
        {"restApi": "another"},
        import_id=_below_api,
    ),
    Case(
        "aws:apigateway/apiKey:ApiKey",
        lambda w: {"description": "one"},
        _get("api_key", "description", "enabled", apiKey="id"),
        ["one", True],
        lambda w: {"description": "two", "enabled": False},
        ["two", False],
        {"value": "another-value-of-20-characters"},
    ),
    Case(
        "aws:apigateway/usagePlan:UsagePlan",
        _plan_inputs({"throttleSettings": {"burstLimit": 5, "rateLimit": 10}}),
        _plan,
        [["live"], None],
        _plan_inputs({"quotaSettings": {"limit": 1000, "period": "DAY"}}),
        [["live"], 1000],
    ),
    Case(
        "aws:apigateway/usagePlanKey:UsagePlanKey",
        lambda w: {"usagePlanId": w.usage_plan, "keyId": w.api_key["id"], "keyType": "API_KEY"},
        _get("usage_plan_key", "name", usagePlanId="usagePlanId", keyId="id"),
        lambda w: [w.api_key["name"]],
        replaced_by={"usagePlanId": "another", "keyId": "another"},
        import_id=lambda kept: f"{kept.inputs['usagePlanId']}/{kept.id}",
    ),
    Case(
        "aws:apigateway/account:Account",
        lambda w: {"cloudwatchRoleArn": w.role["Arn"]},
        _get("account", "cloudwatchRoleArn"),
        lambda w: [w.role["Arn"]],
        lambda w: {"cloudwatchRoleArn": f"{w.role['Arn']}-2"},
        lambda w: [f"{w.role['Arn']}-2"],
        id=r"\d{12}",
        stays=True,
    ),
    Case(
        "aws:apigateway/response:Response",
        _of_api(
            {
                "responseType": "UNAUTHORIZED",
                "statusCode": "401",
                "responseTemplates": {"application/json": "{}"},
                "responseParameters": {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
            },
            "restApiId",
        ),
        _get("gateway_response", "statusCode", "responseParameters",
             restApiId="restApiId", responseType="responseType"),
        ["401", {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"}],
        _of_api(
            {
                "responseType": "UNAUTHORIZED",
                "statusCode": "403",
                "responseTemplates": {"application/json": "{}"},
            },
            "restApiId",
        ),
        ["403", {}],
        {"restApiId": "another", "responseType": "ACCESS_DENIED"},
        r"aggr-\w+-UNAUTHORIZED",
        _slashes("aggr"),
    ),
    Case(
        "aws:apigateway/requestValidator:RequestValidator",
        _of_api({"validateRequestBody": True}),
        _get("request_validator", "validateRequestBody", "validateRequestParameters",
             restApiId="restApi", requestValidatorId="id"),
        [True, False],
        _of_api({"validateRequestParameters": True}),
        [False, True],
        {"restApi": "another"},
        import_id=_below_api,
    ),
    Case(
        "aws:apigateway/model:Model",
        _of_api({"name": "Patient", "contentType": "application/json", "schema": "{}"}),
        _get("model", "schema", restApiId="restApi", modelName="name"),
        ["{}"],
        _of_api(
            {
                "name": "Patient",
                "contentType": "application/json",
                "schema": '{"type": "object"}',
            }
        ),
        ['{"type": "object"}'],
        {"restApi": "another", "name": "another", "contentType": "text/plain"},
        import_id=lambda kept: f"{kept.inputs['restApi']}/Patient",
    ),
]  # fmt: skip
