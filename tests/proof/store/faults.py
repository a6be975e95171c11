"""Faults to inject: at one call to AWS something goes wrong, in every way that it can.

They sit below the client's retries, where a real network and a real service fail.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hearth_server.aws.errors import Unanswered
from hearth_server.aws.http import Answer, ConnectionFailed, Transport
from hearth_server.aws.s3 import ObjectVersion
from hearth_server.aws.service import CALL_SECONDS

from tests.hearth_server.store.tables import MemoryBucket


class Kind(StrEnum):
    """What goes wrong at a call."""

    DIE_BEFORE = "the process dies before the call"
    DIE_AFTER = "the process dies after the call"
    KILL_BEFORE = "SIGKILL before the call"
    KILL_AFTER = "SIGKILL after the call"
    CUT = "the connection is cut before the call arrives"
    LOST = "the call takes effect, its answer is lost"
    LATE = "the call is given up, and takes effect once the commit is over"
    THROTTLED = "the call is throttled three times"
    FAILED_BEFORE = "the service fails with 500, without effect"
    FAILED_AFTER = "the service fails with 500, but the call took effect"
    CONFLICT = "another transaction is at the item"
    PARTIAL = "only a part of a batch is done"
    DOWN = "the service is down from this call on"


DEATHS = (Kind.DIE_BEFORE, Kind.DIE_AFTER, Kind.KILL_BEFORE, Kind.KILL_AFTER)
KILLS = (Kind.KILL_BEFORE, Kind.KILL_AFTER)


class Died(BaseException):
    """The process is dead: nothing in it catches this."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong at the call of a number, counted from 0."""

    kind: Kind
    at: int


