"""A FhirApi: its functions, its REST API, and which inputs it refuses."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pulumi
import pytest
from hearth_aws import FhirApi, FhirApiArgs, InputError
from hearth_server.store import permissions

from tests.hearth_aws.graph import Graph, own
from tests.hearth_aws.programs import by_default, told

FUNCTIONS = ("fhir-api", "fhir-indexer", "fhir-repair", "fhir-sweep")
GIVEN_KEY = "arn:aws:kms:eu-central-1:123456789012:key/given"

POOL = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/p"
STORE = {
    "table_name": "records",
    "table_arn": "arn:aws:dynamodb:eu-central-1:123456789012:table/records",
    "stream_arn": "arn:aws:dynamodb:eu-central-1:123456789012:table/records/stream/1",
    "bodies_bucket_name": "bodies",
    "bodies_bucket_arn": "arn:aws:s3:::bodies",
    "key_arn": GIVEN_KEY,
}


def _arn(graph: Graph, type_: str, name: str | None = None) -> Any:
    return graph.one(type_, name).outputs["arn"]


class TestFunctions:
    @pytest.mark.parametrize(
        ("function", "seconds"),
        [("fhir-api", 28), ("fhir-indexer", 60), ("fhir-repair", 60), ("fhir-sweep", 900)],
    )
    def test_run_on_arm_log_json_trace_and_are_published(self, function: str, seconds: int) -> None:
        graph = by_default()
        inputs = own(graph.one("lambda/function:Function", function))

        assert inputs.pop("environment")["variables"].keys() >= {"HEARTH_RESOURCES_TABLE"}
        assert inputs.pop("code")["path"] == "."
        assert inputs == {
            "handler": f"hearth_server.functions.{function.removeprefix('fhir-')}.handler",
            "runtime": "python3.13",
            "architectures": ["arm64"],
            "memorySize": 1024,
            "timeout": seconds,
            "role": _arn(graph, "iam/role:Role", function),
            "publish": True,
            "kmsKeyArn": _arn(graph, "kms/key:Key", "records-key"),
            "loggingConfig": {
                "logFormat": "JSON",
                "logGroup": graph.one("cloudwatch/logGroup:LogGroup", function).outputs["name"],
                "applicationLogLevel": "INFO",
                "systemLogLevel": "WARN",
            },
            "tracingConfig": {"mode": "Active"},
        }

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_are_made_after_their_log_group_and_their_rights(self, function: str) -> None:
        graph = by_default()

        waits_for = graph.one("lambda/function:Function", function).dependencies

        for type_ in (
            "cloudwatch/logGroup:LogGroup",
            "iam/rolePolicyAttachment:RolePolicyAttachment",
        ):
            assert graph.one(type_, function).urn in waits_for

    @pytest.mark.parametrize("group", ["fhir-access", *FUNCTIONS])
    def test_log_under_a_key_and_not_for_ever(self, group: str) -> None:
        graph = by_default()

        assert own(graph.one("cloudwatch/logGroup:LogGroup", group)) == {
            "kmsKeyId": _arn(graph, "kms/key:Key", "fhir-logs-key"),
            "retentionInDays": 2557,
        }
        assert own(told().one("cloudwatch/logGroup:LogGroup", group)) == {
            "kmsKeyId": GIVEN_KEY,
            "retentionInDays": 30,
        }

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_are_called_by_an_alias_of_a_published_version(self, function: str) -> None:
        graph = by_default()
        outputs = graph.one("lambda/function:Function", function).outputs

        assert graph.inputs("lambda/alias:Alias", function) == {
            "name": "live",
            "functionName": outputs["name"],
            "functionVersion": outputs["version"],
        }

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_take_what_the_api_is_told(self, function: str) -> None:
        graph = told()
        inputs = graph.inputs("lambda/function:Function", function)

        assert inputs["architectures"] == ["x86_64"]
        assert inputs["runtime"] == "python3.12"
        assert inputs["memorySize"] == 512
        assert inputs["loggingConfig"]["applicationLogLevel"] == "WARN"
        assert inputs["vpcConfig"] == {
            "subnetIds": ["subnet-a", "subnet-b", "subnet-c"],
            "securityGroupIds": ["sg-a"],
        }
        assert inputs["environment"]["variables"] == {
            "HEARTH_RESOURCES_TABLE": graph.one("dynamodb/table:Table").outputs["name"],
            "HEARTH_BODIES_BUCKET": graph.one("s3/bucket:Bucket", "records-bodies").outputs[
                "bucket"
            ],
            "HEARTH_SEARCH_ENGINE": "opensearch",
            "HEARTH_SEARCH_LOCATION": graph.one("hearth:index:SearchIndex", "domain").outputs[
                "location"
            ],
            "HEARTH_FAILED_RECORDS_BUCKET": graph.one(
                "s3/bucket:Bucket", "fhir-failed-records"
            ).outputs["bucket"],
            "HEARTH_SEARCH_CONSISTENCY": "immediate",
            "HEARTH_SEARCH_REQUIRED": "off",
            "HEARTH_VALIDATION": "structure",
            "HEARTH_REQUIRED_PROFILES": (
                '{"Patient": ["https://example.org/StructureDefinition/own"]}'
            ),
            "HEARTH_CONDITIONAL_DELETE": "multiple",
            "HEARTH_EXPUNGE": "on",
            "HEARTH_BASE_URL": "https://fhir.example.org/{stage}",
            "HEARTH_FURTHER_BASE_URLS": "https://old.example.org/fhir http://{host}/fhir",
            "HEARTH_AWS_URL_SUFFIX": "amazonaws.com",
            "HEARTH_LOG_LEVEL": "warning",
            "HEARTH_VERSION": "0.1.0",
        }


class TestRights:
    def _statements(self, graph: Graph, function: str) -> dict[str, tuple[list[str], list[str]]]:
        statements = graph.statements("iam/policy:Policy", function)
        assert {each["Effect"] for each in statements.values()} == {"Allow"}
        return {sid: (each["Action"], each["Resource"]) for sid, each in statements.items()}

    def _shared(self, graph: Graph, function: str) -> dict[str, tuple[list[str], list[str]]]:
        return self._own(graph, function) | {
            "History": (
                ["dynamodb:Query"],
                [f"{_arn(graph, 'dynamodb/table:Table')}/index/*"],
            ),
        }

    def _own(self, graph: Graph, function: str) -> dict[str, tuple[list[str], list[str]]]:
        return {
            "Log": (
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                [f"{_arn(graph, 'cloudwatch/logGroup:LogGroup', function)}:*"],
            ),
            "Trace": (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
            "Key": (
                ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                [_arn(graph, "kms/key:Key", "records-key")],
            ),
        }

    def test_of_the_api_are_to_read_and_add_records_never_to_delete_one(self) -> None:
        graph = by_default()

        assert self._statements(graph, "fhir-api") == self._shared(graph, "fhir-api") | {
            "Records": (
                [
                    "dynamodb:BatchGetItem",
                    "dynamodb:GetItem",
                    "dynamodb:Query",
                    "dynamodb:BatchWriteItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                ],
                [_arn(graph, "dynamodb/table:Table")],
            ),
            "Bodies": (
                ["s3:GetObject", "s3:PutObject"],
                [f"{_arn(graph, 's3/bucket:Bucket', 'records-bodies')}/*"],
            ),
        }

    def test_of_the_indexer_are_to_read_records_and_to_keep_what_failed(self) -> None:
        graph = by_default()
        table = graph.one("dynamodb/table:Table").outputs
        failed = _arn(graph, "s3/bucket:Bucket", "fhir-failed-records")

        assert self._statements(graph, "fhir-indexer") == self._shared(graph, "fhir-indexer") | {
            "Stream": (
                ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                [table["streamArn"]],
            ),
            "Streams": (["dynamodb:ListStreams"], [f"{table['arn']}/stream/*"]),
            "Records": (
                ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"],
                [table["arn"]],
            ),
            "Bodies": (
                ["s3:GetObject"],
                [f"{_arn(graph, 's3/bucket:Bucket', 'records-bodies')}/*"],
            ),
            "FailedBucket": (["s3:ListBucket"], [failed]),
            "FailedRecords": (["s3:PutObject"], [f"{failed}/*"]),
        }

    def test_of_the_repair_are_to_read_records_and_to_write_nothing_but_how_far_it_is(
        self,
    ) -> None:
        graph = by_default()
        table = _arn(graph, "dynamodb/table:Table")
        failed = _arn(graph, "s3/bucket:Bucket", "fhir-failed-records")

        statements = self._statements(graph, "fhir-repair")
        notes = graph.statements("iam/policy:Policy", "fhir-repair")["Notes"]

        assert statements == self._shared(graph, "fhir-repair") | {
            "Records": (["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"], [table]),
            "Bodies": (
                ["s3:GetObject"],
                [f"{_arn(graph, 's3/bucket:Bucket', 'records-bodies')}/*"],
            ),
            "Notes": (["dynamodb:PutItem"], [table]),
            "FailedBucket": (["s3:ListBucket"], [failed]),
            "FailedRecords": (["s3:DeleteObject", "s3:GetObject"], [f"{failed}/*"]),
        }
        only_notes = {"dynamodb:LeadingKeys": ["!job#*"]}
        assert notes["Condition"] == {"ForAllValues:StringLike": only_notes}

    def test_of_the_repair_alone_are_to_remove_an_index(self) -> None:
        actions = {
            function: told().statements("iam/policy:Policy", function)["Search"]["Action"]
            for function in FUNCTIONS
        }

        assert [name for name in FUNCTIONS if "es:ESHttpDelete" in actions[name]] == ["fhir-repair"]

    def test_of_the_sweep_are_to_make_stubs_and_to_delete_bodies(self) -> None:
        graph = by_default()
        bodies = _arn(graph, "s3/bucket:Bucket", "records-bodies")

        assert self._statements(graph, "fhir-sweep") == self._own(graph, "fhir-sweep") | {
            "Records": (
                [
                    "dynamodb:BatchGetItem",
                    "dynamodb:GetItem",
                    "dynamodb:Query",
                    "dynamodb:UpdateItem",
                ],
                [_arn(graph, "dynamodb/table:Table")],
            ),
            "Bodies": (["s3:GetObject"], [f"{bodies}/*"]),
            "EraseBodies": (["s3:DeleteObject", "s3:DeleteObjectVersion"], [f"{bodies}/*"]),
            "FindVersions": (["s3:ListBucketVersions"], [bodies]),
        }

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_grow_by_what_the_search_index_and_a_network_need(self, function: str) -> None:
        alone = set(by_default().statements("iam/policy:Policy", function))
        graph = told()
        statements = graph.statements("iam/policy:Policy", function)

        assert set(statements) - alone - {"EraseBodies", "FindVersions"} == {
            "Search",
            "NetworkInterfaces",
        }
        assert statements["Search"]["Resource"] == [
            f"{_arn(graph, 'opensearch/domain:Domain', 'domain')}/*"
        ]

    def test_to_delete_bodies_come_with_expunge_and_for_the_api_alone(self) -> None:
        graph = told()
        bodies = _arn(graph, "s3/bucket:Bucket", "records-bodies")
        statements = self._statements(graph, "fhir-api")

        assert statements["EraseBodies"] == (
            ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            [f"{bodies}/*"],
        )
        assert statements["FindVersions"] == (["s3:ListBucketVersions"], [bodies])
        assert "EraseBodies" not in self._statements(graph, "fhir-indexer")

    def test_are_all_that_the_store_asks_for(self) -> None:
        statements = self._statements(told(), "fhir-api")

        assert set(statements["Records"][0]) == set(permissions.TABLE_ACTIONS)
        assert set(statements["History"][0]) == set(permissions.INDEX_ACTIONS)
        on_bodies = statements["Bodies"][0] + statements["EraseBodies"][0]
        assert set(on_bodies) == set(permissions.BODY_ACTIONS)
        assert set(statements["FindVersions"][0]) == set(permissions.BODY_BUCKET_ACTIONS)

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_are_one_managed_policy_of_one_role(self, function: str) -> None:
        graph = by_default()

        assert graph.inputs("iam/rolePolicyAttachment:RolePolicyAttachment", function) == {
            "role": graph.one("iam/role:Role", function).outputs["name"],
            "policyArn": _arn(graph, "iam/policy:Policy", function),
        }


def test_the_indexer_follows_the_stream_and_loses_no_record() -> None:
    graph = by_default()

    assert own(graph.one("lambda/eventSourceMapping:EventSourceMapping")) == {
        "eventSourceArn": graph.one("dynamodb/table:Table").outputs["streamArn"],
        "functionName": _arn(graph, "lambda/alias:Alias", "fhir-indexer"),
        "startingPosition": "TRIM_HORIZON",
        "batchSize": 100,
        "parallelizationFactor": 4,
        "functionResponseTypes": ["ReportBatchItemFailures"],
        "bisectBatchOnFunctionError": True,
        "maximumRetryAttempts": 400,
        "maximumRecordAgeInSeconds": 21600,
        "destinationConfig": {
            "onFailure": {"destinationArn": _arn(graph, "s3/bucket:Bucket", "fhir-failed-records")}
        },
    }


def test_the_sweep_is_called_each_hour_by_its_own_rule_alone() -> None:
    graph = by_default()
    alias = _arn(graph, "lambda/alias:Alias", "fhir-sweep")

    assert own(graph.one("cloudwatch/eventRule:EventRule", "fhir-sweep")) == {
        "description": "Clears up after crashed commits",
        "scheduleExpression": "rate(1 hour)",
    }
    assert graph.inputs("cloudwatch/eventTarget:EventTarget", "fhir-sweep") == {
        "rule": graph.one("cloudwatch/eventRule:EventRule", "fhir-sweep").outputs["name"],
        "arn": alias,
    }
    assert graph.inputs("lambda/permission:Permission", "fhir-sweep") == {
        "action": "lambda:InvokeFunction",
        "function": graph.one("lambda/function:Function", "fhir-sweep").outputs["name"],
        "qualifier": "live",
        "principal": "events.amazonaws.com",
        "sourceArn": _arn(graph, "cloudwatch/eventRule:EventRule", "fhir-sweep"),
    }


def _paths(graph: Graph) -> dict[Any, str]:
    """Return the API's paths by the ids of their resources."""
    paths: dict[Any, str] = {graph.one("apigateway/restApi:RestApi").outputs["rootResourceId"]: "/"}
    for resource in graph.all("apigateway/resource:Resource"):
        above = paths[resource.inputs["parentId"]]
        paths[resource.id] = f"{above.rstrip('/')}/{resource.inputs['pathPart']}"
    return paths


