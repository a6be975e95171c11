"""What an engine takes in of several documents: of each resource the newest."""

from __future__ import annotations

from collections.abc import Iterable

from hearth_server.search.engines.protocol import Document
from hearth_server.store.protocol import Key


def newest(documents: Iterable[Document]) -> list[Document]:
    """Return the newest of the documents of each resource."""
    found: dict[Key, Document] = {}
    for document in documents:
        known = found.get(document.key)
        if known is None or known.version < document.version:
            found[document.key] = document
    return list(found.values())
