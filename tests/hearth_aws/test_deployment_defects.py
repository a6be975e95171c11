"""Defects that earlier FHIR stacks shipped with; each is looked for in every stage's program.

The letters are those of the project's list: a capacity that is paid for and unused (a), alarms
that watch nothing (b, c), actions that IAM does not know (d), outputs that name another resource
(e), rights on undefined resources (f), partitions in text (g), dead-letter queues on no stream
(g2), roles that trust an account (h), names that a second deployment collides with (i).
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from hearth_local.engine.recording import RegisteredResource

from tests.hearth_aws import programs
from tests.hearth_aws.graph import STAGES, Graph, program, source

GRAPHS = (*STAGES, "told")
ACCOUNT = "123456789012"


def _graph(name: str) -> Graph:
    return programs.told() if name == "told" else program(name, known=True)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, also inside JSON that is held as text."""
    if isinstance(value, str):
        if value.startswith(("{", "[")) and not value.startswith("{host}"):
            try:
                yield from _texts(json.loads(value))
            except ValueError:
                yield value
        else:
            yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(key)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _statements(graph: Graph) -> Iterator[tuple[RegisteredResource, dict[str, Any]]]:
    """Yield every statement of every policy, with the resource that holds it."""
    for resource in graph:
        for key in ("policy", "assumeRolePolicy", "policyDocument", "accessPolicies"):
            if key in resource.inputs:
                for statement in json.loads(str(resource.inputs[key]))["Statement"]:
                    yield resource, statement


@pytest.mark.parametrize("name", GRAPHS)
def test_a_api_gateway_calls_the_alias_that_capacity_would_be_provisioned_on(name: str) -> None:
    graph = _graph(name)
    aliases = {each.outputs["invokeArn"] for each in graph.all("lambda/alias:Alias")}
    arns = {each.outputs["arn"] for each in graph.all("lambda/alias:Alias")}

    assert {
        each.inputs["uri"] for each in graph.all("apigateway/integration:Integration")
    } <= aliases
    sources = graph.all("lambda/eventSourceMapping:EventSourceMapping")
    assert {each.inputs["functionName"] for each in sources} <= arns
    for capacity in graph.all("lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"):
        assert capacity.inputs["qualifier"] == "live"


@pytest.mark.parametrize("name", GRAPHS)
def test_a_no_function_takes_a_share_of_a_quota_that_new_accounts_do_not_have(name: str) -> None:
    for function in _graph(name).all("lambda/function:Function"):
        assert "reservedConcurrentExecutions" not in function.inputs


def _check_alarms(graph: Graph) -> None:
    """Every alarm watches a resource of the graph, and counts in the metric's own unit."""
    alarms = graph.all("cloudwatch/metricAlarm:MetricAlarm")
    others = [each for each in graph if each not in alarms]
    known = {text for each in others for text in _texts([each.id, dict(each.outputs)])}
    for alarm in alarms:
        inputs: Any = alarm.inputs
        watched = set(inputs["dimensions"].values())
        assert watched <= known, f"{alarm.name} watches {watched - known}"
        assert alarm.property_dependencies.get("dimensions"), f"{alarm.name} watches fixed names"
        if inputs["metricName"] == "IteratorAge":  # milliseconds
            assert inputs["threshold"] >= 1000, f"{alarm.name} fires at once"


@pytest.mark.parametrize("name", GRAPHS)
def test_b_c_an_alarm_watches_a_resource_of_the_same_program_in_its_unit(name: str) -> None:
    _check_alarms(_graph(name))


_ALARM = """
import pulumi_aws as aws
function = aws.cloudwatch.LogGroup("function")
aws.cloudwatch.MetricAlarm(
    "alarm",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    metric_name="IteratorAge",
    threshold={threshold},
    dimensions={{"FunctionName": {watched}}},
)
"""


@pytest.mark.parametrize(
    ("watched", "threshold", "problem"),
    [("'dev-fhir'", 60_000, "watches .'dev-fhir'."), ("function.name", 60, "fires at once")],
)
def test_b_c_an_alarm_that_could_not_fire_would_be_seen(
    watched: str, threshold: int, problem: str
) -> None:
    graph = source(_ALARM.format(watched=watched, threshold=threshold), known=True)

    with pytest.raises(AssertionError, match=problem):
        _check_alarms(graph)