class TestRestApi:
    def test_is_regional_and_keeps_bodies_as_text(self) -> None:
        assert own(by_default().one("apigateway/restApi:RestApi")) == {
            "description": "FHIR R4",
            "endpointConfiguration": {"types": "REGIONAL"},
            "apiKeySource": "HEADER",
            "minimumCompressionSize": "1024",
        }

    def test_asks_for_a_token_of_the_pool_and_a_key_but_not_where_clients_begin(self) -> None:
        graph = by_default()
        authorizer = graph.one("apigateway/authorizer:Authorizer")
        paths = _paths(graph)

        access = {}
        for method in graph.all("apigateway/method:Method"):
            inputs = method.inputs
            caller = (
                inputs["authorization"],
                inputs.get("authorizerId"),
                inputs["apiKeyRequired"],
            )
            access[paths[inputs["resourceId"]], inputs["httpMethod"]] = caller

        closed = ("COGNITO_USER_POOLS", authorizer.id, True)
        opened = ("NONE", None, False)
        reading = ("GET", "HEAD", "OPTIONS")
        assert access == {
            ("/", "ANY"): closed,
            ("/", "OPTIONS"): opened,
            ("/{proxy+}", "ANY"): closed,
            ("/{proxy+}", "OPTIONS"): opened,
            **{("/metadata", verb): opened for verb in reading},
            **{("/.well-known/{proxy+}", verb): opened for verb in reading},
        }
        assert authorizer.inputs == {
            "restApi": graph.one("apigateway/restApi:RestApi").id,
            "type": "COGNITO_USER_POOLS",
            "providerArns": [_arn(graph, "cognito/userPool:UserPool")],
            "identitySource": "method.request.header.Authorization",
        }

    def test_hands_every_method_to_the_alias(self) -> None:
        graph = by_default()
        alias = graph.one("lambda/alias:Alias", "fhir-api").outputs["invokeArn"]
        methods = graph.all("apigateway/method:Method")

        integrations = graph.all("apigateway/integration:Integration")

        assert [each.inputs for each in integrations] == [
            {
                "restApi": graph.one("apigateway/restApi:RestApi").id,
                "resourceId": method.inputs["resourceId"],
                "httpMethod": method.inputs["httpMethod"],
                "type": "AWS_PROXY",
                "integrationHttpMethod": "POST",
                "uri": alias,
                "timeoutMilliseconds": 29000,
            }
            for method in methods
        ]

    def test_may_call_the_alias_and_only_from_its_stage(self) -> None:
        graph = by_default()
        api = graph.one("apigateway/restApi:RestApi").outputs["executionArn"]

        assert graph.inputs("lambda/permission:Permission", "fhir-invoke") == {
            "action": "lambda:InvokeFunction",
            "principal": "apigateway.amazonaws.com",
            "function": graph.one("lambda/function:Function", "fhir-api").outputs["name"],
            "qualifier": "live",
            "sourceArn": f"{api}/fhir/*",
        }

    def test_is_deployed_once_all_that_shapes_it_is_there(self) -> None:
        graph = by_default()
        deployment = graph.one("apigateway/deployment:Deployment")
        shaping = [
            each.urn
            for type_ in (
                "apigateway/method:Method",
                "apigateway/integration:Integration",
                "apigateway/response:Response",
            )
            for each in graph.all(type_)
        ]

        assert set(shaping) <= set(deployment.dependencies)
        assert deployment.options.delete_before_replace is not True

    def test_is_deployed_again_when_anything_that_shapes_it_changes_and_only_then(self) -> None:
        graph = by_default()
        routes: dict[str, Any] = {path: {} for path in _paths(graph).values()}
        for method in graph.all("apigateway/method:Method"):
            inputs: Any = method.inputs
            access = {"authorization": inputs["authorization"]}
            if "authorizerId" in inputs:
                access["authorizer_id"] = inputs["authorizerId"]
            access["api_key_required"] = inputs["apiKeyRequired"]
            routes[_paths(graph)[inputs["resourceId"]]][inputs["httpMethod"]] = access
        responses = {
            each.inputs["responseType"]: {
                "status_code": each.inputs.get("statusCode"),
                "response_parameters": each.inputs["responseParameters"],
                "response_templates": each.inputs["responseTemplates"],
            }
            for each in graph.all("apigateway/response:Response")
        }
        shape = {
            "routes": routes,
            "responses": responses,
            "user_pool": _arn(graph, "cognito/userPool:UserPool"),
            "integration": graph.one("lambda/alias:Alias", "fhir-api").outputs["invokeArn"],
            "timeout": 29000,
            "compression": 1024,
        }

        digest = hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()

        assert graph.inputs("apigateway/deployment:Deployment") == {
            "restApi": graph.one("apigateway/restApi:RestApi").id,
            "triggers": {"shape": digest},
        }

    def test_has_a_stage_that_traces_throttles_and_logs_no_request(self) -> None:
        graph = by_default()
        api = graph.one("apigateway/restApi:RestApi").id
        stage = own(graph.one("apigateway/stage:Stage"))
        log = stage.pop("accessLogSettings")

        assert stage == {
            "restApi": api,
            "deployment": graph.one("apigateway/deployment:Deployment").id,
            "stageName": "fhir",
            "xrayTracingEnabled": True,
        }
        assert log["destinationArn"] == _arn(graph, "cloudwatch/logGroup:LogGroup", "fhir-access")
        assert graph.inputs("apigateway/methodSettings:MethodSettings") == {
            "restApi": api,
            "stageName": "fhir",
            "methodPath": "*/*",
            "settings": {
                "metricsEnabled": True,
                "loggingLevel": "OFF",
                "dataTraceEnabled": False,
                "cachingEnabled": False,
                "throttlingRateLimit": 50,
                "throttlingBurstLimit": 100,
            },
        }

    def test_logs_of_the_caller_the_subject_alone_and_nothing_that_names_a_patient(self) -> None:
        log = json.loads(
            by_default().inputs("apigateway/stage:Stage")["accessLogSettings"]["format"]
        )

        assert log["sub"] == "$context.authorizer.claims.sub"
        personal = ("path", "querystring", "identity", "body", "header", "claims.email", "username")
        variables = [value.lower() for key, value in log.items() if key not in ("route", "sub")]
        assert not [each for each in variables if any(word in each for word in personal)]
        assert log["route"] == "$context.resourcePath"  # the route's template, not the path

    def test_has_a_key_in_a_plan_with_the_same_limits(self) -> None:
        graph = told()
        plan = graph.one("apigateway/usagePlan:UsagePlan")

        assert own(plan) == {
            "apiStages": [{"apiId": graph.one("apigateway/restApi:RestApi").id, "stage": "r4"}],
            "throttleSettings": {"rateLimit": 7, "burstLimit": 9},
        }
        assert graph.inputs("apigateway/usagePlanKey:UsagePlanKey") == {
            "keyId": graph.one("apigateway/apiKey:ApiKey").id,
            "keyType": "API_KEY",
            "usagePlanId": plan.id,
        }
        limits = graph.inputs("apigateway/methodSettings:MethodSettings")["settings"]
        assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (7, 9)


