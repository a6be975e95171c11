"""Functions and what calls them; queues, topics, alarms, search domains."""

from __future__ import annotations

import json
from typing import Any

from hearth_local.provider.values import Archive, Asset

from tests.hearth_local.provider.cases.case import Case
from tests.hearth_local.provider.serving import Kept
from tests.hearth_local.provider.world import CODE, World, policy


def code(text: str = CODE) -> Archive:
    """Return a function's code."""
    return Archive("assets", {"main.py": Asset("text", text)})


def _function(world: World, kept: Kept) -> Any:
    found = world.client("lambda").get_function(FunctionName=kept.id)
    configuration = found["Configuration"]
    return {
        "memory": configuration["MemorySize"],
        "variables": configuration.get("Environment", {}).get("Variables", {}),
        "reserved": found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        "log": configuration["LoggingConfig"]["LogGroup"],
        "tags": found["Tags"],
        "version": kept.outputs["version"],
    }


def _function_inputs(world: World) -> dict[str, Any]:
    return {
        "code": code(),
        "handler": "main.handler",
        "runtime": "python3.12",
        "role": world.role["Arn"],
        "publish": True,
        "loggingConfig": {"logFormat": "JSON", "logGroup": "/test/function"},
        "tracingConfig": {"mode": "Active"},
        "architectures": ["arm64"],
    }


def _alias(world: World, kept: Kept) -> Any:
    found = world.client("lambda").get_alias(
        FunctionName=world.function["FunctionName"], Name=kept.outputs["name"]
    )
    return found["FunctionVersion"]


def _permission(world: World, kept: Kept) -> Any:
    name = world.function["FunctionName"]
    found = json.loads(world.client("lambda").get_policy(FunctionName=name)["Policy"])
    return [item["Principal"] for item in found["Statement"] if item["Sid"] == kept.id]


def _mapping(world: World, kept: Kept) -> Any:
    found = world.client("lambda").get_event_source_mapping(UUID=kept.id)
    return [found["BatchSize"], found["State"], found.get("FunctionResponseTypes")]


def _mapping_inputs(more: dict[str, Any]) -> Any:
    return lambda world: {
        "eventSourceArn": world.stream_arn,
        "functionName": world.function["FunctionArn"],
        "startingPosition": "TRIM_HORIZON",
        **more,
    }


def _asynchronous(world: World, kept: Kept) -> Any:
    found = world.client("lambda").get_function_event_invoke_config(
        FunctionName=world.function["FunctionName"]
    )
    return found["MaximumRetryAttempts"]


def _queue(world: World, kept: Kept) -> Any:
    found = world.client("sqs").get_queue_attributes(QueueUrl=kept.id, AttributeNames=["All"])
    attributes = found["Attributes"]
    return [attributes["VisibilityTimeout"], attributes.get("RedrivePolicy")]


def _queue_policy(world: World, kept: Kept) -> Any:
    found = world.client("sqs").get_queue_attributes(QueueUrl=kept.id, AttributeNames=["Policy"])
    return found["Attributes"]["Policy"]


def _topic(world: World, kept: Kept) -> Any:
    attributes = world.client("sns").get_topic_attributes(TopicArn=kept.id)["Attributes"]
    return attributes["DisplayName"]


def _topic_policy(world: World, kept: Kept) -> Any:
    return world.client("sns").get_topic_attributes(TopicArn=kept.id)["Attributes"]["Policy"]


def _subscription(world: World, kept: Kept) -> Any:
    found = world.client("sns").get_subscription_attributes(SubscriptionArn=kept.id)
    attributes = found["Attributes"]
    return [attributes["Endpoint"], attributes.get("RawMessageDelivery")]


def _alarm(world: World, kept: Kept) -> Any:
    alarm = world.client("cloudwatch").describe_alarms(AlarmNames=[kept.id])["MetricAlarms"][0]
    return [alarm["Threshold"], alarm["TreatMissingData"], alarm["AlarmActions"]]


def _alarm_inputs(more: dict[str, Any]) -> Any:
    return lambda world: {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "namespace": "AWS/Lambda",
        "metricName": "Errors",
        "dimensions": {"FunctionName": "api"},
        "period": 60,
        "statistic": "Sum",
        "treatMissingData": "notBreaching",
        "alarmActions": [world.topic],
        **more,
    }


