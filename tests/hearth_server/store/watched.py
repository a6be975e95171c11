"""A client of DynamoDB that tests watch, and end, at the call that they choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hearth_server.aws.dynamodb import DynamoDBClient

Watch = Callable[[str, Mapping[str, Any]], None]


class Crash(BaseException):
    """The process ends here."""


class Watched:
    """A client of DynamoDB whose calls are watched before they are made."""

    def __init__(self, inner: DynamoDBClient, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def call(
        self, operation: str, payload: Mapping[str, Any], call_seconds: float | None = None
    ) -> dict[str, Any]:
        """Return the answer of the inner client."""
        self._watch(operation, payload)
        return self._inner.call(operation, payload, call_seconds)


def is_flip(operation: str, payload: Mapping[str, Any]) -> bool:
    """Say whether a call commits a staged transaction."""
    values = payload.get("ExpressionAttributeValues", {})
    return operation == "UpdateItem" and values.get(":new") == {"S": "committed"}


def crash_at_the_flip(operation: str, payload: Mapping[str, Any]) -> None:
    """End the process right before the commit."""
    if is_flip(operation, payload):
        raise Crash
