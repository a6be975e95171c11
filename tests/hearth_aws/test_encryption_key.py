"""An EncryptionKey: what it registers, and which inputs it refuses."""

from __future__ import annotations

import json

import pytest
from hearth_aws import EncryptionKey, EncryptionKeyArgs, InputError

from tests.hearth_aws.graph import own
from tests.hearth_aws.programs import by_default, told

ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}
USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


@pytest.mark.parametrize("known", [False, True])
def test_a_key_rotates_and_has_an_alias(known: bool) -> None:
    graph = by_default(known=known)
    component = graph.one("hearth:index:EncryptionKey", "keys")

    assert graph.children(component) == [
        ("aws:kms/alias:Alias", "keys"),
        ("aws:kms/key:Key", "keys"),
    ]
    assert own(graph.one("kms/key:Key", "keys")) == {
        "description": "keys",
        "enableKeyRotation": True,
        "deletionWindowInDays": 30,
        "policy": graph.inputs("kms/key:Key", "keys")["policy"],
    }


def test_the_alias_points_at_the_key() -> None:
    graph = by_default()

    alias = graph.one("kms/alias:Alias", "keys")

    assert alias.inputs == {"targetKeyId": graph.one("kms/key:Key", "keys").outputs["keyId"]}


def test_a_key_is_used_only_through_services_of_the_account() -> None:
    statements = by_default(known=False).statements("kms/key:Key", "keys")
    services = [f"{name}.eu-central-1.amazonaws.com" for name in ("dynamodb", "s3", "lambda")]

    assert statements["Use"] == {
        "Effect": "Allow",
        "Action": USE,
        "Resource": ["*"],
        "Principal": ACCOUNT,
        "Condition": {"StringEquals": {"kms:ViaService": services}},
    }
    assert statements["Grants"] == {
        "Effect": "Allow",
        "Action": ["kms:CreateGrant"],
        "Resource": ["*"],
        "Principal": ACCOUNT,
        "Condition": {
            "StringEquals": {"kms:ViaService": services},
            "Bool": {"kms:GrantIsForAWSResource": "true"},
        },
    }
    assert sorted(statements) == ["Administration", "Grants", "Use"]


def test_who_administers_a_key_cannot_decrypt_with_it() -> None:
    administration = by_default().statements("kms/key:Key", "keys")["Administration"]

    usable = {"kms:*", "*", "kms:Create*", "kms:CreateGrant", "kms:Re*", *USE}
    assert not usable & set(administration["Action"])
    assert "kms:PutKeyPolicy" not in administration["Action"]  # kms:Put* has it: no lock-out
    assert "kms:Put*" in administration["Action"]


def test_cloudwatch_logs_may_use_a_key_for_log_groups_of_the_account_only() -> None:
    statements = told().statements("kms/key:Key", "keys")

    assert statements["Logs"] == {
        "Effect": "Allow",
        "Action": USE,
        "Resource": ["*"],
        "Principal": {"Service": "logs.eu-central-1.amazonaws.com"},
        "Condition": {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": (
                    "arn:aws:logs:eu-central-1:123456789012:log-group:*"
                )
            }
        },
    }
    assert statements["Use"]["Condition"] == {
        "StringEquals": {"kms:ViaService": ["es.eu-central-1.amazonaws.com"]}
    }


def test_a_key_takes_what_it_is_told() -> None:
    key = told().inputs("kms/key:Key", "keys")

    assert (key["description"], key["deletionWindowInDays"]) == ("Search", 7)
    assert json.loads(key["policy"])["Statement"]


@pytest.mark.parametrize(
    ("args", "input_", "problem"),
    [
        ({"users": []}, "users", "is empty: no service could use the key"),
        ({"users": "s3"}, "users", "is 's3'; allowed: a list"),
        (
            {"users": ["s3", "ec2"]},
            "users[1]",
            "is 'ec2'; allowed: dynamodb, s3, lambda, es, dsql, logs",
        ),
        ({"description": ""}, "description", "is ''; allowed: text that is not empty"),
        ({"deletion_window_days": 6}, "deletion_window_days", "is 6; allowed: 7 to 30"),
        (
            {"deletion_window_days": 7.5},
            "deletion_window_days",
            "is 7.5; allowed: a whole number, 7 to 30",
        ),
    ],
)
def test_a_wrong_input_is_named(args: EncryptionKeyArgs, input_: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        EncryptionKey("keys", args)

    assert str(error.value) == f"EncryptionKey 'keys': input {input_} {problem}"
    assert (error.value.input, error.value.problem) == (input_, problem)


@pytest.mark.parametrize("name", ["ward 7", "wärd", "aws/ward", "w" * 201, ""])
def test_a_name_that_no_alias_may_have_is_refused(name: str) -> None:
    """KMS, CreateAlias: only letters, digits, `/`, `_` and `-`, and `alias/aws/` is AWS's own."""
    with pytest.raises(InputError) as error:
        EncryptionKey(name, {})

    assert (error.value.input, error.value.problem) == (
        "name",
        f"is {name!r}; allowed: up to 200 letters, digits, hyphens, underscores and slashes, "
        "since an alias is named after it",
    )
