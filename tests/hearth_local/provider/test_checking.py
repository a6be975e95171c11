"""The check of a program's inputs, and the names that it makes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hearth_local.provider.checking import DEFAULTS, Goal, check
from hearth_local.provider.naming import Proposal
from hearth_local.provider.registry import resource_type
from hearth_local.provider.schema import Failure
from hearth_local.provider.values import UNKNOWN, Archive, Secret

ROLE = "aws:iam/role:Role"
BUCKET = "aws:s3/bucket:Bucket"
GOAL = Goal("urn:pulumi:local::hearth::type::Api", "Api", {}, seed=b"seed")


def checked(type: str, news: dict[str, Any], **goal: Any) -> tuple[dict[str, Any], list[Failure]]:
    """Return the checked inputs and the failures."""
    tags = goal.pop("tags", {})
    return check(resource_type(type), replace(GOAL, news=news, **goal), tags)


@pytest.mark.parametrize(
    ("type", "news", "failures"),
    [
        pytest.param(
            BUCKET,
            {"forceDestory": True},
            [
                Failure(
                    "forceDestory",
                    "there is no property 'forceDestory'; did you mean 'forceDestroy'?",
                )
            ],
            id="a misspelt property",
        ),
        pytest.param(
            "aws:dynamodb/table:Table",
            {"globalSecondaryIndexes": [{"name": "a", "hashkey": "b"}]},
            [
                Failure(
                    "globalSecondaryIndexes[0].hashkey",
                    "there is no property 'hashkey'; did you mean 'hashKey'?",
                ),
                Failure(
                    "globalSecondaryIndexes[0].projectionType",
                    "the required property 'projectionType' is missing",
                ),
            ],
            id="inside a list",
        ),
        pytest.param(
            ROLE,
            {},
            [Failure("assumeRolePolicy", "the required property 'assumeRolePolicy' is missing")],
            id="a missing property",
        ),
        pytest.param(
            "aws:cloudwatch/logGroup:LogGroup",
            {"retentionInDays": "a month"},
            [Failure("retentionInDays", "expected integer, got text")],
            id="text for a number",
        ),
        pytest.param(
            BUCKET,
            {"tags": ["a"]},
            [Failure("tags", "expected map, got a list")],
            id="a list for a map",
        ),
        pytest.param(
            BUCKET,
            {"acl": "private"},
            [Failure("acl", "the local stage takes 'acl' from aws.s3.BucketAcl only")],
            id="a deprecated setting of a bucket",
        ),
        pytest.param(
            "aws:lambda/function:Function",
            {"role": "r", "code": Archive("path", "/nonsuch")},
            [Failure("code", "/nonsuch does not exist")],
            id="a missing bundle",
        ),
        pytest.param(
            "aws:lambda/function:Function",
            {"role": "r", "imageUri": "i", "packageType": "Image"},
            [Failure("packageType", "the local stage runs no container images")],
            id="a container",
        ),
        pytest.param(
            "aws:apigateway/authorizer:Authorizer",
            {"restApi": "a", "type": "COGNITO_USER_POOLS"},
            [Failure("providerArns", "a COGNITO_USER_POOLS authorizer needs its pools")],
            id="an authorizer without pools",
        ),
        pytest.param(
            "aws:apigateway/restApi:RestApi",
            {"body": "{}"},
            [Failure("body", "the local stage imports no OpenAPI: declare the resources")],
            id="an OpenAPI document",
        ),
    ],
)
def test_a_wrong_input_is_named(type: str, news: dict[str, Any], failures: list[Failure]) -> None:
    """With its path and what is wrong."""
    assert checked(type, news)[1] == failures


def test_values_come_in_the_propertys_type() -> None:
    """Pulumi sends whole numbers as floats, and text where a number is meant."""
    inputs, failures = checked(
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "a", "retentionInDays": "30", "skipDestroy": "true", "kmsKeyId": UNKNOWN},
    )

    assert failures == []
    assert inputs == {
        "name": "a",
        "retentionInDays": 30,
        "skipDestroy": True,
        "kmsKeyId": UNKNOWN,
        DEFAULTS: [],
    }


def test_a_policy_may_be_an_object() -> None:
    """It is sent as text: not known as a whole, and secret as a whole, if a part of it is."""
    known, _ = checked(ROLE, {"assumeRolePolicy": {"Statement": []}})
    unknown, _ = checked(ROLE, {"assumeRolePolicy": {"Statement": [{"Resource": UNKNOWN}]}})
    secret, _ = checked(ROLE, {"assumeRolePolicy": {"Statement": [{"Resource": Secret("a")}]}})

    assert known["assumeRolePolicy"] == '{"Statement": []}'
    assert unknown["assumeRolePolicy"] is UNKNOWN
    assert secret["assumeRolePolicy"] == Secret('{"Statement": [{"Resource": "a"}]}')


def test_default_tags_lie_under_the_resources_own() -> None:
    """The resource's own win."""
    inputs, _ = checked(BUCKET, {"tags": {"a": "own"}}, tags={"a": "default", "b": "default"})

    assert inputs["tags"] == {"a": "own", "b": "default"}


