"""Fills an empty search index from the table, by the stage's own indexer.

The indexer reads the newest version of each resource that it is told of, as it does for the
table's stream: here it is told of all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hearth_local.errors import StageError
from hearth_local.root_client import root_client

_BATCH = 100
_AT_A_TIME = 2


def rebuild(endpoint: str, region: str, table: str, indexer: str) -> int:
    """Index everything that the table holds; return the number of its resources.

    Raises StageError.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    functions = root_client("lambda", endpoint, region)

    def index(keys: Sequence[str]) -> None:
        answer = functions.invoke(FunctionName=indexer, Payload=json.dumps(_event(keys)).encode())
        result = json.loads(answer["Payload"].read())
        if answer.get("FunctionError") or result.get("batchItemFailures"):
            raise StageError("the search index cannot be rebuilt", hint="see .hearth/local/logs")

    try:
        keys = _keys(root_client("dynamodb", endpoint, region), table)
        batches = [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]
        with ThreadPoolExecutor(_AT_A_TIME) as workers:
            list(workers.map(index, batches))
    except (BotoCoreError, ClientError) as error:
        raise StageError(f"the search index cannot be rebuilt: {error}") from None
    return len(keys)


def _keys(dynamodb: Any, table: str) -> list[str]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="pk", ConsistentRead=True
    )
    return list(dict.fromkeys(_resource_keys(pages)))


def _resource_keys(pages: Any) -> Iterator[str]:
    for page in pages:
        for item in page["Items"]:
            # Items that are no versions of resources have a `!` where the type would be.
            if "!" not in item["pk"]["S"]:
                yield item["pk"]["S"]


def _event(keys: Sequence[str]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventName": "INSERT",
                "dynamodb": {
                    "SequenceNumber": str(number),
                    "NewImage": {"pk": {"S": key}, "sk": {"N": "1"}, "method": {"S": "PUT"}},
                },
            }
            for number, key in enumerate(keys)
        ]
    }
