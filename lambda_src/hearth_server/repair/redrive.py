"""Redrive: replays stream records that could not be indexed, and deletes those that now can.

Lambda has put each failed batch into a bucket as one object, with the whole of its records.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from hearth_server.repair.failures import Failures
from hearth_server.repair.job import Report

StreamRecord = Mapping[str, Any]


class FailedBucket(Protocol):
    """The bucket of failed batches."""

    def listed(self, after: str = "") -> Iterator[str]:
        """Yield the keys of the objects in order, from beyond one."""

    def get(self, key: str) -> bytes | None:
        """Return an object's bytes; None if there is no such object."""

    def delete(self, key: str) -> None:
        """Delete an object."""


class _Change(Struct):
    """What tells a stream record from any other."""

    SequenceNumber: str


class _StreamRecord(Struct):
    dynamodb: _Change


class _State(Struct):
    phase: str = "counting"
    after: str = ""
    done: int = 0
    of: int = 0
    records: int = 0
    failures: Failures = msgspec.field(default_factory=Failures)
    """The objects that failed again, by their keys."""


class Redrive:
    """Replays what the bucket holds, one object after the other."""

    def __init__(
        self,
        state: bytes,
        bucket: FailedBucket,
        index: Callable[[Sequence[StreamRecord]], int],
    ) -> None:
        """Take the state of the last step, and what returns how many records fail again."""
        self._state = msgspec.msgpack.decode(state, type=_State) if state else _State()
        self._bucket = bucket
        self._index = index

    def step(self) -> None:
        """Count the objects, then replay one of them."""
        state = self._state
        if state.phase == "counting":
            state.of = sum(1 for _ in self._bucket.listed())
            state.phase = "replaying"
            return
        key = next(self._bucket.listed(state.after), None)
        if key is None:
            state.phase = "finished"
            return
        self._replay(key)
        state.after = key
        state.done += 1

    def report(self) -> Report:
        """Return how far it has come."""
        state = self._state
        finished = state.phase == "finished"
        return Report(
            state.phase,
            state.done,
            max(state.of, state.done),
            {"records": state.records, "failed": state.failures.number},
            finished=finished,
            details=tuple(state.failures.details("object")) if finished else (),
        )

    def state(self) -> bytes:
        """Return what the next slice needs."""
        return msgspec.msgpack.encode(self._state)

    def _replay(self, key: str) -> None:
        body = self._bucket.get(key)
        if body is None:  # somebody else has replayed it
            return
        try:
            records = records_of(body)
        except ValueError as error:
            self._state.failures.add(key, str(error))
            return
        failing = self._index(records)
        self._state.records += len(records) - failing
        if failing:
            self._state.failures.add(key, f"{failing} of {len(records)} records fail again")
        else:
            self._bucket.delete(key)


def records_of(body: bytes) -> Sequence[StreamRecord]:
    """Return the stream records that an object of a failed batch holds. Raises ValueError."""
    try:
        failed = msgspec.json.decode(body)
        payload = failed["payload"]
        event = msgspec.json.decode(payload) if isinstance(payload, str) else payload
        records: Sequence[StreamRecord] = event["Records"]
        msgspec.convert(records, list[_StreamRecord])
    except (msgspec.DecodeError, KeyError, TypeError):
        raise ValueError("it holds no stream records") from None
    return records
