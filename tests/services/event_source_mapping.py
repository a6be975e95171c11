"""What AWS documents of an event source mapping between a stream and a function, without AWS.

MiniStack ignores partial batch responses, bisecting and limits, so this stands in for Lambda.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

StreamRecord = Mapping[str, Any]
Function = Callable[[dict[str, Any]], Any]


class FunctionDied(BaseException):
    """The process of the function ended, or its time was up: nothing in it could catch that."""


@dataclass
class EventSourceMapping:
    """Delivers the records of one shard in order, with the settings that AWS has for it."""

    function: Function
    batch_size: int = 100
    bisect: bool = True
    maximum_retry_attempts: int = 3
    maximum_record_age_seconds: float = float("inf")
    destination: Callable[[str, bytes], None] | None = None
    """Takes the key and the bytes of each object that S3 would get."""
    clock: Callable[[], float] = time.time
    between: Callable[[], None] = lambda: None
    """Called before each retry."""
    invocations: list[list[str]] = field(default_factory=list)
    """The sequence numbers of every batch that the function was called with."""

    def deliver(self, records: Sequence[StreamRecord]) -> None:
        """Deliver records in batches; return once each is processed or at the destination."""
        for start in range(0, len(records), self.batch_size):
            self._process(list(records[start : start + self.batch_size]), 0)

    def _process(self, batch: list[StreamRecord], attempts: int) -> None:
        while batch:
            expired = [each for each in batch if self._expired(each)]
            if expired:
                self._give_up(expired, "RecordAgeExceeded")
                batch = [each for each in batch if each not in expired]
                continue
            failed_at = self._invoke(batch)
            if failed_at is None:
                return
            if failed_at < 0 and self.bisect and len(batch) > 1:
                # Splitting does not count as an attempt.
                middle = len(batch) // 2
                self._process(batch[:middle], attempts)
                self._process(batch[middle:], attempts)
                return
            batch = batch[max(failed_at, 0) :]  # what came before it is done
            if attempts >= self.maximum_retry_attempts:
                self._give_up(batch, "RetryAttemptsExhausted")
                return
            attempts += 1
            self.between()

    def _invoke(self, batch: Sequence[StreamRecord]) -> int | None:
        """Return the place of the first record that failed, -1 for all, None for success."""
        numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
        self.invocations.append(numbers)
        try:
            answer = self.function({"Records": json.loads(json.dumps(batch))})
        except (Exception, FunctionDied):  # noqa: BLE001 - as Lambda does
            return -1
        try:
            failed = [each["itemIdentifier"] for each in (answer or {})["batchItemFailures"]]
            return min((numbers.index(each) for each in failed), default=None)
        except (KeyError, TypeError, ValueError):
            return -1  # an answer in another form is a failure of the whole batch

    def _expired(self, record: StreamRecord) -> bool:
        written = record["dynamodb"].get("ApproximateCreationDateTime", self.clock())
        return bool(self.clock() - written > self.maximum_record_age_seconds)

    def _give_up(self, batch: Iterable[StreamRecord], condition: str) -> None:
        records = list(batch)
        if self.destination is None:
            return
        numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
        body = {
            "requestContext": {"condition": condition, "requestId": str(uuid.uuid4())},
            "version": "1.0",
            "DDBStreamBatchInfo": {
                "startSequenceNumber": numbers[0],
                "endSequenceNumber": numbers[-1],
                "batchSize": len(numbers),
            },
            "payload": json.dumps({"Records": records}),
        }
        key = f"aws/lambda/{uuid.UUID(int=1)}/shard/2026/11/22/{numbers[0]}-{uuid.uuid4()}"
        self.destination(key, json.dumps(body).encode())
