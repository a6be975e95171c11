"""Stamps version and time into a resource and encodes it.

https://hl7.org/fhir/R4/resource.html#Meta
"""

from __future__ import annotations

from typing import Any

from hearth_server.errors import TooLarge
from hearth_server.fhir import json
from hearth_server.fhir.dates import instant
from hearth_server.store.limits import MAX_BODY_BYTES
from hearth_server.store.protocol import Key, Resource, Write


def stamped(write: Write, version: int, last_updated: int) -> bytes:
    """Return the body of the record that `write` makes; empty for a delete. Raises TooLarge.

    The keys keep the client's order; `id` and `meta` follow `resourceType` if they were absent.
    """
    if write.resource is None:
        return b""
    resource = _with_identity(write.resource, write.key)
    resource["meta"] = {
        **(resource.get("meta") or {"versionId": "", "lastUpdated": ""}),
        "versionId": str(version),
        "lastUpdated": instant(last_updated),
    }
    body = json.encode(resource)
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(
            f"The {write.key.type} has {len(body)} bytes as compact JSON; "
            f"the limit is {MAX_BODY_BYTES}."
        )
    return body


def _with_identity(resource: Resource, key: Key) -> dict[str, Any]:
    """Return a copy that has `id` and `meta`; the meta is None if it was absent."""
    missing = [name for name in ("id", "meta") if name not in resource]
    if not missing:
        copy = dict(resource)
    else:
        before = "resourceType" if "id" in missing else "id"
        copy = {}
        for name, value in resource.items():
            copy[name] = value
            if name == before:
                copy |= dict.fromkeys(missing)
    copy["id"] = key.id
    return copy
