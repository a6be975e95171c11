"""The table `resources`, call by call: every read strongly consistent, every refusal explained.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from hearth_server import deadline
from hearth_server.aws.dynamodb import DynamoDBClient, Item
from hearth_server.aws.errors import CallFailed, Unanswered
from hearth_server.store.dynamodb.items import ItemKey, key_attributes, number, text
from hearth_server.store.parallel import each

WRITE_SECONDS = 6.0
"""How long one stamped write is tried; after that it is stamped anew."""

_READ_AT_ONCE = 100
_WRITE_AT_ONCE = 25
_INDEX = "gsi1"


class Condition(Struct, frozen=True):
    """What must hold of the old item for a write to take effect; nothing if it is empty."""

    expression: str
    values: Mapping[str, Any] = {}
    names: Mapping[str, str] = {}

    def parameters(self) -> dict[str, Any]:
        """Return the condition as parameters of a call."""
        parameters: dict[str, Any] = {}
        if self.expression:
            parameters["ConditionExpression"] = self.expression
        if self.values:
            parameters["ExpressionAttributeValues"] = dict(self.values)
        if self.names:
            parameters["ExpressionAttributeNames"] = dict(self.names)
        return parameters


ABSENT = Condition("attribute_not_exists(pk)")


class Put(Struct, frozen=True):
    """One conditional put."""

    item: Item
    condition: Condition = ABSENT


class Refused(Exception):
    """A condition did not hold. `old` is the item that was found; None if there was none."""

    def __init__(self, old: Item | None) -> None:
        super().__init__("a condition did not hold")
        self.old = old


class Cancelled(Exception):
    """A transaction was cancelled. `refusals` has the old item by the place of its put.

    It is empty when nothing but another transaction or a throttle stood in the way.
    """

    def __init__(self, refusals: Mapping[int, Item | None]) -> None:
        super().__init__("a transaction was cancelled")
        self.refusals = refusals


class Table:
    """Reads and writes items."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: ItemKey, attributes: Sequence[str] = ()) -> Item | None:
        """Return an item, or only some attributes of it; None if there is none."""
        found: Item | None = self._call(
            "GetItem",
            {"Key": key_attributes(key), "ConsistentRead": True, **_projection(attributes)},
        ).get("Item")
        return found

    def newest(
        self, pk: str, attributes: Sequence[str] = (), *, below: int | None = None, first: int = 1
    ) -> Iterator[Item]:
        """Yield the items of `pk`, highest `sk` first; `first` of them by the first call."""
        limit = first
        while True:
            items, last = self._query(pk, below, None, attributes, limit, forward=False)
            yield from items
            if last is None:
                return
            below = last
            limit = 50

    def range(
        self,
        pk: str,
        attributes: Sequence[str] = (),
        *,
        above: int,
        first: int = 100,
        only: Condition | None = None,
    ) -> Iterator[Item]:
        """Yield the items of `pk` whose `sk` is above `above`, lowest first.

        Those of which `only` does not hold are read, and paid for, but stay where they are.
        """
        limit = first
        while True:
            items, last = self._query(pk, None, above, attributes, limit, only, forward=True)
            yield from items
            if last is None:
                return
            above = last
            limit = max(first, 100)

    def index_page(
        self, gsi1pk: str, low: str, high: str, limit: int, *, forward: bool
    ) -> tuple[list[Item], bool]:
        """Return items of the history index from `low` to `high`, and whether there are more.

        They are eventually consistent.
        """
        answer = self._call(
            "Query",
            {
                "IndexName": _INDEX,
                "KeyConditionExpression": "gsi1pk = :p AND gsi1sk BETWEEN :l AND :h",
                "ExpressionAttributeValues": {
                    ":p": text(gsi1pk),
                    ":l": text(low),
                    ":h": text(high),
                },
                "ScanIndexForward": forward,
                "Limit": limit,
            },
        )
        return answer["Items"], "LastEvaluatedKey" in answer

    def get_many(self, keys: Iterable[ItemKey], attributes: Sequence[str] = ()) -> list[Item]:
        """Return those of the items that exist, in any order."""
        wanted = list(dict.fromkeys(keys))
        pages = [wanted[at : at + _READ_AT_ONCE] for at in range(0, len(wanted), _READ_AT_ONCE)]
        found = each(lambda page: self._get_page(page, attributes), pages)
        return [item for page in found for item in page]

    def put(self, put: Put, seconds: float = WRITE_SECONDS) -> None:
        """Write one item, trying for so many seconds. Raises Refused."""
        try:
            self._call(
                "PutItem",
                {
                    "Item": put.item,
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    **put.condition.parameters(),
                },
                seconds,
            )
        except CallFailed as failure:
            raise _refusal(failure) from failure

    def put_fresh(self, items: Sequence[Item]) -> None:
        """Write items whose keys nobody else can know, without a condition."""
        pages = [items[at : at + _WRITE_AT_ONCE] for at in range(0, len(items), _WRITE_AT_ONCE)]
        each(self._put_page, pages)

    def update(self, key: ItemKey, change: str, condition: Condition) -> Item:
        """Change one item and return it as it was; empty if it was not. Raises Refused.

        `change` is an update expression over the names and values of `condition`.
        """
        try:
            answer = self._call(
                "UpdateItem",
                {
                    "Key": key_attributes(key),
                    "UpdateExpression": change,
                    "ReturnValues": "ALL_OLD",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    **condition.parameters(),
                },
            )
        except CallFailed as failure:
            raise _refusal(failure) from failure
        old: Item = answer.get("Attributes", {})
        return old

    def put_together(self, puts: Sequence[Put], token: str) -> None:
        """Write all of at most 100 items or none. Raises Cancelled.

        `token` makes a repetition of the same call harmless for ten minutes.
        """
        members = [
            {
                "Put": {
                    "TableName": self._name,
                    "Item": put.item,
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    **put.condition.parameters(),
                }
            }
            for put in puts
        ]
        payload = {"TransactItems": members, "ClientRequestToken": token}
        try:
            self._client.call("TransactWriteItems", payload, WRITE_SECONDS)
        except CallFailed as failure:
            raise _cancellation(failure) from failure

    def _query(
        self,
        pk: str,
        below: int | None,
        above: int | None,
        attributes: Sequence[str],
        limit: int,
        only: Condition | None = None,
        *,
        forward: bool,
    ) -> tuple[list[Item], int | None]:
        """Return items, and the `sk` beyond which there may be more."""
        condition, values = "pk = :p", {":p": text(pk), **(only.values if only else {})}
        if below is not None:
            condition, values = f"{condition} AND sk < :s", {**values, ":s": number(below)}
        if above is not None:
            condition, values = f"{condition} AND sk > :s", {**values, ":s": number(above)}
        answer = self._call(
            "Query",
            {
                "KeyConditionExpression": condition,
                "ExpressionAttributeValues": values,
                "ConsistentRead": True,
                "ScanIndexForward": forward,
                "Limit": limit,
                **_projection(attributes),
                **({"FilterExpression": only.expression} if only else {}),
            },
        )
        last = answer.get("LastEvaluatedKey")
        return answer["Items"], int(last["sk"]["N"]) if last else None

    def _get_page(self, keys: Sequence[ItemKey], attributes: Sequence[str]) -> list[Item]:
        found: list[Item] = []
        wanted = [key_attributes(key) for key in keys]
        for attempt in _attempts("BatchGetItem"):
            request = {"Keys": wanted, "ConsistentRead": True, **_projection(attributes)}
            answer = self._client.call("BatchGetItem", {"RequestItems": {self._name: request}})
            found += answer["Responses"].get(self._name, [])
            wanted = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if not wanted:
                break
            attempt.wait()
        return found

    def _put_page(self, items: Sequence[Item]) -> None:
        requests: list[Any] = [{"PutRequest": {"Item": item}} for item in items]
        for attempt in _attempts("BatchWriteItem"):
            answer = self._client.call("BatchWriteItem", {"RequestItems": {self._name: requests}})
            requests = answer.get("UnprocessedItems", {}).get(self._name, [])
            if not requests:
                break
            attempt.wait()

    def _call(
        self, operation: str, parameters: Mapping[str, Any], call_seconds: float | None = None
    ) -> dict[str, Any]:
        payload = {"TableName": self._name, **parameters}
        return self._client.call(operation, payload, call_seconds)


