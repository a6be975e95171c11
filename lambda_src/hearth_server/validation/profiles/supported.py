"""Which profiles a stage supports: those of the guides that it has, and those that it requires.

https://hl7.org/fhir/R4/profiling.html#CapabilityStatement
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from hearth_server.fhir.definitions import is_resource_type


class _Row(msgspec.Struct):
    type: str


def supported_profiles(
    guides: Path, required: Mapping[str, Sequence[str]]
) -> dict[str, frozenset[str]]:
    """Return the canonical URLs of the profiles on each resource type.

    `guides` holds a folder of tables for each guide; several versions of one have the same URLs.
    """
    found = {type: frozenset(urls) for type, urls in required.items()}
    for table in guides.glob("*/profiles.json"):
        for url, row in msgspec.json.decode(table.read_bytes(), type=dict[str, _Row]).items():
            if is_resource_type(row.type):  # others are of extensions and data types
                found[row.type] = found.get(row.type, frozenset()) | {url}
    return found
