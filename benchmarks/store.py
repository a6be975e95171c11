"""What the store itself does a second, and how long large commits take, over DynamoDB Local.

    python -m benchmarks.store [--seconds 3] [--profile]

Beside each rate stands its ratio to the bare call through the same client: what the store adds.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from hearth_server.aws.dynamodb import DynamoDB
from hearth_server.store.dynamodb import DynamoDBStore
from hearth_server.store.protocol import Key, Write

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, MemoryBucket, client, create
from tests.services.dynamodb_local import dynamodb_local

TABLE = "resources"
GOALS = {"1,000 creates": 2.0, "3,400 creates": 8.0}
OBSERVATION = {
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2", "display": "Height"}]},
    "subject": {"reference": "Patient/775447e9-2cc5-4cc9-94de-d358d0efa661"},
    "effectiveDateTime": "2021-05-17T10:00:00Z",
    "valueQuantity": {"value": 172, "unit": "cm", "code": "cm"},
}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each rate is measured")
    parser.add_argument(
        "--profile", action="store_true", help="show where a create spends its time"
    )
    arguments = parser.parse_args()
    with dynamodb_local() as url:
        dynamodb = client(url, LOCAL_CREDENTIALS)
        create(dynamodb, TABLE)
        store = DynamoDBStore(dynamodb, TABLE, MemoryBucket())
        store.commit(creates(1500))
        rates(dynamodb, store, arguments.seconds)
        commits(store)
        if arguments.profile:
            profile(store)


def rates(dynamodb: DynamoDB, store: DynamoDBStore, seconds: float) -> None:
    """Print operations a second, by one thread and by eight."""
    known = store.commit(creates(2000))
    operations: dict[str, Callable[[int], object]] = {
        "bare put": lambda _: bare_put(dynamodb),
        "bare query": lambda at: bare_query(dynamodb, known[at % len(known)].key),
        "create": lambda _: store.commit(creates(1)),
        "read": lambda at: store.latest(known[at % len(known)].key),
        "update": lambda at: update(store, known[at % len(known)].key),
    }
    bare: dict[tuple[str, int], float] = {}
    for name, operation in operations.items():
        for threads in (1, 8):
            rate = measure(operation, threads, seconds)
            bare[name, threads] = rate
            base = bare["bare query" if name == "read" else "bare put", threads]
            print(f"{name:12} {threads} threads {rate:8.0f}/s  {rate / base:5.2f} of the bare call")


def commits(store: DynamoDBStore) -> None:
    """Print how long large commits take."""
    for name, count in (("1,000 creates", 1000), ("3,400 creates", 3400)):
        took = min(timed(partial(store.commit, creates(count))) for _ in range(3))
        print(f"{name:28} {took:6.2f} s  (goal {GOALS[name]:.0f} s)")
    chosen = [write.key for write in creates(1000)]
    took = timed(lambda: store.commit([put(key) for key in chosen]))
    print(f"{'1,000 under given ids':28} {took:6.2f} s")
    took = timed(lambda: store.commit([put(key, 1) for key in chosen]))
    print(f"{'1,000 updates':28} {took:6.2f} s")


def profile(store: DynamoDBStore) -> None:
    """Print where a create spends its time."""
    with cProfile.Profile() as profiler:
        for _ in range(1000):
            store.commit(creates(1))
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def measure(operation: Callable[[int], object], threads: int, seconds: float) -> float:
    """Return how often a second `operation` was done, by so many threads together."""
    end = time.perf_counter() + seconds

    def work(thread: int) -> int:
        done = 0
        while time.perf_counter() < end:
            operation(thread * 250 + done % 250)
            done += 1
        return done

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(work, range(threads)))
    return done / (time.perf_counter() - began)


def timed(operation: Callable[[], object]) -> float:
    """Return the seconds that `operation` takes."""
    began = time.perf_counter()
    operation()
    return time.perf_counter() - began


def creates(count: int) -> list[Write]:
    """Return creates under ids that the server made."""
    keys = [Key("-", "Observation", str(uuid.uuid4())) for _ in range(count)]
    return [Write(key, "POST", resource(key), 0, fresh=True) for key in keys]


def put(key: Key, base: int = 0) -> Write:
    """Return a write under an id that a client chose."""
    return Write(key, "PUT", resource(key), base)


def resource(key: Key) -> dict[str, object]:
    """Return an Observation."""
    return {"resourceType": key.type, "id": key.id, **OBSERVATION}


def update(store: DynamoDBStore, key: Key) -> None:
    """Read, and write on what was read."""
    newest = store.latest(key)
    assert newest is not None
    store.commit([put(key, newest.version)])


def bare_put(dynamodb: DynamoDB) -> None:
    """Put an item of the size that the store makes of an Observation."""
    item = {"pk": {"S": str(uuid.uuid4())}, "sk": {"N": "1"}, "body": {"B": "A" * 400}}
    condition = "attribute_not_exists(pk)"
    dynamodb.call("PutItem", {"TableName": TABLE, "Item": item, "ConditionExpression": condition})


def bare_query(dynamodb: DynamoDB, key: Key) -> None:
    """Ask for the newest version as the store does."""
    dynamodb.call(
        "Query",
        {
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": f"-#{key.type}#{key.id}"}},
            "ConsistentRead": True,
            "ScanIndexForward": False,
            "Limit": 1,
        },
    )


if __name__ == "__main__":
    main()