class FaultLine:
    """Counts the calls of one process, and lets the fault happen at its call."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.fault = fault
        self._lock = threading.Lock()
        self._dead = False
        self._late: list[Callable[[], object]] = []
        self.calls = 0
        self.happened = False

    def hold(self, call: Callable[[], object]) -> None:
        """Keep a call on its way."""
        self._late.append(call)

    def arrive(self) -> None:
        """Let everything arrive that is still on its way."""
        for call in self._late:
            call()

    def kind_now(self) -> Kind | None:
        """Count a call, and return what goes wrong with it."""
        with self._lock:
            if self._dead:
                raise Died
            number = self.calls
            self.calls += 1
            fault = self.fault
            if fault is None or number < fault.at:
                return None
            lasting = {Kind.DOWN: 1_000_000, Kind.THROTTLED: 3}.get(fault.kind, 1)
            if number >= fault.at + lasting:
                return None
            self.happened = True
            return fault.kind

    def die(self, kind: Kind) -> None:
        """End the process, or act as if it had ended."""
        if kind in KILLS:
            os.kill(os.getpid(), signal.SIGKILL)
        self._dead = True
        raise Died


class FaultyTransport:
    """A transport on a fault line."""

    def __init__(self, inner: Transport, line: FaultLine) -> None:
        self._inner = inner
        self._line = line

    def __call__(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Answer:
        """Return the answer of the inner transport, or what goes wrong."""

        def call() -> Answer:
            return self._inner(method, target, headers, body, timeout)

        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        kind = self._line.kind_now()
        if kind is None:
            return call()
        if kind is Kind.PARTIAL and operation in _BATCHES:
            return _in_part(
                operation, body, lambda part: self._inner(method, target, headers, part, timeout)
            )
        return self._failing(kind, operation, body, call)

    def _failing(
        self, kind: Kind, operation: str, body: bytes, call: Callable[[], Answer]
    ) -> Answer:
        match kind:
            case Kind.DIE_BEFORE | Kind.KILL_BEFORE:
                self._line.die(kind)
            case Kind.DIE_AFTER | Kind.KILL_AFTER:
                call()
                self._line.die(kind)
            case Kind.CUT | Kind.DOWN:
                raise ConnectionFailed("cut")
            case Kind.LATE:
                self._line.hold(call)
                raise ConnectionFailed("late")
            case Kind.LOST:
                call()
                raise ConnectionFailed("lost")
            case Kind.THROTTLED:
                return _error("ProvisionedThroughputExceededException")
            case Kind.FAILED_BEFORE:
                return _error("InternalServerError", 500)
            case Kind.FAILED_AFTER:
                call()
                return _error("InternalServerError", 500)
            case Kind.CONFLICT if operation == "TransactWriteItems":
                members = len(json.loads(body)["TransactItems"])
                reasons = [{"Code": "TransactionConflict"}] + [{"Code": "None"}] * (members - 1)
                return _error("TransactionCanceledException", 400, CancellationReasons=reasons)
            case Kind.CONFLICT if operation in ("PutItem", "UpdateItem"):
                return _error("TransactionConflictException")
        return call()


_BATCHES = {"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}


def _in_part(operation: str, body: bytes, send: Callable[[bytes], Answer]) -> Answer:
    """Return the answer to the first half of a batch, which names the second as undone.

    The signature does not fit any more; the local services do not mind.
    """
    request = json.loads(body)
    (table, wanted), *_ = request["RequestItems"].items()
    items = wanted if operation == "BatchWriteItem" else wanted["Keys"]
    half, rest = items[: (len(items) + 1) // 2], items[(len(items) + 1) // 2 :]
    first = half if operation == "BatchWriteItem" else {**wanted, "Keys": half}
    undone = rest if operation == "BatchWriteItem" else {**wanted, "Keys": rest}
    answer = send(json.dumps({"RequestItems": {table: first}}).encode())
    if answer.status != 200 or not rest:
        return answer
    content = {**json.loads(answer.body), _BATCHES[operation]: {table: undone}}
    return Answer(200, {}, json.dumps(content).encode())


def _error(code: str, status: int = 400, **more: object) -> Answer:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "injected", **more}
    return Answer(status, {}, json.dumps(body).encode())


class FolderBucket(MemoryBucket):
    """A bucket in a folder, so that it outlives the process that writes to it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        path = self._path(key)
        path.with_suffix(".new").write_bytes(body)
        path.with_suffix(".new").rename(path)

    def get(self, key: str) -> bytes | None:
        """Return an object's bytes; None if there is no such object."""
        path = self._path(key)
        return path.read_bytes() if path.exists() else None

    def delete(self, key: str, version: str | None = None) -> None:
        """Delete an object."""
        self._path(key).unlink(missing_ok=True)

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield every object below `prefix`."""
        for path in sorted(self._folder.glob("*.object")):
            key = bytes.fromhex(path.stem).decode()
            if key.startswith(prefix):
                yield ObjectVersion(key, "null", "2026-01-01T00:00:00+00:00")

    def _path(self, key: str) -> Path:
        return self._folder / f"{key.encode().hex()}.object"


class FaultyBucket(FolderBucket):
    """A bucket on a fault line."""

    def __init__(self, folder: Path, line: FaultLine) -> None:
        super().__init__(folder)
        self._line = line

    def put(self, key: str, body: bytes) -> None:
        """Write an object, unless something goes wrong."""
        self._happen(lambda: super(FaultyBucket, self).put(key, body))

    def delete(self, key: str, version: str | None = None) -> None:
        """Delete an object, unless something goes wrong."""
        self._happen(lambda: super(FaultyBucket, self).delete(key, version))

    def _happen(self, call: Callable[[], None]) -> None:
        match kind := self._line.kind_now():
            case Kind.DIE_BEFORE | Kind.KILL_BEFORE:
                self._line.die(kind)
            case Kind.DIE_AFTER | Kind.KILL_AFTER:
                call()
                self._line.die(kind)
            case Kind.DOWN:
                raise Unanswered("PutObject", f"nothing in {CALL_SECONDS} s", uncertain=True)
        call()
