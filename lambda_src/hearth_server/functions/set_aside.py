"""Puts stream records that can never be indexed into the bucket of failed records, whole.

An object looks as one that Lambda's own on-failure destination has written, so that
`hearth redrive` replays both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from hearth_server.functions import wiring

PREFIX = "indexer"


def put(record: Mapping[str, Any]) -> None:
    """Write a record as an object of its own; the same record is always the same object.

    Raises CallFailed and Unanswered.
    """
    now = datetime.now(UTC)
    payload = msgspec.json.encode({"Records": [record]}).decode()
    number = record["dynamodb"]["SequenceNumber"]
    digest = sha256(msgspec.json.encode(record, order="deterministic")).hexdigest()[:16]
    body = {"version": "1.0", "timestamp": now.isoformat(), "payload": payload}
    key = f"{PREFIX}/{number}-{digest}.json"
    wiring.failed_records().put(key, msgspec.json.encode(body))
