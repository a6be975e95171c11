"""From a stored record to the document that an engine takes in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from hearth_server.fhir.definitions import is_resource_type
from hearth_server.search.engines.protocol import Document
from hearth_server.search.entries import Entries
from hearth_server.search.extract import extract
from hearth_server.search.folding import fold
from hearth_server.store.protocol import Record

WORDS_LENGTH = 200_000
"""Characters of a resource's texts that `_content` and `_text` look at."""

_NOT_TEXT = frozenset(
    {"resourceType", "id", "meta", "reference", "system", "url", "data", "div", "contained"}
)
"""Names below which nothing is written for people; the narrative is read on its own."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_TAG = re.compile(r"<[^>]*>")


def document(record: Record) -> Document:
    """Return the document of a record, which has been checked when it was stored."""
    updated = record.last_updated * 1000
    if record.deleted:
        return Document(record.key, record.version, updated, None)
    resource = _decoder.decode(record.body)
    narrative = _narrative(resource)
    return Document(
        record.key,
        record.version,
        updated,
        extract(resource),
        tuple(_contained(resource)),
        _words(narrative),
        _words(" ".join((narrative, *_texts(resource)))),
    )


def _contained(resource: Mapping[str, Any]) -> Iterator[tuple[str, str, Entries]]:
    for inner in resource.get("contained", ()):
        type, id = inner.get("resourceType", ""), inner.get("id")
        if id and is_resource_type(type):
            yield type, id, extract(inner)


def _narrative(resource: Mapping[str, Any]) -> str:
    div = resource.get("text", {}).get("div", "")
    return html.unescape(_TAG.sub(" ", div[:WORDS_LENGTH])) if div else ""


def _texts(resource: Mapping[str, Any]) -> list[str]:
    """Return what is written for people, however deep, in no order."""
    found: list[str] = []
    waiting: list[Any] = [resource]
    while waiting:
        value = waiting.pop()
        children = value
        if type(value) is dict:
            children = [child for name, child in value.items() if name not in _NOT_TEXT]
        for child in children:
            kind = type(child)
            if kind is str:
                found.append(child)
            elif kind is dict or kind is list:
                waiting.append(child)
    return found


def _words(text: str) -> str:
    """Return each word once, folded, with a space on either side."""
    if not text:
        return ""
    words = dict.fromkeys(fold.__wrapped__(text[:WORDS_LENGTH]).split())
    return f" {' '.join(words)} " if words else ""