class TestAccountLogging:
    def test_is_adopted_by_default(self) -> None:
        assert by_default().all("apigateway/account:Account") == []

    def test_is_created_when_told_before_the_stage_and_outlives_the_stack(self) -> None:
        graph = told()
        account = graph.one("apigateway/account:Account")
        role = graph.one("iam/role:Role", "fhir-gateway-logs")
        attachment = graph.one("iam/rolePolicyAttachment:RolePolicyAttachment", "fhir-gateway-logs")

        assert account.inputs == {"cloudwatchRoleArn": role.outputs["arn"]}
        assert attachment.inputs == {
            "role": role.outputs["name"],
            "policyArn": (
                "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
            ),
        }
        assert account.urn in graph.one("apigateway/stage:Stage").dependencies
        assert [each.options.retain_on_delete for each in (account, role, attachment)] == [True] * 3


def test_an_api_says_what_others_need_of_it() -> None:
    graph = by_default()
    stage = graph.one("apigateway/stage:Stage")

    assert graph.one("hearth:index:FhirApi").outputs == {
        "api_url": stage.outputs["invokeUrl"],
        "api_id": graph.one("apigateway/restApi:RestApi").id,
        "stage_name": "fhir",
        "api_key_id": graph.one("apigateway/apiKey:ApiKey").id,
        "api_function_name": graph.one("lambda/function:Function", "fhir-api").outputs["name"],
        "api_function_arn": _arn(graph, "lambda/function:Function", "fhir-api"),
        "api_role_name": graph.one("iam/role:Role", "fhir-api").outputs["name"],
        "indexer_function_name": graph.one("lambda/function:Function", "fhir-indexer").outputs[
            "name"
        ],
        "indexer_function_arn": _arn(graph, "lambda/function:Function", "fhir-indexer"),
        "indexer_role_name": graph.one("iam/role:Role", "fhir-indexer").outputs["name"],
        "repair_function_name": graph.one("lambda/function:Function", "fhir-repair").outputs[
            "name"
        ],
        "repair_function_arn": _arn(graph, "lambda/function:Function", "fhir-repair"),
        "repair_role_name": graph.one("iam/role:Role", "fhir-repair").outputs["name"],
        "sweep_function_name": graph.one("lambda/function:Function", "fhir-sweep").outputs["name"],
        "sweep_function_arn": _arn(graph, "lambda/function:Function", "fhir-sweep"),
        "sweep_role_name": graph.one("iam/role:Role", "fhir-sweep").outputs["name"],
        "failed_records_bucket_name": graph.one("s3/bucket:Bucket", "fhir-failed-records").outputs[
            "bucket"
        ],
    }


