"""The answers that API Gateway gives by itself, each as a FHIR OperationOutcome.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pulumi
from pulumi_aws import apigateway

Shape = Mapping[str, Mapping[str, Any]]


def shape() -> Shape:
    """Return every gateway response by type, as API Gateway takes it."""
    table = resources.files("hearth_aws").joinpath("gateway_responses.json")
    rows = json.loads(table.read_text(encoding="utf-8"))
    return {row["type"]: _response(row) for row in rows}


def create(
    name: str, api_id: pulumi.Input[str], responses: Shape, options: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Create them all for one API."""
    return [
        apigateway.Response(
            f"{name}-{response_type.lower().replace('_', '-')}",
            rest_api_id=api_id,
            response_type=response_type,
            status_code=response["status_code"],
            response_parameters=response["response_parameters"],
            response_templates=response["response_templates"],
            opts=options,
        )
        for response_type, response in responses.items()
    ]


def _response(row: Mapping[str, Any]) -> Mapping[str, Any]:
    headers = {
        "Content-Type": "'application/fhir+json;charset=utf-8'",
        "Cache-Control": "'no-store'",
        # A script may read what went wrong, as it may read the server's own answers.
        "Access-Control-Allow-Origin": "'*'",
        "Access-Control-Expose-Headers": "'Retry-After,WWW-Authenticate'",
    }
    if row.get("challenge"):
        headers["WWW-Authenticate"] = "'Bearer'"
    if "retry_after" in row:
        headers["Retry-After"] = f"'{row['retry_after']}'"
    return {
        "status_code": row["status"],
        "response_parameters": {
            f"gatewayresponse.header.{header}": value for header, value in headers.items()
        },
        # API Gateway looks for the template of application/json whatever the client accepts.
        "response_templates": {"application/json": _outcome(row["code"], row["text"])},
    }


def _outcome(code: str, text: str) -> str:
    """Return an OperationOutcome. It echoes nothing of the request, which may hold anything."""
    issue = {
        "severity": "error",
        "code": code,
        "details": {"text": text},
        "diagnostics": "Request $context.requestId",
    }
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    return json.dumps(outcome, separators=(",", ":"))
