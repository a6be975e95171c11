"""Takes records into an index: what cannot be taken in keeps nothing else from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hearth_server.search.documents import document
from hearth_server.search.engines.protocol import Document, Unindexable
from hearth_server.store.protocol import Record

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What reading a resource raises that is not valid after all."""


def take_in(
    records: Sequence[Record], write: Callable[[Sequence[Document]], None]
) -> dict[Record, Exception]:
    """Write the documents of records; return those that could not be read or written, and why."""
    failed: dict[Record, Exception] = {}
    documents: list[tuple[Record, Document]] = []
    for record in records:
        try:
            documents.append((record, document(record)))
        except UNREADABLE as error:
            failed[record] = error
    try:
        write([each for _, each in documents])
    except Unindexable as error:
        refused = {each.key for each in error.documents}
        if not refused:
            return failed | _one_by_one(documents, write)
        failed |= {record: error for record, each in documents if each.key in refused}
    except ValueError:
        failed |= _one_by_one(documents, write)
    return failed


def _one_by_one(
    documents: Sequence[tuple[Record, Document]], write: Callable[[Sequence[Document]], None]
) -> dict[Record, Exception]:
    """Write what can be written; return the others."""
    failed: dict[Record, Exception] = {}
    for record, each in documents:
        try:
            write([each])
        except ValueError as error:
            failed[record] = error
    return failed