BUNDLE = {"code": pulumi.FileArchive(".")}
NEEDED: dict[str, Any] = {
    "bundle": BUNDLE,
    "store": STORE,
    "user_pool_arn": POOL,
}


@pytest.mark.parametrize(
    ("change", "input_", "problem"),
    [
        ({"bundle": None}, "bundle", "is required"),
        ({"bundle": {}}, "bundle.code", "is required"),
        ({"bundle": "code.zip"}, "bundle", "is 'code.zip'; allowed: a map"),
        ({"store": None}, "store", "is required"),
        ({"user_pool_arn": ""}, "user_pool_arn", "is required"),
        ({"store": {**STORE, "stream_arn": None}}, "store.stream_arn", "is required"),
        (
            {"store": {**STORE, "table": "x"}},
            "store.table",
            "is not known; did you mean table_arn?",
        ),
        ({"search": {"engine": "none"}}, "search.location", "is required"),
        (
            {"server": {"search_consistency": "strong"}},
            "server.search_consistency",
            "is 'strong'; allowed: immediate, eventual",
        ),
        (
            {"server": {"required_profiles": ["https://a.example/own"]}},
            "server.required_profiles",
            "is ['https://a.example/own']; allowed: a map of resource types, each with a list of "
            "profiles' canonical URLs",
        ),
        (
            {"server": {"required_profiles": {"patient": []}}},
            "server.required_profiles key",
            "is 'patient'; allowed: a resource type, such as Patient",
        ),
        (
            {"server": {"required_profiles": {"Patient": ["own"]}}},
            "server.required_profiles.Patient",
            "is 'own'; allowed: canonical URLs of profiles",
        ),
        (
            {"stage_name": "fhir/r4"},
            "stage_name",
            "is 'fhir/r4'; allowed: letters, digits, hyphens and underscores",
        ),
        (
            {"server": {"base_url": "https://{bucket}/"}},
            "server.base_url",
            "is 'https://{bucket}/'; allowed: an http(s) address over {host}, {domain}, {api} "
            "and {stage}",
        ),
        (
            {"server": {"further_base_urls": ["https://a.example", "https://b.example c"]}},
            "server.further_base_urls",
            "holds 'https://b.example c'; allowed: an http(s) address over {host}, {domain}, {api} "
            "and {stage}",
        ),
        (
            {"bundle": {**BUNDLE, "architecture": "arm"}},
            "bundle.architecture",
            "is 'arm'; allowed: arm64, x86_64",
        ),
        (
            {"bundle": {"runtime": "python3.9"}},
            "bundle.runtime",
            "is 'python3.9'; allowed: python3.11, python3.12, python3.13, python3.14",
        ),
        ({"memory": 128}, "memory", "is 128; allowed: 256 to 10240"),
        (
            {"limits": {"requests_per_second": 0}},
            "limits.requests_per_second",
            "is 0; allowed: 1 to 10000",
        ),
        ({"limits": {"burst": 5001}}, "limits.burst", "is 5001; allowed: 1 to 5000"),
        ({"account_logging": True}, "account_logging", "is True; allowed: adopt, create"),
        (
            {"server": {"log_level": "trace"}},
            "server.log_level",
            "is 'trace'; allowed: debug, info, warning, error",
        ),
        ({"failed_record_days": 0}, "failed_record_days", "is 0; allowed: 1 or more"),
        ({"deletion_protection": None}, "deletion_protection", "is None; allowed: true, false"),
    ],
)
def test_a_wrong_input_is_named(change: dict[str, Any], input_: str, problem: str) -> None:
    args: FhirApiArgs = {**NEEDED, **change}  # type: ignore[typeddict-item]

    with pytest.raises(InputError) as error:
        FhirApi("fhir", args)

    assert str(error.value) == f"FhirApi 'fhir': input {input_} {problem}"


def test_days_that_cloudwatch_does_not_know_are_refused() -> None:
    args: FhirApiArgs = {**NEEDED, "log_retention_days": 13}  # type: ignore[typeddict-item]

    with pytest.raises(InputError) as error:
        FhirApi("fhir", args)

    assert error.value.input == "log_retention_days"
    assert error.value.problem.startswith("is 13; allowed: 1, 3, 5, 7, 14, 30,")


def test_what_decides_the_shape_cannot_be_the_output_of_another_resource() -> None:
    args: FhirApiArgs = {**NEEDED, "memory": pulumi.Output.from_input(512)}  # type: ignore[typeddict-item]

    with pytest.raises(InputError) as error:
        FhirApi("fhir", args)

    assert str(error.value) == (
        "FhirApi 'fhir': input memory is the output of another resource; allowed: a plain value"
    )
