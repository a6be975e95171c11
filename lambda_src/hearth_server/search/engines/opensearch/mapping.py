"""The mapping: fixed and strict, whatever the search parameters are.

Terms are flat; only what must be compared with itself is nested: the two ends of a range, the
parts of one element of a composite, and what one contained resource has.
https://opensearch.org/docs/2.19/field-types/
"""

from __future__ import annotations

from typing import Any

SCHEMA = 1
"""Goes up when the mapping or the terms change: the index is then to be built anew."""

MAXIMUM_PARTS = 10_000
"""Nested parts that one resource may have; the rest is left out of the index."""

_KEYWORD = {"type": "keyword", "doc_values": False}
_SORTED = {"type": "keyword"}
_LONG = {"type": "long"}
_UNSORTED_LONG = {"type": "long", "doc_values": False}
_ONLY_SORTED = {"type": "long", "index": False}
"""What nested parts are sorted by: where it is indexed besides, OpenSearch 2.19 tries to skip hits
that sort too low, and fails."""


def template(name: str, *, shards: int, refresh_seconds: float) -> dict[str, Any]:
    """Return the template of all indices whose names start with `name`."""
    return {
        "index_patterns": [f"{name}-*"],
        "priority": 100,
        "template": {
            "settings": {
                "number_of_shards": shards,
                "auto_expand_replicas": "0-1",
                "refresh_interval": f"{round(refresh_seconds * 1000)}ms",
                "mapping.nested_objects.limit": MAXIMUM_PARTS,
                "max_regex_length": 10_000,
            },
            "mappings": {
                "dynamic": "strict",
                "_meta": {"schema": SCHEMA},
                "_source": {"enabled": False},
                "properties": _resource(),
            },
        },
    }


def _resource() -> dict[str, Any]:
    return {
        "tenant": _KEYWORD,
        "scope": _KEYWORD,
        "deleted": {"type": "boolean"},
        "ref": _SORTED,
        "id": _SORTED,
        "rid": _LONG,
        "version": _ONLY_SORTED,
        "updated": _LONG,
        "excess": {"type": "long"},
        "narrative": _KEYWORD,
        "content": _KEYWORD,
        **_values(),
        "contained": _nested(
            {"ref": _SORTED, "type": _KEYWORD, "updated": _UNSORTED_LONG, **_values()}
        ),
    }


def _values() -> dict[str, Any]:
    return {
        "fields": _KEYWORD,
        **_flat(),
        **_ranges(),
        "places": _nested(
            {"field": _KEYWORD, "at": {"type": "geo_point", "ignore_malformed": True}}
        ),
        "elements": _nested({**_flat(), **_ranges()}),
    }


def _flat() -> dict[str, Any]:
    return {"terms": _SORTED, "exact": _KEYWORD, "passages": _KEYWORD, "links": _SORTED}


def _ranges() -> dict[str, Any]:
    moment = {"field": _KEYWORD, "low": _UNSORTED_LONG, "high": _UNSORTED_LONG, "at": _ONLY_SORTED}
    amount = {"field": _KEYWORD, "low": _SORTED, "high": _KEYWORD, "units": _KEYWORD}
    return {"moments": _nested(moment), "amounts": _nested(amount)}


def _nested(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "nested", "dynamic": "strict", "properties": properties}
