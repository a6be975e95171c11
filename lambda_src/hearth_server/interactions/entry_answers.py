"""The entries of the answer to a batch or transaction.

https://hl7.org/fhir/R4/bundle.html#transaction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from hearth_server.errors import HearthError
from hearth_server.fhir.dates import instant
from hearth_server.rest import outcome
from hearth_server.rest.headers import etag
from hearth_server.rest.response import Response


def answered(response: Response, base_url: str) -> dict[str, Any]:
    """Return the entry of the answer that carries a response."""
    entry: dict[str, Any] = {}
    said: dict[str, Any] = {"status": _status_line(response.status)}
    record = response.record
    if record is not None:
        if "Location" in response.headers:
            key = record.key
            said["location"] = f"{key.type}/{key.id}/_history/{record.version}"
        said["etag"] = etag(record.version)
        said["lastModified"] = instant(record.last_updated)
    if response.body:
        raw = msgspec.Raw(response.body)
        if response.is_outcome:
            said["outcome"] = raw
        else:
            if record is not None:
                entry["fullUrl"] = f"{base_url}/{record.key.type}/{record.key.id}"
            entry["resource"] = raw
    entry["response"] = said
    return entry


def failed(error: HearthError) -> dict[str, Any]:
    """Return the entry of the answer that tells of an error."""
    return {
        "response": {
            "status": _status_line(outcome.status_of(error)),
            "outcome": outcome.operation_outcome(error.issues),
        }
    }


def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