def test_a_name_is_made_from_the_logical_one() -> None:
    """Seven digits, the same for the same seed, kept from then on."""
    first, _ = checked(BUCKET, {})
    again, _ = checked(BUCKET, {})
    other, _ = checked(BUCKET, {}, seed=b"other")
    kept, _ = checked(BUCKET, {}, seed=b"other", olds=first)

    assert first["bucket"].startswith("api-")
    assert len(first["bucket"]) == len("api-1234567")
    assert "bucket" in first[DEFAULTS]
    assert again["bucket"] == first["bucket"] == kept["bucket"]
    assert other["bucket"] != first["bucket"]


def test_a_name_without_a_seed_is_never_twice_the_same() -> None:
    """A replacement that comes before its old one goes must not collide with it."""
    assert checked(BUCKET, {}, seed=b"")[0] != checked(BUCKET, {}, seed=b"")[0]


def test_a_name_that_the_program_gave_is_not_kept_when_it_is_taken_away() -> None:
    """Then a name is made."""
    given, _ = checked(BUCKET, {"bucket": "given"})
    made, _ = checked(BUCKET, {}, olds=given)

    assert given["bucket"] == "given"
    assert made["bucket"].startswith("api-")


@pytest.mark.parametrize(
    ("type", "news", "name"),
    [
        ("aws:kms/alias:Alias", {"targetKeyId": "k"}, r"alias/Api-"),
        ("aws:sqs/queue:Queue", {"fifoQueue": True}, r"Api-.{7}\.fifo"),
        (ROLE, {"assumeRolePolicy": "{}", "namePrefix": "pre-"}, r"pre-[0-9a-f]{26}"),
    ],
)
def test_names_follow_their_services_rules(type: str, news: dict[str, Any], name: str) -> None:
    """Prefix, suffix, given prefix."""
    assert re.match(name, checked(type, news)[0]["name"])


def test_a_name_that_would_be_too_long_is_refused() -> None:
    """AWS would refuse it later."""
    _, failures = checked(BUCKET, {}, name="x" * 60)

    assert failures[0].path == "bucket"
    assert "68 characters; the limit is 63" in failures[0].reason


@pytest.mark.parametrize(
    ("proposal", "name"),
    [(Proposal("mine", "enforce"), "mine"), (Proposal("mine", "propose"), "mine")],
)
def test_an_engine_may_propose_the_name(proposal: Proposal, name: str) -> None:
    """By the user's `pulumi:autonaming` configuration."""
    assert checked(BUCKET, {}, proposal=proposal)[0]["bucket"] == name


def test_an_engine_may_forbid_making_names() -> None:
    """Then the program must give one."""
    _, failures = checked(BUCKET, {}, proposal=Proposal("", "disable"))

    assert failures == [Failure("bucket", "autonaming is disabled: give 'bucket'")]
