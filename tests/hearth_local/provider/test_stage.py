"""What a stage needs beyond single types: an address that stays, a whole API that answers."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import grpc
import pytest

from tests.hearth_local.provider.cases.compute import code
from tests.hearth_local.provider.serving import Kept, Served, serving
from tests.hearth_local.provider.world import CODE, World
from tests.services.ministack import MiniStack, ministack

API = "aws:apigateway/restApi:RestApi"


def test_an_apis_address_outlives_ministack(provider: Served) -> None:
    """Its id comes from its URN, so clients keep their base URL when the stage is made again."""
    before = provider.create(API, "fhir", {})
    with ministack() as another, serving(another.url) as served:
        after = served.create(API, "fhir", {})
    provider.delete(before)

    assert after.id == before.id


def test_an_api_that_is_replaced_gets_another_id(provider: Served) -> None:
    """The old one is still there when the new one comes."""
    old = provider.create(API, "fhir", {})
    new = provider.create(API, "fhir", {"name": "another"})
    provider.delete(old)
    provider.delete(new)

    assert new.id != old.id
    assert provider.read(new) is None


def test_a_method_that_changes_keeps_what_it_calls(provider: Served, world: World) -> None:
    """MiniStack's own put would forget the integration, and a patch turn the key on."""
    path = world.new_path(method=False)
    where = {"restApi": world.api, "resourceId": path, "httpMethod": "POST"}
    method = "aws:apigateway/method:Method"
    made = provider.create(method, "m", {**where, "authorization": "NONE", "apiKeyRequired": True})
    provider.create("aws:apigateway/integration:Integration", "i", {**where, "type": "MOCK"})

    provider.update(made, {**where, "authorization": "NONE", "apiKeyRequired": False})

    found = world.client("apigateway").get_method(
        restApiId=world.api, resourceId=path, httpMethod="POST"
    )
    assert found["apiKeyRequired"] is False
    assert found["methodIntegration"]["type"] == "MOCK"


def test_a_group_that_changes_keeps_its_members(provider: Served, world: World) -> None:
    """MiniStack cannot change a group, so it is made anew."""
    pool, cognito = world.pool["Id"], world.client("cognito-idp")
    group = {"userPoolId": pool, "name": "nurses"}
    kept = provider.create("aws:cognito/userGroup:UserGroup", "g", group)
    cognito.admin_add_user_to_group(UserPoolId=pool, GroupName="nurses", Username="ann")

    kept = provider.update(kept, {**group, "description": "day and night"})

    users = cognito.list_users_in_group(UserPoolId=pool, GroupName="nurses")["Users"]
    provider.delete(kept)
    assert [user["Username"] for user in users] == ["ann"]


def test_a_protected_user_pool_is_not_deleted(provider: Served, world: World) -> None:
    """AWS refuses; MiniStack would not."""
    kind = "aws:cognito/userPool:UserPool"
    kept = provider.create(kind, "patients", {"deletionProtection": "ACTIVE"})
    with pytest.raises(grpc.RpcError, match="is protected: set deletionProtection to INACTIVE"):
        provider.delete(kept)

    kept = provider.update(kept, {"deletionProtection": "INACTIVE"})
    provider.delete(kept)

    assert provider.read(kept) is None


def test_a_function_behind_an_api_answers_those_with_a_key(
    provider: Served, world: World, stack: MiniStack
) -> None:
    """Made by the provider alone, called as a client does; new code answers at the next call."""
    inputs = {
        "role": world.role["Arn"],
        "runtime": "python3.12",
        "handler": "main.handler",
        "publish": True,
    }
    function = provider.create("aws:lambda/function:Function", "f", {**inputs, "code": code()})
    alias = _alias(provider, function, None)
    url, key = _api(provider, alias.outputs["invokeArn"])

    answers = [_call(url, None), _call(url, key)]
    changed = code(CODE.replace("'ok'", "'new'"))
    function = provider.update(function, {**inputs, "code": changed})
    _alias(provider, function, alias)
    answers.append(_call(url, key))

    assert answers == [(403, b'{"message":"Forbidden"}'), (200, b"ok"), (200, b"new")]


def _alias(provider: Served, function: Kept, alias: Kept | None) -> Kept:
    inputs = {"functionName": function.id, "functionVersion": function.outputs["version"]}
    if alias:
        return provider.update(alias, {**inputs, "name": "live"})
    return provider.create("aws:lambda/alias:Alias", "live", {**inputs, "name": "live"})


def _api(provider: Served, uri: str) -> tuple[str, str]:
    """Return the URL and the key of an API that calls `uri`."""

    def made(kind: str, **inputs: Any) -> Kept:
        return provider.create(f"aws:apigateway/{kind}", "whole", inputs)

    api = made("restApi:RestApi", endpointConfiguration={"types": "REGIONAL"})
    place = {"restApi": api.id, "resourceId": api.outputs["rootResourceId"], "httpMethod": "ANY"}
    made("method:Method", **place, authorization="NONE", apiKeyRequired=True)
    made(
        "integration:Integration",
        **place,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=uri,
    )
    deployment = made("deployment:Deployment", restApi=api.id)
    stage = made("stage:Stage", restApi=api.id, deployment=deployment.id, stageName="live")
    plan = made("usagePlan:UsagePlan", apiStages=[{"apiId": api.id, "stage": "live"}])
    key = made("apiKey:ApiKey")
    made("usagePlanKey:UsagePlanKey", usagePlanId=plan.id, keyId=key.id, keyType="API_KEY")
    return str(stage.outputs["invokeUrl"]), str(key.outputs["value"].value)


def _call(url: str, key: str | None) -> tuple[int, bytes]:
    request = urllib.request.Request(f"{url}/", headers={"x-api-key": key} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_refresh_gives_no_inputs_to_a_resource_that_the_program_gave_none(
    provider: Served,
) -> None:
    """Else the next update would take them away again, and make another key for that."""
    kept = provider.create("aws:kms/key:Key", "plain", {})

    seen = provider.read(kept)

    assert seen is not None
    assert seen.inputs == kept.inputs
    provider.delete(kept)
