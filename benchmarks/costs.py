"""What each interaction costs on DynamoDB: calls, units, and dollars for a million of it.

    python -m benchmarks.costs

The units are those that DynamoDB Local reports; for transactional writes, which it counts wrong,
they are computed. `docs/performance.md` holds this very table: a test compares them.
"""

from __future__ import annotations

import json
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hearth_server.aws.dynamodb import DynamoDB
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.dynamodb.items import size

from benchmarks.crud import PATIENT
from benchmarks.transactions import creates
from tests.hearth_server.serving import Server
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client, create
from tests.services.dynamodb_local import dynamodb_local

DOLLARS_PER_MILLION_WRITES = 0.625
"""On demand in us-east-1, November 2026: https://aws.amazon.com/dynamodb/pricing/on-demand/"""
DOLLARS_PER_MILLION_READS = 0.125


@dataclass
class Meter:
    """A client that counts its calls and the units that they use."""

    inner: DynamoDB
    calls: Counter[str] = field(default_factory=Counter)
    reads: float = 0
    writes: float = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(
        self, operation: str, payload: Mapping[str, Any], call_seconds: float | None = None
    ) -> dict[str, Any]:
        """Return the answer of the inner client."""
        asked = {**payload, "ReturnConsumedCapacity": "INDEXES"}
        answer = self.inner.call(operation, asked, call_seconds)
        with self.lock:  # a large transaction is written by several threads
            self._count(operation, payload, answer)
        return answer

    def _count(self, operation: str, payload: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        self.calls[operation] += 1
        if operation == "TransactWriteItems":
            self.writes += sum(2 * _units(each["Put"]["Item"]) for each in payload["TransactItems"])
            return
        used = answer["ConsumedCapacity"]
        units = sum(each["CapacityUnits"] for each in (used if isinstance(used, list) else [used]))
        if operation in ("GetItem", "Query", "BatchGetItem"):
            self.reads += units
        else:
            self.writes += units

    def clear(self) -> None:
        """Begin to count anew."""
        self.calls.clear()
        self.reads = self.writes = 0


@dataclass(frozen=True)
class Cost:
    """What one request costs."""

    name: str
    calls: Mapping[str, int]
    reads: float
    writes: float

    @property
    def row(self) -> str:
        """The line of the table."""
        calls = ", ".join(
            f"{count} {name}" if count > 1 else name for name, count in self.calls.items()
        )
        dollars = self.reads * DOLLARS_PER_MILLION_READS + self.writes * DOLLARS_PER_MILLION_WRITES
        return (
            f"| {self.name} | {sum(self.calls.values())} | {calls} | {self.reads:g}"
            f" | {self.writes:g} | {dollars:,.2f} |"
        )


HEAD = (
    "| interaction | calls | which | read units | write units | dollars per million |",
    "|---|--:|---|--:|--:|--:|",
)


def measured(url: str, table: str) -> Iterator[Cost]:
    """Yield the cost of each interaction on a table that has met its types."""
    meter = Meter(client(url, LOCAL_CREDENTIALS))
    server = Server(store=DynamoDBStore(meter, table, MemoryBucket()))
    for type in ("Patient", "Observation"):
        _send(server, "PUT", f"{type}/known", {"resourceType": type, "id": "known"})
    for number in range(10):
        body = {**PATIENT, "id": "p", "name": [{"family": f"Chalmers-{number}"}]}
        _send(server, "PUT", "Patient/p", body)
        _send(server, "PUT", f"Patient/found-{number}", {**PATIENT, "id": f"found-{number}"})
    _send(server, "GET", "Patient?given=nobody")  # the secret of page links is read once
    for name, request in _REQUESTS.items():
        meter.clear()
        request(server)
        yield Cost(name, dict(meter.calls), meter.reads, meter.writes)


@contextmanager
def fresh_table() -> Iterator[tuple[str, str]]:
    """Give the URL of DynamoDB Local and the name of an empty table."""
    with dynamodb_local() as url:
        create(client(url, LOCAL_CREDENTIALS), "resources")
        yield url, "resources"


def _send(
    server: Server, method: str, url: str, body: Any = None, headers: Mapping[str, str] = {}
) -> None:
    answer = server.call(method, url, body, headers)
    if answer.status >= 400:
        raise RuntimeError(f"{method} {url}: {answer.status} {answer.body[:300]!r}")


def _sending(
    method: str, url: str, body: Any = None, headers: Mapping[str, str] = {}
) -> Callable[[Server], None]:
    return lambda server: _send(server, method, url, body, headers)


def _transaction(count: int) -> Callable[[Server], None]:
    return _sending("POST", "", json.loads(creates(count)))


_PATCH = [{"op": "replace", "path": "/gender", "value": "other"}]
_JSON_PATCH = {"Content-Type": "application/json-patch+json"}
_UNMATCHED = {"If-None-Exist": "identifier=urn:none|1"}

_REQUESTS: Mapping[str, Callable[[Server], None]] = {
    "read, HEAD": _sending("GET", "Patient/p"),
    "vread": _sending("GET", "Patient/p/_history/1"),
    "create": _sending("POST", "Patient", PATIENT),
    "create with `Idempotency-Key`": _sending("POST", "Patient", PATIENT, {"Idempotency-Key": "k"}),
    "create with `If-None-Exist`, no match": _sending("POST", "Patient", PATIENT, _UNMATCHED),
    "update": _sending("PUT", "Patient/p", {**PATIENT, "id": "p"}),
    "patch": _sending("PATCH", "Patient/p", _PATCH, _JSON_PATCH),
    "search with 10 matches": _sending("GET", "Patient?given=Peter&_count=10"),
    "history of one, 10 versions": _sending("GET", "Patient/p/_history?_count=10"),
    "history of a type, 20 versions": _sending("GET", "Patient/_history?_count=20"),
    "transaction of 10 creates": _transaction(10),
    "transaction of 100 creates": _transaction(100),
    "transaction of 1,000 creates": _transaction(1000),
    "delete": _sending("DELETE", "Patient/p"),
}


def _units(item: Mapping[str, Any]) -> int:
    """Return the units of one write to the table, and to the index where the item is in it."""
    units = math.ceil(size(dict(item)) / 1024)
    return units + 1 if "gsi1pk" in item else units


def main() -> None:
    """Print the table."""
    with fresh_table() as place:
        print("\n".join([*HEAD, *(cost.row for cost in measured(*place))]))


if __name__ == "__main__":
    main()
