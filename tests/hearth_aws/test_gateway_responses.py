"""What API Gateway answers by itself is an OperationOutcome with the right status and code."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.hearth_aws.programs import by_default

EXPECTED = {
    "DEFAULT_4XX": (None, "processing"),
    "DEFAULT_5XX": (None, "exception"),
    "UNAUTHORIZED": ("401", "login"),
    "EXPIRED_TOKEN": ("401", "expired"),
    "INVALID_SIGNATURE": ("401", "login"),
    "ACCESS_DENIED": ("403", "forbidden"),
    "INVALID_API_KEY": ("403", "forbidden"),
    "WAF_FILTERED": ("403", "suppressed"),
    "MISSING_AUTHENTICATION_TOKEN": ("404", "not-found"),
    "RESOURCE_NOT_FOUND": ("404", "not-found"),
    "BAD_REQUEST_PARAMETERS": ("400", "invalid"),
    "BAD_REQUEST_BODY": ("400", "structure"),
    "REQUEST_TOO_LARGE": ("413", "too-long"),
    "UNSUPPORTED_MEDIA_TYPE": ("415", "not-supported"),
    "QUOTA_EXCEEDED": ("429", "throttled"),
    "THROTTLED": ("429", "throttled"),
    "API_CONFIGURATION_ERROR": ("500", "exception"),
    "AUTHORIZER_CONFIGURATION_ERROR": ("500", "exception"),
    "AUTHORIZER_FAILURE": ("500", "exception"),
    "INTEGRATION_FAILURE": (None, "exception"),  # 502 or 504, as it happens
    "INTEGRATION_TIMEOUT": ("504", "timeout"),
}


def _responses() -> dict[str, Any]:
    found = by_default().all("apigateway/response:Response")
    return {each.inputs["responseType"]: each.inputs for each in found}


def _outcome(response: dict[str, Any]) -> dict[str, Any]:
    (template,) = response["responseTemplates"].items()
    assert template[0] == "application/json"
    outcome: dict[str, Any] = json.loads(template[1])
    return outcome


def test_every_type_that_api_gateway_knows_has_a_response() -> None:
    model = boto3.client("apigateway", region_name="eu-central-1").meta.service_model

    assert sorted(_responses()) == sorted(model.shape_for("GatewayResponseType").enum)


@pytest.mark.parametrize("type_", EXPECTED)
def test_a_response_is_an_outcome(type_: str) -> None:
    status, code = EXPECTED[type_]
    response = _responses()[type_]
    outcome = _outcome(response)

    assert response.get("statusCode") == status
    headers = {
        "gatewayresponse.header.Content-Type": "'application/fhir+json;charset=utf-8'",
        "gatewayresponse.header.Cache-Control": "'no-store'",
        "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
        "gatewayresponse.header.Access-Control-Expose-Headers": "'Retry-After,WWW-Authenticate'",
    }
    assert headers.items() <= response["responseParameters"].items()
    assert outcome == {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": code,
                "details": {"text": outcome["issue"][0]["details"]["text"]},
                "diagnostics": "Request $context.requestId",
            }
        ],
    }
    assert outcome["issue"][0]["details"]["text"].endswith(".")


def test_a_missing_or_wrong_token_is_answered_with_a_challenge() -> None:
    challenged = {
        type_: each["responseParameters"].get("gatewayresponse.header.WWW-Authenticate")
        for type_, each in _responses().items()
        if each.get("statusCode") == "401"
    }

    assert challenged == {
        "UNAUTHORIZED": "'Bearer'",
        "EXPIRED_TOKEN": "'Bearer'",
        "INVALID_SIGNATURE": "'Bearer'",
    }


def test_a_client_is_told_when_to_try_again() -> None:
    header = "gatewayresponse.header.Retry-After"

    waits = {
        type_: each["responseParameters"][header]
        for type_, each in _responses().items()
        if header in each["responseParameters"]
    }

    assert waits == {
        "QUOTA_EXCEEDED": "'3600'",
        "THROTTLED": "'1'",
        "INTEGRATION_TIMEOUT": "'1'",
    }


def test_no_response_echoes_anything_of_the_request() -> None:
    for response in _responses().values():
        text = json.dumps(response).replace("$context.requestId", "")
        assert "$" not in text
