"""Bad input through the stage's real way in: a clear 4xx, and nothing is changed."""

from __future__ import annotations

import time
from typing import Any

import boto3
import pytest

from tests.services.local_stage import Answer, LocalStage

JSON = {"Content-Type": "application/fhir+json"}


def outcome(answer: Answer) -> list[str]:
    """Return the codes of the issues of an OperationOutcome."""
    assert answer.headers["content-type"].startswith("application/fhir+json")
    body = answer.json
    assert body["resourceType"] == "OperationOutcome"
    assert all(each.get("details", {}).get("text") or each["diagnostics"] for each in body["issue"])
    return [each["code"] for each in body["issue"] if each["severity"] in ("error", "fatal")]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        pytest.param("POST", "Patient", b"{", 400, "structure", id="not JSON"),
        pytest.param("POST", "Patient", b"", 400, "structure", id="empty body"),
        pytest.param("POST", "Patient", b"[" * 10_000_000, 413, "too-long", id="10 MB of ["),
        pytest.param("POST", "Patient", b"[" * 2_000_000, 400, "structure", id="2 MB of ["),
        pytest.param("POST", "Patient", b'{"resourceType":"Patient","id":"\xff"}', 400,
                     "structure", id="invalid UTF-8"),
        pytest.param("POST", "Patient", {"resourceType": "Observation"}, 400, "invalid",
                     id="body of another type"),
        pytest.param("POST", "Patient", {"resourceType": "Patiant"}, 400, None,
                     id="a resourceType that is none"),
        pytest.param("POST", "Patiant", {"resourceType": "Patiant"}, 404, "not-supported",
                     id="a type that R4 does not have"),
        pytest.param("PUT", "Patient/a_b", {"resourceType": "Patient", "id": "a_b"}, 400, "value",
                     id="an id with an illegal character"),
        pytest.param("PUT", "Patient/bad-1", {"resourceType": "Patient", "id": "bad-2"}, 400,
                     "invalid", id="body of another id"),
        pytest.param("GET", "Patient?colour=red", None, 400, None, id="unknown parameter"),
        pytest.param("POST", "", {"resourceType": "Bundle", "type": "transaction",
                                  "entry": [{"resource": {"resourceType": "Patient"}}]}, 400,
                     None, id="an entry without a request"),
    ],
)  # fmt: skip
def test_bad_input_is_a_clear_4xx(
    stage: LocalStage, method: str, path: str, body: Any, status: int, code: str | None
) -> None:
    before = stage.call("GET", "Patient?_summary=count").json["total"]

    answer = stage.call(method, path, body, headers=JSON if body is not None else None)

    assert answer.status == status, answer.body[:300]
    codes = outcome(answer)
    assert codes
    assert code is None or code in codes
    assert stage.call("GET", "Patient?_summary=count").json["total"] == before


def test_no_token_a_wrong_token_and_no_key_are_told_apart(stage: LocalStage) -> None:
    key = {"x-api-key": stage.api_key}
    nobody = stage.call("GET", "Patient", signed_in=False)
    wrong = stage.call(
        "GET", "Patient", signed_in=False, headers={**key, "Authorization": "Bearer a.b.c"}
    )
    keyless = stage.call(
        "GET", "Patient", signed_in=False, headers={"Authorization": f"Bearer {stage.token}"}
    )

    assert [each.status for each in (nobody, wrong, keyless)] == [401, 401, 403]
    assert [outcome(each) for each in (nobody, wrong, keyless)] == [
        ["login"], ["login"], ["forbidden"],
    ]  # fmt: skip
    assert "Bearer" in nobody.headers["www-authenticate"]


def test_an_expired_token_is_401(stage: LocalStage) -> None:
    token = _token_of_a_second(stage)
    headers = {"x-api-key": stage.api_key, "Authorization": f"Bearer {token}"}
    time.sleep(2)  # past the token's own expiry

    answer = stage.call("GET", "Patient", signed_in=False, headers=headers)

    assert answer.status == 401
    assert outcome(answer)


def test_what_is_open_needs_neither_token_nor_key(stage: LocalStage) -> None:
    capability = stage.call("GET", "metadata", signed_in=False)
    preflight = stage.call("OPTIONS", "Patient", signed_in=False)
    configuration = stage.call("GET", ".well-known/smart-configuration", signed_in=False)

    assert (capability.status, capability.json["fhirVersion"]) == (200, "4.0.1")
    assert preflight.status in (200, 204)
    assert configuration.status in (200, 404)


def _token_of_a_second(stage: LocalStage) -> str:
    """Sign in through a client of the same pool whose tokens last one second."""
    address = stage.base_url.partition("/_aws/")[0]
    cognito = boto3.client(
        "cognito-idp", endpoint_url=address, region_name="eu-central-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    pool = stage.outputs["userPoolId"]
    password = "Second-" + "x" * 12 + "1"
    cognito.admin_create_user(
        UserPoolId=pool,
        Username="second",
        TemporaryPassword=password,
        MessageAction="SUPPRESS",
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username="second", Password=password, Permanent=True
    )
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="second",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        IdTokenValidity=1,
        TokenValidityUnits={"IdToken": "seconds"},
    )["UserPoolClient"]["ClientId"]
    signed_in = cognito.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client,
        AuthParameters={"USERNAME": "second", "PASSWORD": password},
    )
    return str(signed_in["AuthenticationResult"]["IdToken"])