def _dashboard(world: World, kept: Kept) -> Any:
    return world.client("cloudwatch").get_dashboard(DashboardName=kept.id)["DashboardBody"]


def _domain(world: World, kept: Kept) -> Any:
    found = world.client("opensearch").describe_domain(DomainName=kept.outputs["domainName"])
    domain = found["DomainStatus"]
    return [domain["ClusterConfig"]["InstanceType"], domain["EncryptionAtRestOptions"]["Enabled"]]


def _domain_inputs(instance: str) -> Any:
    return lambda world: {
        "engineVersion": "OpenSearch_2.19",
        "clusterConfig": {"instanceType": instance, "instanceCount": 1},
        "ebsOptions": {"ebsEnabled": True, "volumeSize": 10},
        "encryptAtRest": {"enabled": True, "kmsKeyId": world.key["Arn"]},
        "nodeToNodeEncryption": {"enabled": True},
        "domainEndpointOptions": {"enforceHttps": True},
        "logPublishingOptions": [
            {
                "cloudwatchLogGroupArn": "arn:aws:logs:eu-central-1:0:log-group:x",
                "logType": "AUDIT_LOGS",
            }
        ],
    }


def _domain_policy(world: World, kept: Kept) -> Any:
    found = world.client("opensearch").describe_domain(DomainName=world.domain)
    return found["DomainStatus"]["AccessPolicies"]


ANYONE = {"AWS": "*"}