class _Attempt:
    """One round of a batch call, which may leave a part undone."""

    def __init__(self, operation: str, number_of_attempt: int) -> None:
        self._operation = operation
        self._number = number_of_attempt

    def wait(self) -> None:
        """Wait before the next round. Raises Unanswered when the time is up."""
        longest = min(0.05 * 2.0 ** min(self._number, 8), 2.0)
        seconds = random.random() * longest  # noqa: S311 - jitter, not a secret
        if deadline.remaining() < seconds:
            raise Unanswered(self._operation, "a part undone", uncertain=True)
        time.sleep(seconds)


def _attempts(operation: str) -> Iterator[_Attempt]:
    number_of_attempt = 0
    while True:
        yield _Attempt(operation, number_of_attempt)
        number_of_attempt += 1


def _projection(attributes: Sequence[str]) -> dict[str, Any]:
    if not attributes:
        return {}
    names = {f"#{at}": name for at, name in enumerate(attributes)}
    return {
        "ProjectionExpression": ",".join(names),
        "ExpressionAttributeNames": names,
    }


def _refusal(failure: CallFailed) -> Exception:
    if failure.code == "ConditionalCheckFailedException":
        return Refused(failure.details.get("Item"))
    return failure


def _cancellation(failure: CallFailed) -> Exception:
    """Return Cancelled when another attempt may succeed, else the failure itself."""
    if failure.code != "TransactionCanceledException":
        return failure
    reasons = failure.details.get("CancellationReasons", [])
    passing = {"None", "ConditionalCheckFailed", *_PASSING}
    if not reasons or any(reason.get("Code", "None") not in passing for reason in reasons):
        return failure
    return Cancelled(
        {
            place: reason.get("Item")
            for place, reason in enumerate(reasons)
            if reason.get("Code") == "ConditionalCheckFailed"
        }
    )


_PASSING = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")
