"""The protocol itself: the process, the configuration, errors, secrets, functions."""

from __future__ import annotations

import json

import grpc
import pytest
from google.protobuf import empty_pb2
from hearth_local.provider.values import UNKNOWN, Secret, decode, encode
from pulumi.runtime.proto import provider_pb2, status_pb2

from tests.hearth_local.provider.serving import Kept, RefusedError, Served, process
from tests.hearth_local.provider.world import TRUST, World
from tests.services.ministack import MiniStack

ROLE = "aws:iam/role:Role"
UNKNOWN_TYPE = "aws:ivs/channel:Channel"


def test_the_process_prints_its_port_and_ends_with_its_input(stack: MiniStack) -> None:
    """As Pulumi's engine starts and stops a plugin."""
    with process(stack.url) as (running, stub):
        assert stub.GetPluginInfo(empty_pb2.Empty()).version == "7.51.1"
        assert json.loads(stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)["name"] == "aws"
        assert running.stdin is not None
        running.stdin.close()

        assert running.wait(10) == 0


def test_the_provider_takes_secrets_and_names(stack: MiniStack) -> None:
    """The handshake and the configuration must say the same."""
    with process(stack.url) as (_, stub):
        handshake = stub.Handshake(provider_pb2.ProviderHandshakeRequest())
        request = provider_pb2.ConfigureRequest(variables={"aws:config:region": "eu-central-1"})
        configured = stub.Configure(request)

    assert handshake.accept_secrets
    assert configured.acceptSecrets
    assert configured.supportsPreview
    assert handshake.accept_resources == configured.acceptResources
    assert handshake.accept_outputs == configured.acceptOutputs
    assert handshake.supports_autonaming_configuration
    assert configured.supports_autonaming_configuration


def test_a_configuration_without_a_region_is_refused(stack: MiniStack) -> None:
    """In words."""
    with process(stack.url) as (_, stub), pytest.raises(grpc.RpcError) as caught:
        stub.Configure(provider_pb2.ConfigureRequest())

    assert caught.value.details() == "no region: set aws:region or AWS_REGION"


def test_an_unknown_configuration_key_is_refused(provider: Served) -> None:
    """It names the key."""
    request = provider_pb2.CheckRequest(news=encode({"regoin": "x", "version": "7.51.1"}))
    answer = provider.stub.CheckConfig(request)

    assert [failure.property for failure in answer.failures] == ["regoin"]


def test_another_region_is_another_provider(provider: Served) -> None:
    """Its resources are in another place."""
    old, new = encode({"region": "eu-central-1"}), encode({"region": "eu-west-1"})
    changed = provider.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=old, news=new))
    same = provider.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=old, news=old))

    assert list(changed.replaces) == ["region"]
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize("call", ["Check", "Diff", "Create", "Read", "Update", "Delete"])
def test_an_unknown_type_is_an_error_that_names_it(provider: Served, call: str) -> None:
    """In every call."""
    requests = {
        "Check": provider_pb2.CheckRequest,
        "Diff": provider_pb2.DiffRequest,
        "Create": provider_pb2.CreateRequest,
        "Read": provider_pb2.ReadRequest,
        "Update": provider_pb2.UpdateRequest,
        "Delete": provider_pb2.DeleteRequest,
    }
    with pytest.raises(grpc.RpcError) as caught:
        getattr(provider.stub, call)(requests[call](urn=provider.urn(UNKNOWN_TYPE, "a")))

    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert UNKNOWN_TYPE in caught.value.details()


def test_an_unknown_function_is_an_error_that_names_it(provider: Served) -> None:
    """Never an empty answer."""
    with pytest.raises(grpc.RpcError) as caught:
        provider.invoke("aws:ec2/getVpc:getVpc")

    assert "aws:ec2/getVpc:getVpc" in caught.value.details()


def test_what_aws_refuses_is_told_in_its_words(provider: Served, world: World) -> None:
    """One line: what was done to what, AWS's code and AWS's message."""
    with pytest.raises(grpc.RpcError) as caught:
        provider.create(ROLE, "twin", {"name": world.role["RoleName"], "assumeRolePolicy": TRUST})

    assert caught.value.details() == (
        f"creating {ROLE} twin: EntityAlreadyExists: "
        f"Role with name {world.role['RoleName']} already exists."
    )


