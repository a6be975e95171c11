"""`DynamoDBStore`: records in the table `resources`, one immutable item per version."""

from __future__ import annotations

from hearth_server.store.dynamodb.store import DynamoDBStore

__all__ = ["DynamoDBStore"]