_WITHOUT_OPERATION = {
    "dynamodb:ConditionCheckItem",
    *("es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"),
    *("s3:*", "s3:DeleteObjectVersion", "s3:ListBucket", "s3:ListBucketVersions"),
    "dsql:DbConnectAdmin",
    *("kms:ReEncrypt*", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "sts:AssumeRole",
}
"""Actions that the service authorization reference has and no API operation is named after."""
_CLIENTS = {"dynamodb": ("dynamodb", "dynamodbstreams")}
"""The API models behind a service prefix of IAM, where they are not one of the same name."""


@cache
def _operations(service: str) -> list[str]:
    session = boto3.Session(region_name="eu-central-1")
    return [
        operation
        for client in _CLIENTS.get(service, (service,))
        for operation in session.client(client).meta.service_model.operation_names
    ]


@pytest.mark.parametrize("name", GRAPHS)
def test_d_every_action_is_one_that_iam_knows(name: str) -> None:
    actions = {
        action
        for _, statement in _statements(_graph(name))
        for action in ([statement["Action"]] * isinstance(statement["Action"], str))
        or statement["Action"]
    }

    unknown = []
    for action in sorted(actions - _WITHOUT_OPERATION):
        service, _, operation = action.partition(":")
        if not fnmatch.filter(_operations(service), operation):
            unknown.append(action)
    assert unknown == []


@pytest.mark.parametrize("stage", STAGES)
def test_e_every_output_is_what_its_name_says(stage: str) -> None:
    graph = program(stage, known=True)

    def outputs(type_: str, name: str) -> Any:
        return graph.one(type_, name).outputs

    assert graph.one("pulumi:pulumi:Stack").outputs == {
        "apiUrl": outputs("apigateway/stage:Stage", "hearth")["invokeUrl"],
        "apiId": graph.one("apigateway/restApi:RestApi").id,
        "apiKeyId": graph.one("apigateway/apiKey:ApiKey").id,
        "userPoolId": graph.one("cognito/userPool:UserPool").id,
        "userPoolClientId": graph.one("cognito/userPoolClient:UserPoolClient").id,
        "tableName": outputs("dynamodb/table:Table", "hearth-records")["name"],
        "bodiesBucketName": outputs("s3/bucket:Bucket", "hearth-records-bodies")["bucket"],
        "binaryBucketName": outputs("s3/bucket:Bucket", "hearth-binary")["bucket"],
        "auditBucketName": outputs("s3/bucket:Bucket", "hearth-audit")["bucket"],
        "failedRecordsBucketName": outputs("s3/bucket:Bucket", "hearth-failed-records")["bucket"],
        "apiFunctionName": outputs("lambda/function:Function", "hearth-api")["name"],
        "indexerFunctionName": outputs("lambda/function:Function", "hearth-indexer")["name"],
        "repairFunctionName": outputs("lambda/function:Function", "hearth-repair")["name"],
        "sweepFunctionName": outputs("lambda/function:Function", "hearth-sweep")["name"],
    }


_WITHOUT_RESOURCES = {
    # A key policy speaks of its own key.
    "aws:kms/key:Key": {"*"},
    # X-Ray and, before an interface is there, EC2 know nothing narrower.
    "aws:iam/policy:Policy": {"Trace", "NetworkInterfaces"},
}


@pytest.mark.parametrize("name", GRAPHS)
def test_f_every_right_is_on_a_resource_of_the_same_program(name: str) -> None:
    graph = _graph(name)
    arns = [
        text
        for each in graph
        for key, value in each.outputs.items()
        if key.lower().endswith("arn")
        for text in _texts(value)
    ]

    for holder, statement in _statements(graph):
        if "Resource" not in statement:
            continue
        listed = statement["Resource"]
        named = [listed] if isinstance(listed, str) else listed
        excused = _WITHOUT_RESOURCES.get(holder.type, set())
        for resource in named:
            if resource == "*":
                assert excused & {"*", statement["Sid"]}, (holder.urn, statement["Sid"])
            else:
                whole = re.sub(r"(/index|/stream)?[:/]\*$", "", resource)
                assert whole in arns or whole == programs.KEY, (holder.urn, resource)


_SERVICES = tuple(
    f"{each}.amazonaws.com" for each in ("lambda", "apigateway", "logging.s3", "events", "dsql")
)
"""Service principals that are called so in every partition."""


def test_g_nothing_names_a_partition_or_its_domain_by_hand() -> None:
    china = program("prod", known=True, region="cn-north-1")

    texts = {text for each in china for text in _texts([dict(each.inputs), dict(each.outputs)])}

    assert [text for text in texts if "arn:aws:" in text] == []
    assert [
        text
        for text in texts
        if re.search(r"amazonaws\.com(?!\.cn)", text) and text not in _SERVICES
    ] == []
    assert [text for text in texts if "eu-central-1" in text] == []


@pytest.mark.parametrize("name", GRAPHS)
def test_g2_what_a_stream_cannot_deliver_goes_where_it_is_kept_whole(name: str) -> None:
    graph = _graph(name)
    buckets = {each.outputs["arn"] for each in graph.all("s3/bucket:Bucket")}

    for stream in graph.all("lambda/eventSourceMapping:EventSourceMapping"):
        inputs: Any = stream.inputs
        assert inputs["destinationConfig"]["onFailure"]["destinationArn"] in buckets
        assert inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
        assert 0 < inputs["maximumRecordAgeInSeconds"] < 24 * 60 * 60
        assert inputs["maximumRetryAttempts"] >= 0
    for function in graph.all("lambda/function:Function"):
        assert "deadLetterConfig" not in function.inputs  # for asynchronous calls: there are none


@pytest.mark.parametrize("name", GRAPHS)
def test_h_a_role_trusts_one_service_and_no_account(name: str) -> None:
    roles = _graph(name).all("iam/role:Role")

    for role in roles:
        (statement,) = json.loads(str(role.inputs["assumeRolePolicy"]))["Statement"]
        assert list(statement["Principal"]) == ["Service"]
        assert isinstance(statement["Principal"]["Service"], str)
        assert "managedPolicyArns" not in role.inputs
        assert "inlinePolicies" not in role.inputs


_NAMES_WITHIN = {
    "aws:cognito/userGroup:UserGroup": "userPoolId",
    "aws:lambda/alias:Alias": "functionName",
}
"""Types whose name is unique only within another resource, which is not named by hand."""
_NAMES_FROM_ANOTHER = {"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyName"}


@pytest.mark.parametrize("name", GRAPHS)
def test_i_no_name_is_fixed_so_a_second_deployment_does_not_collide(name: str) -> None:
    naming = {"name", "namePrefix", "bucket", "bucketPrefix", "domainName", "policyName"}

    for resource in _graph(name):
        if not resource.type.startswith("aws:") or resource.type in _NAMES_WITHIN:
            continue
        fixed = {
            key
            for key in naming & set(resource.inputs)
            if not resource.property_dependencies.get(key)
        }
        assert not fixed, (resource.urn, fixed)
