"""A stage in this process on each search engine, with what its stream and its bucket hold."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hearth_server.functions import indexer, wiring
from hearth_server.repair.redrive import records_of
from hearth_server.search.engines.opensearch.source import document_id
from hearth_server.store.protocol import ABSENT, Key, Write

from tests.hearth_server.functions.conftest import Table, forget
from tests.hearth_server.functions.test_api import Context
from tests.hearth_server.store.tables import MemoryBucket
from tests.services.event_source_mapping import EventSourceMapping
from tests.services.table_stream import stream_records

_numbers = count()


class FailedBucket(MemoryBucket):
    """The bucket of failed records."""

    def listed(self, after: str = "") -> Iterator[str]:
        """Yield the keys of the objects in order, from beyond one."""
        yield from sorted(key for key in self.objects if key > after)

    def records(self) -> list[dict[str, Any]]:
        """Return every stream record that it holds."""
        return [dict(record) for body, _ in self.objects.values() for record in records_of(body)]


@dataclass
class Stage:
    """The parts that tests of the stream look at."""

    table: Table
    tenant: str
    bucket: FailedBucket = field(default_factory=FailedBucket)

    def key(self, id: str) -> Key:
        """Return what names a Patient."""
        return Key(self.tenant, "Patient", id)

    def put(self, id: str, base: int = ABSENT, **content: Any) -> Write:
        """Return a write of a Patient."""
        resource = {"resourceType": "Patient", "id": id, "gender": "female", **content}
        return Write(self.key(id), "PUT", resource, base)

    def delete(self, id: str, base: int) -> Write:
        """Return the delete of a Patient."""
        return Write(self.key(id), "DELETE", None, base)

    def commit(self, *writes: Write) -> None:
        """Commit writes together."""
        wiring.store().commit(writes)

    def stream(self) -> list[dict[str, Any]]:
        """Return what the table's stream holds of this stage's tenant, and no helper items."""
        return stream_records(self.table.url, self.table.name)

    def mapping(self, **settings: Any) -> EventSourceMapping:
        """Return what delivers to the indexer."""
        function = settings.pop("function", lambda event: indexer.handler(event, Context()))
        return EventSourceMapping(function, destination=self.bucket.put, **settings)

    def deliver(self, records: list[dict[str, Any]], **settings: Any) -> EventSourceMapping:
        """Deliver records to the indexer."""
        mapping = self.mapping(**settings)
        mapping.deliver(records)
        return mapping

    def found(self, criteria: str = "gender=female") -> set[str]:
        """Return the ids of the Patients that a search finds, once it shows what is there."""
        self._shown()
        index = wiring.search_index()
        return {key.id for key in index.matching(self.tenant, "Patient", criteria, limit=20_000)}

    def lose_document(self, id: str) -> None:
        """Delete what OpenSearch has of a Patient, behind the engine's back."""
        _ask_opensearch("DELETE", f"-read/_doc/{quote(document_id(self.key(id)), safe='')}")
        self._shown()

    def _shown(self) -> None:
        if wiring.stage_settings().search_engine == "opensearch":
            _ask_opensearch("POST", "-*/_refresh")

    def indexed(self) -> dict[str, int]:
        """Return the version of each Patient that the index has, tombstones included."""
        self._shown()
        engine = wiring.search_engine()
        assert engine is not None
        page = engine.scan(None, 10_000)
        return {each.key.id: each.version for each in page if each.key.tenant == self.tenant}


def _ask_opensearch(method: str, path: str) -> None:
    address = wiring.stage_settings().search_location + path
    urllib.request.urlopen(urllib.request.Request(address, method=method)).read()


def empty_location(name: str, location: str, folder: Path) -> str:
    """Return the location of an index in the same engine that holds nothing yet."""
    if name == "sqlite":
        return str(folder / "index.sqlite")
    if name == "opensearch":
        return f"{location}-{next(_numbers)}"
    import psycopg

    database = f"t{uuid.uuid4().hex}"
    with psycopg.connect(location, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}".encode())
    return location.replace("/postgres?", f"/{database}?")


def use(monkeypatch: pytest.MonkeyPatch, stage: Stage, engine: str, location: str) -> None:
    """Have the functions work on an engine and on the stage's bucket."""
    monkeypatch.setenv("HEARTH_SEARCH_ENGINE", engine)
    monkeypatch.setenv("HEARTH_SEARCH_LOCATION", location)
    forget()
    bodies = MemoryBucket()
    monkeypatch.setattr("hearth_server.store.open_bucket", lambda *_: bodies)
    monkeypatch.setattr(wiring, "failed_records", cache(lambda: stage.bucket))


def whole(record: Any) -> str:
    """Return a record as text that can be compared."""
    return json.dumps(record, sort_keys=True)
