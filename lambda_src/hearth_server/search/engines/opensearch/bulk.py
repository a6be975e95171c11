"""Writes documents in bulk, and says which of them the index refuses.

The external version is FHIR's: what is not newer than what is there is refused, which is as well.
https://opensearch.org/docs/2.19/api-reference/document-apis/bulk/
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from hearth_server import deadline
from hearth_server.errors import Unavailable
from hearth_server.search.engines.opensearch.cluster import Cluster, Missing, Refused
from hearth_server.search.engines.opensearch.source import document_id, source
from hearth_server.search.engines.protocol import Document, Report, Unindexable
from hearth_server.store.protocol import Key

Refresh: TypeAlias = Literal["true", "wait_for", "false"]
"""Whether a write makes itself visible, waits until it is, or does neither."""

BATCH_BYTES = 4_000_000
"""Of one request: the smallest domains take 10 MB."""

ATTEMPTS = 6

_OLDER = 409
_GONE = 404
_BUSY = (403, 429, 500, 502, 503, 504)
"""403 is a ClusterBlockException: the domain takes no writes while its disk or memory is short.
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/handling-errors.html
"""


class Bulk:
    """Writes through the doors of generations."""

    def __init__(self, cluster: Cluster, refresh: Refresh, report: Report | None) -> None:
        self._cluster = cluster
        self._refresh = refresh
        self._report = report

    def write(self, documents: Sequence[Document], doors: Sequence[str], *, again: bool) -> None:
        """Take documents in; `again` replaces the same version too.

        Raises Unavailable, and Unindexable with the documents that are refused for good.
        """
        refused: dict[Key, str] = {}
        for batch in self._batches(documents, again):
            for door in doors:
                refused |= self._written(batch, door, alone=len(doors) == 1)
        if refused:
            named = [each for each in documents if each.key in refused]
            raise Unindexable(f"The index refuses them: {next(iter(refused.values()))}", named)

    def _batches(
        self, documents: Sequence[Document], again: bool
    ) -> Iterator[list[tuple[Document, bytes]]]:
        """Yield documents with their lines in groups that fit into one request."""
        batch: list[tuple[Document, bytes]] = []
        size = 0
        for document in documents:
            lines = self._lines(document, again)
            if batch and size + len(lines) > BATCH_BYTES:
                yield batch
                batch, size = [], 0
            batch.append((document, lines))
            size += len(lines)
        if batch:
            yield batch

    def _lines(self, document: Document, again: bool) -> bytes:
        made, excess = source(document)
        if excess and self._report is not None:
            self._report(document.key, excess)
        action = {
            "index": {
                "_id": document_id(document.key),
                "version": document.version,
                "version_type": "external_gte" if again else "external",
            }
        }
        return msgspec.json.encode(action) + b"\n" + msgspec.json.encode(made) + b"\n"

    def _written(
        self, batch: Sequence[tuple[Document, bytes]], door: str, *, alone: bool
    ) -> dict[Key, str]:
        """Send a batch until nothing of it is put off; return what is refused, and why.

        A generation that is gone has no use for it, unless it is the only one.
        """
        refused: dict[Key, str] = {}
        waiting = list(batch)
        for attempt in range(ATTEMPTS):
            answers = self._sent(waiting, door)
            put_off = []
            for pair, answer in zip(waiting, answers, strict=True):
                status = answer["status"]
                if status in _BUSY or (status == _GONE and alone):
                    put_off.append(pair)
                elif status >= 400 and status not in (_OLDER, _GONE):
                    refused[pair[0].key] = answer["error"]["type"]
            if not put_off:
                return refused
            waiting = put_off
            pause = random.uniform(0, 0.1 * 2**attempt)  # noqa: S311 - jitter
            if pause > deadline.remaining():
                break
            time.sleep(pause)
        raise Unavailable("The search index is busy")

    def _sent(self, batch: Sequence[tuple[Document, bytes]], door: str) -> list[dict[str, Any]]:
        asked = {
            "require_alias": "true",
            "refresh": self._refresh,
            "filter_path": "items.*.status,items.*.error.type",
        }
        body = b"".join(lines for _, lines in batch)
        try:
            answer = self._cluster.send("POST", f"/{door}/_bulk", body, asked)
        except Missing:
            return [{"status": _GONE}] * len(batch)
        except Refused as error:
            if len(batch) == 1:
                return [{"status": 400, "error": {"type": str(error)}}]
            half = len(batch) // 2  # one document spoils the request: send the others without it
            return self._sent(batch[:half], door) + self._sent(batch[half:], door)
        return [each["index"] for each in answer["items"]]