CASES = [
    Case(
        "aws:lambda/function:Function",
        lambda w: {
            **_function_inputs(w),
            "memorySize": 512,
            "environment": {"variables": {"A": "b"}},
            "reservedConcurrentExecutions": 5,
        },
        _function,
        {
            "memory": 512,
            "variables": {"A": "b"},
            "reserved": 5,
            "log": "/test/function",
            "tags": {"stage": "local"},
            "version": "1",
        },
        lambda w: {
            **_function_inputs(w),
            "code": code(CODE + "# changed\n"),
            "tags": {"owner": "us"},
        },
        {
            "memory": 128,
            "variables": {},
            "reserved": None,
            "log": "/test/function",
            "tags": {"stage": "local", "owner": "us"},
            "version": "2",
        },
        {"name": "another"},
        "subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:lambda/alias:Alias",
        lambda w: {"functionName": w.function["FunctionName"], "functionVersion": "1"},
        _alias,
        "1",
        lambda w: {"functionName": w.function["FunctionName"], "functionVersion": "2"},
        "2",
        {"name": "another", "functionName": "another"},
        r"arn:aws:lambda:eu-central-1:\d{12}:function:function-.+:subject-[0-9a-f]{7}",
        lambda kept: f"{kept.inputs['functionName']}/{kept.inputs['name']}",
    ),
    Case(
        "aws:lambda/permission:Permission",
        lambda w: {
            "function": w.function["FunctionName"],
            "action": "lambda:InvokeFunction",
            "principal": "apigateway.amazonaws.com",
            "sourceArn": "arn:aws:execute-api:eu-central-1:000000000000:api/*",
        },
        _permission,
        [{"Service": "apigateway.amazonaws.com"}],
        replaced_by={"principal": "another", "sourceArn": "arn:aws:s3:::x"},
        imports=False,
    ),
    Case(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        _mapping_inputs(
            {
                "batchSize": 10,
                "bisectBatchOnFunctionError": True,
                "functionResponseTypes": ["ReportBatchItemFailures"],
                "maximumRetryAttempts": 3,
                "destinationConfig": {"onFailure": {"destinationArn": "arn:aws:s3:::dead"}},
                "filterCriteria": {"filters": [{"pattern": '{"eventName":["INSERT"]}'}]},
            }
        ),
        _mapping,
        [10, "Enabled", ["ReportBatchItemFailures"]],
        _mapping_inputs({"batchSize": 20, "enabled": False}),
        [20, "Disabled", []],
        {"eventSourceArn": "arn:aws:sqs:eu-central-1:0:x", "startingPosition": "LATEST"},
        r"[0-9a-f-]{36}",
    ),
    Case(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        lambda w: {"functionName": w.function["FunctionName"], "maximumRetryAttempts": 1},
        _asynchronous,
        1,
        lambda w: {
            "functionName": w.function["FunctionName"],
            "maximumRetryAttempts": 2,
            "destinationConfig": {"onFailure": {"destination": w.queue["arn"]}},
        },
        2,
        {"functionName": "another", "qualifier": "another"},
    ),
    Case(
        "aws:sqs/queue:Queue",
        lambda w: {"visibilityTimeoutSeconds": 60, "sqsManagedSseEnabled": True},
        _queue,
        ["60", None],
        lambda w: {
            "redrivePolicy": json.dumps(
                {"deadLetterTargetArn": w.queue["arn"], "maxReceiveCount": 3}
            ),
            "tags": {"a": "b"},
        },
        lambda w: [
            "30",
            json.dumps({"deadLetterTargetArn": w.queue["arn"], "maxReceiveCount": 3}),
        ],
        {"name": "another", "fifoQueue": True},
        r"http://127\.0\.0\.1:\d+/\d{12}/subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:sqs/queuePolicy:QueuePolicy",
        lambda w: {
            "queueUrl": w.queue["url"],
            "policy": policy("sqs:SendMessage", Principal=ANYONE),
        },
        _queue_policy,
        policy("sqs:SendMessage", Principal=ANYONE),
        lambda w: {
            "queueUrl": w.queue["url"],
            "policy": policy("sqs:ReceiveMessage", Principal=ANYONE),
        },
        policy("sqs:ReceiveMessage", Principal=ANYONE),
        {"queueUrl": "another"},
    ),
    Case(
        "aws:sns/topic:Topic",
        lambda w: {"displayName": "one"},
        _topic,
        "one",
        lambda w: {"displayName": "two", "tags": {"a": "b"}},
        "two",
        {"name": "another", "fifoTopic": True},
        r"arn:aws:sns:eu-central-1:\d{12}:subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:sns/topicPolicy:TopicPolicy",
        lambda w: {"arn": w.topic, "policy": policy("sns:Publish", Principal=ANYONE)},
        _topic_policy,
        policy("sns:Publish", Principal=ANYONE),
        lambda w: {"arn": w.topic, "policy": policy("sns:Subscribe", Principal=ANYONE)},
        policy("sns:Subscribe", Principal=ANYONE),
        {"arn": "another"},
        stays=True,
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda w: {
            "topic": w.topic,
            "protocol": "sqs",
            "endpoint": w.queue["arn"],
            "rawMessageDelivery": True,
        },
        _subscription,
        lambda w: [w.queue["arn"], "true"],
        lambda w: {
            "topic": w.topic,
            "protocol": "sqs",
            "endpoint": w.queue["arn"],
            "rawMessageDelivery": False,
        },
        lambda w: [w.queue["arn"], "false"],
        {"topic": "another", "protocol": "lambda", "endpoint": "another"},
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        _alarm_inputs({"threshold": 0}),
        _alarm,
        lambda w: [0, "notBreaching", [w.topic]],
        _alarm_inputs({"threshold": 1.5, "tags": {"a": "b"}}),
        lambda w: [1.5, "notBreaching", [w.topic]],
        {"name": "another"},
    ),
    Case(
        "aws:cloudwatch/dashboard:Dashboard",
        lambda w: {"dashboardName": "fhir", "dashboardBody": '{"widgets": []}'},
        _dashboard,
        '{"widgets": []}',
        lambda w: {"dashboardName": "fhir", "dashboardBody": '{"start": "-PT1H", "widgets": []}'},
        '{"start": "-PT1H", "widgets": []}',
        {"dashboardName": "another"},
    ),
    Case(
        "aws:opensearch/domain:Domain",
        _domain_inputs("t3.small.search"),
        _domain,
        ["t3.small.search", True],
        _domain_inputs("t3.medium.search"),
        ["t3.medium.search", True],
        {"domainName": "another"},
        r"arn:aws:es:eu-central-1:\d{12}:domain/subject-[0-9a-f]{7}",
        lambda kept: str(kept.outputs["domainName"]),
    ),
    Case(
        "aws:opensearch/domainPolicy:DomainPolicy",
        lambda w: {
            "domainName": w.domain,
            "accessPolicies": policy("es:ESHttpGet", Principal=ANYONE),
        },
        _domain_policy,
        policy("es:ESHttpGet", Principal=ANYONE),
        lambda w: {
            "domainName": w.domain,
            "accessPolicies": policy("es:ESHttpPost", Principal=ANYONE),
        },
        policy("es:ESHttpPost", Principal=ANYONE),
        {"domainName": "another"},
        "esd-policy-.+",
    ),
]
