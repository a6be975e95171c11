"""Synthea's patients as records, with the references of their bundles resolved.

The folder is named by HEARTH_SHARED_DATA and holds `synthea/*.json.gz`.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hearth_server.store.protocol import SINGLE_TENANT, Key, Record

FIRST_UPDATED = 1_700_000_000_000
_ID = re.compile(r"([0-9a-f]{8})(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_LINK = re.compile(r"urn:uuid:[0-9a-f-]{36}")


def folder() -> Path | None:
    """Return the folder with the bundles, None where it is not at hand."""
    shared = os.environ.get("HEARTH_SHARED_DATA")
    return Path(shared) / "synthea" if shared else None


def resources(copy: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every resource; another `copy` is the same data under other ids."""
    for text in _bundles():
        moved = _ID.sub(lambda found: _other(found, copy), text) if copy else text
        for entry in msgspec.json.decode(moved)["entry"]:
            yield entry["resource"]


def records(copies: int = 1) -> Iterator[Record]:
    """Yield a record of each resource, stored once a millisecond."""
    updated = FIRST_UPDATED
    for copy in range(copies):
        for resource in resources(copy):
            updated += 1
            key = Key(SINGLE_TENANT, resource["resourceType"], resource["id"])
            yield Record(key, 1, updated, "POST", msgspec.json.encode(resource))


@cache
def _bundles() -> list[str]:
    place = folder()
    assert place is not None
    return [_resolved(gzip.decompress(path.read_bytes())) for path in sorted(place.glob("*.gz"))]


def _resolved(body: bytes) -> str:
    targets = {
        entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in msgspec.json.decode(body)["entry"]
    }
    return _LINK.sub(lambda found: targets.get(found[0], found[0]), body.decode())


def _other(found: re.Match[str], copy: int) -> str:
    return f"{(int(found[1], 16) + copy * 0x9E3779B1) & 0xFFFFFFFF:08x}{found[2]}"
