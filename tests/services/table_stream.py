"""The records of a table's stream, as DynamoDB Local tells them and Lambda would hand them on."""

from __future__ import annotations

import json
from typing import Any

from hearth_server.aws.dynamodb import error_code
from hearth_server.aws.endpoint import parse
from hearth_server.aws.http import Request
from hearth_server.aws.service import Service

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, REGION


def stream_records(url: str, table: str) -> list[dict[str, Any]]:
    """Return every record that the table's stream still holds, in order."""
    service = Service("dynamodb", parse(url), REGION, LOCAL_CREDENTIALS, error_code)

    def call(operation: str, **payload: Any) -> Any:
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"DynamoDBStreams_20120810.{operation}",
        }
        request = Request("POST", "/", headers, json.dumps(payload).encode())
        answer, code = service.send(operation, request)
        assert not code, code
        return json.loads(answer.body)

    (stream,) = call("ListStreams", TableName=table)["Streams"]
    arn = stream["StreamArn"]
    records: list[dict[str, Any]] = []
    for shard in call("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = call(
            "GetShardIterator",
            StreamArn=arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        while iterator:
            page = call("GetRecords", ShardIterator=iterator, Limit=1000)
            if not page["Records"]:
                break
            records += page["Records"]
            iterator = page.get("NextShardIterator")
    return [{**record, "eventSourceARN": arn} for record in records]
