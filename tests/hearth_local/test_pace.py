"""MiniStack answers sooner, and says the same."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hearth_local import ports
from hearth_local.ministack import MiniStack
from hearth_local.root_client import root_client
from hearth_local.stage_folder import StageFolder

REGION = "eu-central-1"
TIMES = 30

FUNCTION = """
import sys

def handler(event, context):
    print("begun", event, file=sys.stderr)
    print("done", event, file=sys.stderr)
    return event
"""


def test_every_line_of_every_call_is_in_the_log(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path, "local")
    folder.prepare()
    aws = MiniStack(folder, ports.choose(None, None), REGION)
    try:
        aws.ready()
        _make(aws)

        for number in range(TIMES):
            _call(aws, number)
        _call(aws, TIMES)  # brings what came late

        said = [line for line in _logged(aws) if line.startswith(("begun", "done"))]
        for number in range(TIMES):
            assert said.count(f"begun {number}") == said.count(f"done {number}") == 1
    finally:
        aws.stop()


def test_a_query_finds_what_its_condition_asks_for_and_refuses_a_wrong_one(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path, "local")
    folder.prepare()
    aws = MiniStack(folder, ports.choose(None, None), REGION)
    try:
        aws.ready()
        table = _client(aws, "dynamodb")
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
    finally:
        aws.stop()


def _client(aws: MiniStack, service: Any) -> Any:
    return root_client(service, aws.endpoint, REGION)


def _make(aws: MiniStack) -> None:
    trust = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    role = _client(aws, "iam").create_role(
        RoleName="talker", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("talker.py", FUNCTION)
    _client(aws, "lambda").create_function(
        FunctionName="talker",
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="talker.handler",
        Code={"ZipFile": code.getvalue()},
    )


def _call(aws: MiniStack, number: int) -> None:
    answer = _client(aws, "lambda").invoke(FunctionName="talker", Payload=json.dumps(number))
    assert json.loads(answer["Payload"].read()) == number


def _logged(aws: MiniStack) -> list[str]:
    found = _client(aws, "logs").filter_log_events(logGroupName="/aws/lambda/talker", limit=10_000)
    return [line for each in found["events"] for line in each["message"].splitlines()]
