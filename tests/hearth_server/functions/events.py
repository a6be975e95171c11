"""Events as Amazon API Gateway sends them for a REST API with a Lambda proxy integration."""

from __future__ import annotations

from typing import Any

CLAIMS = {
    "sub": "0e8d1b6a-5d9a-4b1f-9c0e-7c2f6a1b2c3d",
    "aud": "3n4b5urk1ft4fl3mg5e62d9ado",
    "cognito:groups": "practitioner",
    "token_use": "id",
    "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
    "cognito:username": "demo",
    "exp": "Sun Nov 22 02:00:00 UTC 2026",
}


def aws_event(**changes: Any) -> dict[str, Any]:
    """Return `GET /dev/Patient/1` as it arrives in eu-central-1, with changes at the top."""
    event: dict[str, Any] = {
        "resource": "/{proxy+}",
        "path": "/Patient/1",
        "httpMethod": "GET",
        "headers": {
            "Accept": "application/fhir+json",
            "CloudFront-Viewer-Country": "DE",
            "Host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
            "User-Agent": "curl/8.5.0",
            "X-Amzn-Trace-Id": "Root=1-656a0f1e-2f5d4c3b2a1908f7e6d5c4b3",
            "x-api-key": "of-the-plan",
            "X-Forwarded-For": "198.51.100.7",
            "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
        },
        "multiValueHeaders": {
            "Accept": ["application/fhir+json"],
            "Host": ["a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"],
            "User-Agent": ["curl/8.5.0"],
            "x-api-key": ["of-the-plan"],
            "X-Forwarded-Proto": ["https"],
        },
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": "Patient/1"},
        "stageVariables": None,
        "requestContext": {
            "resourceId": "z9y8x7",
            "authorizer": {"claims": dict(CLAIMS)},
            "resourcePath": "/{proxy+}",
            "operationName": None,
            "httpMethod": "GET",
            "extendedRequestId": "OxT2pFiBFiAFhXw=",
            "requestTime": "22/Nov/2026:01:39:21 +0000",
            "path": "/dev/Patient/1",
            "accountId": "111122223333",
            "protocol": "HTTP/1.1",
            "stage": "dev",
            "domainPrefix": "a1b2c3d4e5",
            "requestTimeEpoch": 1795311561735,
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "198.51.100.7", "userAgent": "curl/8.5.0"},
            "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
            "deploymentId": "q1w2e3",
            "apiId": "a1b2c3d4e5",
        },
        "body": None,
        "isBase64Encoded": False,
    }
    return event | changes


def ministack_event(**changes: Any) -> dict[str, Any]:
    """Return the same request as MiniStack sends it: lower-case headers, no domain name."""
    headers = {
        "host": "127.0.0.1:4566",
        "user-agent": "curl/8.5.0",
        "accept": "application/fhir+json",
    }
    event: dict[str, Any] = {
        "version": "1.0",
        "resource": "/{proxy+}",
        "path": "/Patient/1",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": "Patient/1"},
        "stageVariables": None,
        "requestContext": {
            "accountId": "000000000000",
            "resourceId": "abc123",
            "stage": "local",
            "requestId": "8c7f2a52-0d7b-4b59-8b52-9b6c1c9e0a11",
            "path": "/local/Patient/1",
            "protocol": "HTTP/1.1",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": "curl/8.5.0"},
            "resourcePath": "/{proxy+}",
            "httpMethod": "GET",
            "apiId": "f00dcafe",
            "authorizer": {"claims": {**CLAIMS, "cognito:groups": "[practitioner]"}},
        },
        "body": None,
        "isBase64Encoded": False,
    }
    return event | changes
