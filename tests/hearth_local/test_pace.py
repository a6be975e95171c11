"""MiniStack answers sooner, and says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hearth_local.ministack import MiniStack
from hearth_local.stage_folder import StageFolder

from tests.hearth_local.small_aws import client, make_function, small_aws

TIMES = 30

FUNCTION = """
import sys

def handler(event, context):
    print("begun", event, file=sys.stderr)
    print("done", event, file=sys.stderr)
    return event
"""


def test_every_line_of_every_call_is_in_the_log(tmp_path: Path) -> None:
    with small_aws(StageFolder(tmp_path, "local")) as aws:
        make_function(aws, "talker", FUNCTION)

        for number in range(TIMES):
            _call(aws, number)
        _call(aws, TIMES)  # brings what came late

        said = [line for line in _logged(aws) if line.startswith(("begun", "done"))]
        for number in range(TIMES):
            assert said.count(f"begun {number}") == said.count(f"done {number}") == 1


def test_a_query_finds_what_its_condition_asks_for_and_refuses_a_wrong_one(tmp_path: Path) -> None:
    with small_aws(StageFolder(tmp_path, "local")) as aws:
        table = client(aws, "dynamodb")
        table.create_table(
            TableName="records",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for sk in "abc":
            table.put_item(TableName="records", Item={"pk": {"S": "one"}, "sk": {"S": sk}})

        def found(condition: str, **values: str) -> list[str]:
            answer = table.query(
                TableName="records",
                KeyConditionExpression=condition,
                ExpressionAttributeValues={
                    f":{name}": {"S": each} for name, each in values.items()
                },
            )
            return [item["sk"]["S"] for item in answer["Items"]]

        for _ in range(2):
            assert found("pk = :pk", pk="one") == ["a", "b", "c"]
            assert found("pk = :pk AND sk > :sk", pk="one", sk="a") == ["b", "c"]
            assert found("pk = :pk AND sk > :sk", pk="one", sk="b") == ["c"]
            with pytest.raises(table.exceptions.ClientError, match="ValidationException"):
                found("pk = :pk AND AND sk > :sk", pk="one", sk="b")


def _call(aws: MiniStack, number: int) -> None:
    answer = client(aws, "lambda").invoke(FunctionName="talker", Payload=json.dumps(number))
    assert json.loads(answer["Payload"].read()) == number


def _logged(aws: MiniStack) -> list[str]:
    found = client(aws, "logs").filter_log_events(logGroupName="/aws/lambda/talker", limit=10_000)
    return [line for each in found["events"] for line in each["message"].splitlines()]
