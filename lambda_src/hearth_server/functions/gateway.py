"""API Gateway's proxy events (REST, version 1) to requests, and responses back.

On AWS the path keeps its percent-encoding and header names their case; MiniStack decodes the one
and lowers the other. Splitting before decoding, and lowering names, is right for both.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from msgspec import structs

from hearth_server.access.principal import Principal
from hearth_server.errors import Malformed
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response

Event = Mapping[str, Any]

_REPLACED = "\ufffd"
"""What API Gateway puts in place of bytes that are not UTF-8."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9\-._:/+=]{1,128}")

_MARGIN = 0.5
"""Seconds kept back from the function's time, to answer in."""


def request_from(event: Event, base_urls: Sequence[str], milliseconds_left: float) -> Request:
    """Return the request that an event carries, still without its body.

    `base_urls` are templates over {host}, {domain}, {api} and {stage}; answers name the first.
    """
    headers = _headers(event)
    context = event.get("requestContext") or {}
    base_url, *others = (_base_url(each, context, headers) for each in base_urls)
    return Request(
        method=event["httpMethod"].upper(),
        segments=_segments(event),
        query=_query(event),
        headers=headers,
        base_url=base_url,
        other_base_urls=tuple(dict.fromkeys(each for each in others if each != base_url)),
        principal=principal_from(context),
        request_id=_request_id(context, headers),
        deadline=time.monotonic() + milliseconds_left / 1000 - _MARGIN,
    )


def with_body(request: Request, event: Event) -> Request:
    """Return the request with the event's body.

    Raises Malformed for a body, a parameter or a header that is not UTF-8.
    """
    parts = [part for pair in request.query for part in pair]
    if not _is_text("".join((*parts, *request.headers.values()))):
        raise Malformed("A parameter or header holds half of a surrogate pair")
    return structs.replace(request, body=_body(event))


def event_from(response: Response) -> dict[str, Any]:
    """Return what API Gateway makes an HTTP response of."""
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": response.body.decode("utf-8"),
        "isBase64Encoded": False,
    }


def principal_from(context: Mapping[str, Any]) -> Principal | None:
    """Return the caller whom the authorizer vouched for; None where it was not asked."""
    claims = (context.get("authorizer") or {}).get("claims") or {}
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        return None
    return Principal(
        subject=subject,
        groups=_listed(claims.get("cognito:groups", "")),
        scopes=_listed(claims.get("scope", "")),
    )


def own_request_id(event: Event) -> str:
    """Return the id that API Gateway gave a request, whatever else is wrong with it."""
    return str((event.get("requestContext") or {}).get("requestId") or "")


def _listed(claim: object) -> tuple[str, ...]:
    """Return the members of a list that the authorizer turned into text: `a,b` or `[a b]`."""
    if isinstance(claim, list):
        return tuple(str(one) for one in claim)
    return tuple(re.split(r"[,\s]+", stripped)) if (stripped := str(claim).strip("[] ")) else ()


def _headers(event: Event) -> dict[str, str]:
    many = event.get("multiValueHeaders")
    if many:
        return {name.lower(): ", ".join(values) for name, values in many.items()}
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def _segments(event: Event) -> tuple[str, ...]:
    """Return the path below the base URL: neither the stage nor a base path mapping is in it."""
    path = event.get("resource") or ""
    for name, value in (event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}+}}", value).replace(f"{{{name}}}", value)
    trimmed = path.removeprefix("/").removesuffix("/")
    return tuple(unquote(part) for part in trimmed.split("/")) if trimmed else ()


def _query(event: Event) -> tuple[tuple[str, str], ...]:
    many = event.get("multiValueQueryStringParameters")
    if many:
        return tuple((name, value) for name, values in many.items() for value in values)
    return tuple((event.get("queryStringParameters") or {}).items())


def _body(event: Event) -> bytes:
    text = event.get("body")
    if not text:
        return b""
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("The body is not the base64 that it is said to be") from None
    if not _is_text(text):
        raise Malformed("The body holds half of a surrogate pair")
    if _REPLACED in text:
        raise Malformed(
            "The body was not UTF-8, or holds U+FFFD, which stands for what was not;"
            " if it is meant, write it as \\ufffd"
        )
    body: bytes = text.encode("utf-8")
    return body


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _base_url(template: str, context: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    host = headers.get("host", "")
    url = template.format(
        host=host,
        domain=context.get("domainName") or host,
        api=context.get("apiId", ""),
        stage=context.get("stage", ""),
    )
    return url.rstrip("/")


def _request_id(context: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    sent = headers.get("x-request-id", "")
    if _REQUEST_ID.fullmatch(sent):
        return sent
    return str(context.get("requestId") or "")
