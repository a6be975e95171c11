"""Rules, schedules, secrets, parameters."""

from __future__ import annotations

import json
from typing import Any

from tests.hearth_local.provider.cases.case import Case
from tests.hearth_local.provider.serving import Kept
from tests.hearth_local.provider.world import World


def _rule(world: World, kept: Kept) -> Any:
    found = world.client("events").describe_rule(Name=kept.id)
    return [found.get("ScheduleExpression"), found["State"]]


def _target(world: World, kept: Kept) -> Any:
    targets = world.client("events").list_targets_by_rule(Rule=world.rule)["Targets"]
    return [[item["Arn"], item.get("Input")] for item in targets]


def _schedule(world: World, kept: Kept) -> Any:
    found = world.client("scheduler").get_schedule(GroupName="default", Name=kept.outputs["name"])
    return [found["ScheduleExpression"], found["State"], found["Target"]["Input"]]


def _schedule_inputs(more: dict[str, Any], input_: str) -> Any:
    return lambda world: {
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": {
            "arn": world.function["FunctionArn"],
            "roleArn": world.role["Arn"],
            "input": input_,
            "retryPolicy": {"maximumRetryAttempts": 3},
        },
        **more,
    }


def _secret(world: World, kept: Kept) -> Any:
    found = world.client("secretsmanager").describe_secret(SecretId=kept.id)
    return [found.get("Description"), found.get("KmsKeyId")]


def _secret_value(world: World, kept: Kept) -> Any:
    return world.client("secretsmanager").get_secret_value(SecretId=world.secret)["SecretString"]


def _parameter(world: World, kept: Kept) -> Any:
    found = world.client("ssm").get_parameter(Name=kept.id, WithDecryption=True)["Parameter"]
    return [found["Type"], found["Value"]]


CASES = [
    Case(
        "aws:cloudwatch/eventRule:EventRule",
        lambda w: {"scheduleExpression": "rate(1 hour)"},
        _rule,
        ["rate(1 hour)", "ENABLED"],
        lambda w: {"scheduleExpression": "rate(2 hours)", "state": "DISABLED", "tags": {"a": "b"}},
        ["rate(2 hours)", "DISABLED"],
        {"name": "another", "eventBusName": "another"},
        "subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda w: {"rule": w.rule, "arn": w.queue["arn"], "input": '{"a": 1}'},
        _target,
        lambda w: [[w.queue["arn"], '{"a": 1}']],
        lambda w: {
            "rule": w.rule,
            "arn": w.function["FunctionArn"],
            "input": '{"a": 2}',
            "retryPolicy": {"maximumRetryAttempts": 1, "maximumEventAgeInSeconds": 60},
        },
        lambda w: [[w.function["FunctionArn"], '{"a": 2}']],
        {"rule": "another", "targetId": "another"},
        import_id=lambda kept: f"{kept.inputs['rule']}/{kept.inputs['targetId']}",
    ),
    Case(
        "aws:scheduler/schedule:Schedule",
        _schedule_inputs({"scheduleExpression": "rate(1 hour)"}, json.dumps({"a": 1})),
        _schedule,
        ["rate(1 hour)", "ENABLED", '{"a": 1}'],
        _schedule_inputs(
            {"scheduleExpression": "rate(2 hours)", "state": "DISABLED"}, json.dumps({"a": 2})
        ),
        ["rate(2 hours)", "DISABLED", '{"a": 2}'],
        {"name": "another", "groupName": "another"},
        "default/subject-[0-9a-f]{7}",
    ),
    Case(
        "aws:secretsmanager/secret:Secret",
        lambda w: {"description": "signs links", "kmsKeyId": w.key["Arn"]},
        _secret,
        lambda w: ["signs links", w.key["Arn"]],
        lambda w: {"description": "signs pages", "kmsKeyId": w.key["Arn"], "tags": {"a": "b"}},
        lambda w: ["signs pages", w.key["Arn"]],
        {"name": "another"},
        r"arn:aws:secretsmanager:eu-central-1:\d{12}:secret:subject-.+",
    ),
    Case(
        "aws:secretsmanager/secretVersion:SecretVersion",
        lambda w: {"secretId": w.secret, "secretString": "s3cret"},
        _secret_value,
        "s3cret",
        replaced_by={"secretString": "another", "secretId": "another"},
        stays=True,
    ),
    Case(
        "aws:ssm/parameter:Parameter",
        lambda w: {"type": "SecureString", "value": "one"},
        _parameter,
        ["SecureString", "one"],
        lambda w: {"type": "SecureString", "value": "two", "tags": {"a": "b"}},
        ["SecureString", "two"],
        {"name": "another"},
        "subject-[0-9a-f]{7}",
    ),
]
