"""What AWS has, laid over what the program said."""

from __future__ import annotations

from hearth_local.provider.drift import actual_inputs, imported_inputs, outputs
from hearth_local.provider.schema import Shape, resource_shape
from hearth_local.provider.values import Archive, Secret

TABLE = resource_shape("aws:dynamodb/table:Table")
FUNCTION = resource_shape("aws:lambda/function:Function")


def test_what_aws_adds_inside_an_object_is_no_drift() -> None:
    """AWS answers with defaults that the program never gave."""
    prior = {"serverSideEncryption": {"enabled": True}}
    seen = {"serverSideEncryption": {"enabled": True, "kmsKeyArn": "arn"}, "arn": "arn:table"}

    assert actual_inputs(prior, seen, TABLE) == prior
    assert outputs(prior, seen, TABLE) == seen


def test_what_aws_changed_is_drift() -> None:
    """A refresh must show it."""
    prior = {"serverSideEncryption": {"enabled": True}, "tags": {"a": "b"}}
    seen = {"serverSideEncryption": {"enabled": False}, "tags": {"a": "b", "c": "d"}}

    assert actual_inputs(prior, seen, TABLE) == seen


def test_a_set_in_another_order_is_no_drift() -> None:
    """AWS keeps attributes and indexes without order."""
    prior = {"attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "N"}]}
    seen = {"attributes": [{"name": "sk", "type": "N"}, {"name": "pk", "type": "S"}]}

    assert actual_inputs(prior, seen, TABLE) == prior
    assert outputs(prior, seen, TABLE) == prior


def test_a_policy_in_other_words_stays_as_the_program_wrote_it() -> None:
    """AWS sends policies back without spaces."""
    shape = resource_shape("aws:kms/key:Key")
    prior = {"policy": '{"Statement": []}'}

    assert actual_inputs(prior, {"policy": '{"Statement":[]}'}, shape) == prior
    assert outputs(prior, {"policy": '{"Statement":[]}'}, shape) == prior


def test_code_and_what_aws_never_tells_stays() -> None:
    """AWS gives no archive back and no password."""
    prior = {"code": Archive("path", "x", "1"), "publish": True}

    assert actual_inputs(prior, {"memorySize": 128}, FUNCTION) == prior


def test_a_secret_that_drifts_stays_secret() -> None:
    """Its new value is as secret as the old one."""
    prior = {"value": Secret("old")}
    shape = resource_shape("aws:apigateway/apiKey:ApiKey")

    assert actual_inputs(prior, {"value": "new"}, shape) == {"value": Secret("new")}


def test_an_import_takes_what_aws_tells_and_is_not_empty() -> None:
    """There is no program to compare with."""
    shape = Shape({"name": "string", "tags": "map:string"}, frozenset(), frozenset({"arn"}))

    found = imported_inputs({"name": "a", "tags": {}, "arn": "arn"}, shape)

    assert found == {"name": "a"}
