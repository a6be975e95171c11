"""DynamoDB's API, its JSON as dictionaries.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from hearth_server.aws.credentials import Credentials
from hearth_server.aws.endpoint import Endpoint
from hearth_server.aws.errors import CallFailed, Unanswered
from hearth_server.aws.http import Answer, Request, Transport
from hearth_server.aws.service import Service

Item = dict[str, dict[str, Any]]
"""An item as DynamoDB's JSON: an attribute's name, and its value by its type."""

_CONFLICTS = frozenset({"TransactionConflictException", "ReplicatedWriteConflictException"})
"""What botocore leaves to its callers: another write was at the item in this very moment."""

_TARGET = "DynamoDB_20120810"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class DynamoDBClient(Protocol):
    """What a store needs of DynamoDB."""

    def call(
        self, operation: str, payload: Mapping[str, Any], call_seconds: float | None = None
    ) -> dict[str, Any]:
        """Return the answer. Raises CallFailed and Unanswered."""


class DynamoDB:
    """Calls DynamoDB."""

    def __init__(
        self,
        endpoint: Endpoint,
        region: str,
        credentials: Credentials,
        transport: Transport | None = None,
    ) -> None:
        self._service = Service(
            "dynamodb", endpoint, region, credentials, error_code, transport, _CONFLICTS
        )

    def call(
        self, operation: str, payload: Mapping[str, Any], call_seconds: float | None = None
    ) -> dict[str, Any]:
        """Return the answer of `operation`.

        Raises CallFailed for an answer that stays as it is, Unanswered when the time is up.
        """
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"{_TARGET}.{operation}",
        }
        request = Request("POST", "/", headers, _encode(payload))
        answer, code = self._service.send(operation, request, call_seconds)
        if code:
            raise CallFailed(operation, answer.status, code, _json(answer))
        expected = answer.headers.get("x-amz-crc32")
        if expected is not None and int(expected) != zlib.crc32(answer.body):
            # What was sent did take effect; what came back cannot be trusted.
            raise Unanswered(operation, "a damaged answer", uncertain=True)
        return _decode(answer.body)


def error_code(answer: Answer) -> str:
    """Return the error's code, such as ConditionalCheckFailedException."""
    kind = str(_json(answer).get("__type", ""))
    return kind.rpartition("#")[2] or f"status {answer.status}"


def _json(answer: Answer) -> dict[str, Any]:
    try:
        return _decode(answer.body)
    except msgspec.DecodeError:
        return {}