def test_a_resource_that_is_not_complete_keeps_its_id(provider: Served) -> None:
    """So that an engine can repair it instead of forgetting it."""
    broken = [{"name": "read", "policy": '{"Version": "2012-10-17", "Statement": []}'}]
    with pytest.raises(grpc.RpcError) as caught:
        provider.create(ROLE, "half", {"assumeRolePolicy": TRUST, "inlinePolicies": broken})

    trailers = dict(caught.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id.startswith("half-")
    assert len(detail.reasons) == 1
    provider.delete(Kept(provider.urn(ROLE, "half"), detail.id, decode(detail.inputs), {}))


def test_secrets_go_in_and_come_out_as_secrets(provider: Served) -> None:
    """Those that the program marked, and those that AWS makes."""
    key = provider.create(
        "aws:apigateway/apiKey:ApiKey", "client", {"description": Secret("for the clinic")}
    )
    found = provider.read(key)
    provider.delete(key)

    assert found is not None
    assert key.inputs["description"] == Secret("for the clinic")
    assert key.outputs["description"] == found.outputs["description"] == Secret("for the clinic")
    assert isinstance(key.outputs["value"], Secret)


def test_a_given_name_goes_before_its_replacement_comes(provider: Served) -> None:
    """Two cannot bear it; a name that was made is made again."""
    named = {"name": "given", "assumeRolePolicy": TRUST}
    kept = Kept(
        provider.urn(ROLE, "a"), "given", provider.check(provider.urn(ROLE, "a"), named), {}
    )
    made = provider.check(kept.urn, {"assumeRolePolicy": TRUST})

    given = provider.diff(kept, {**named, "path": "/x/"})
    automatic = provider.diff(
        Kept(kept.urn, "a", made, {}), {"assumeRolePolicy": TRUST, "path": "/x/"}
    )

    assert list(given.replaces) == list(automatic.replaces) == ["path"]
    assert given.deleteBeforeReplace
    assert not automatic.deleteBeforeReplace


def test_ignored_changes_are_none(provider: Served) -> None:
    """An option of Pulumi's; a path takes what is below it along."""
    kept = provider.create(ROLE, "ignoring", {"assumeRolePolicy": TRUST})
    news = {"assumeRolePolicy": TRUST, "description": "new", "tags": {"a": "b"}}

    some = provider.diff(kept, news, ("description",))
    none = provider.diff(kept, news, ("description", "tags"))
    provider.delete(kept)

    assert list(some.diffs) == ["tags"]
    assert some.detailedDiff["tags.a"].kind == provider_pb2.PropertyDiff.ADD
    assert none.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_previewed_update_leaves_unknown_what_it_may_change(
    provider: Served, world: World
) -> None:
    """What stays is known."""
    table = {
        "hashKey": "pk",
        "attributes": [{"name": "pk", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
    }
    kept = provider.create("aws:dynamodb/table:Table", "stream", table)
    streaming = {**table, "streamEnabled": True, "streamViewType": "KEYS_ONLY"}

    planned = provider.update(kept, streaming, preview=True)
    provider.delete(kept)

    assert planned.outputs["arn"] == kept.outputs["arn"]
    assert "streamArn" not in kept.outputs or planned.outputs["streamArn"] is UNKNOWN


def test_drift_is_found(provider: Served, world: World) -> None:
    """Someone changed it by hand."""
    kept = provider.create(ROLE, "drifting", {"assumeRolePolicy": TRUST, "tags": {"a": "b"}})
    world.client("iam").tag_role(RoleName=kept.id, Tags=[{"Key": "a", "Value": "c"}])

    found = provider.read(kept)
    provider.delete(kept)

    assert found is not None
    assert found.inputs["tags"] == {"stage": "local", "a": "c"}


def test_a_region_of_its_own_is_where_a_resource_goes(provider: Served, world: World) -> None:
    """Every AWS type takes one; another region is another resource."""
    kept = provider.create("aws:sns/topic:Topic", "far", {"region": "eu-west-1"})
    moved = provider.diff(kept, {"region": "eu-west-2"})
    found = provider.read(kept)
    provider.delete(kept)

    assert kept.id.startswith("arn:aws:sns:eu-west-1:")
    assert found is not None
    assert list(moved.replaces) == ["region"]


def test_functions_answer_for_the_stages_aws(provider: Served) -> None:
    """Account, region, partition, zones."""
    identity = provider.invoke("aws:index/getCallerIdentity:getCallerIdentity")
    region = provider.invoke("aws:index/getRegion:getRegion")
    partition = provider.invoke("aws:index/getPartition:getPartition")
    zones = provider.invoke("aws:index/getAvailabilityZones:getAvailabilityZones")

    assert identity["accountId"] == "000000000000"
    assert region["region"] == "eu-central-1"
    assert partition["partition"] == "aws"
    assert partition["dnsSuffix"] == "amazonaws.com"
    assert partition["reverseDnsPrefix"] == "com.amazonaws"
    assert zones["names"] == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]


def test_a_policy_document_is_put_together(provider: Served) -> None:
    """Statements with the same Sid replace each other."""
    answer = provider.invoke(
        "aws:iam/getPolicyDocument:getPolicyDocument",
        {
            "statements": [
                {
                    "sid": "Read",
                    "actions": ["s3:GetObject"],
                    "resources": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
                    "principals": [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}],
                    "conditions": [
                        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}
                    ],
                }
            ],
            "overridePolicyDocuments": [
                json.dumps({"Statement": [{"Sid": "More", "Effect": "Deny", "Action": "s3:*"}]})
            ],
        },
    )

    assert json.loads(answer["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"],
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
            },
            {"Sid": "More", "Effect": "Deny", "Action": "s3:*"},
        ],
    }


def test_an_unknown_property_does_not_reach_aws(provider: Served) -> None:
    """The check refuses it."""
    with pytest.raises(RefusedError, match="descripton: there is no property 'descripton'"):
        provider.create(ROLE, "a", {"assumeRolePolicy": TRUST, "descripton": "x"})
