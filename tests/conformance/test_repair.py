"""The index of a stage is broken, compared, built anew and replayed, by the commands alone."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hearth_local.root_client import root_client
from hearth_local.running_stage import find
from hearth_local.stage_folder import StageFolder

from tests.services.local_stage import LocalStage
from tests.services.operators import operator_of


def create(stage: LocalStage, family: str) -> str:
    """Make a Patient; return its id."""
    patient = {"resourceType": "Patient", "name": [{"family": family}]}
    answer = stage.call("POST", "Patient", patient)
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def settled(stage: LocalStage) -> None:
    """Wait until the index has what was written: the stream comes a little later."""
    end = time.monotonic() + 30
    while stage.hearth("verify-index", check=False).returncode and time.monotonic() < end:
        time.sleep(0.5)


def index_file(stage: LocalStage) -> Path:
    """Return the file of the generation that is read."""
    first = stage.root / ".hearth" / "local" / "search.sqlite3"
    with sqlite3.connect(first, timeout=20) as database:
        found = database.execute("SELECT number FROM index_generation WHERE state = 'read'")
        number = next(iter(found), (1,))[0]
    return first if number == 1 else Path(f"{first}.{number}")


def lose(stage: LocalStage, id: str) -> None:
    """Delete what the index has of a resource."""
    with sqlite3.connect(index_file(stage), timeout=20) as database:
        database.execute("DELETE FROM resource WHERE id = ?", (id,))


def difference(stage: LocalStage) -> list[Any]:
    """Return what `hearth verify-index` names."""
    ended = stage.hearth("verify-index", "--json", check=False)
    said = json.loads(ended.stdout)
    assert ended.returncode == (1 if said["count"] else 0)
    differences: list[Any] = said["differences"]
    return differences


@pytest.mark.slow
def test_a_loss_is_named_and_mended_while_writes_go_on_though_the_command_is_killed(
    stage: LocalStage,
) -> None:
    lost = create(stage, "Lost")
    settled(stage)
    lose(stage, lost)
    named = difference(stage)
    over, during = threading.Event(), []

    def write() -> None:
        while not over.is_set():
            during.append(create(stage, "During"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        _killed_once_it_works(stage)
        mended = stage.hearth("reindex", "--json")
    finally:
        over.set()
        writer.join(60)
    settled(stage)

    assert named == [{"resource": f"Patient/{lost}", "store": 1, "index": None}]
    assert json.loads(mended.stdout)["failed"] == 0
    assert difference(stage) == []
    found = stage.call("GET", f"Patient?_id={','.join([lost, *during[:50]])}&_summary=count")
    assert found.json["total"] == 1 + len(during[:50])


def _killed_once_it_works(stage: LocalStage) -> None:
    command = [sys.executable, "-m", "hearth_cli", "reindex"]
    with subprocess.Popen(command, cwd=stage.root, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGKILL)


def test_a_poison_record_is_set_aside_and_redriven_once_it_is_mended(stage: LocalStage) -> None:
    running = find(StageFolder(stage.root, "local"))
    dynamodb = root_client("dynamodb", running.endpoint, running.region)
    s3 = root_client("s3", running.endpoint, running.region)
    state = json.loads((stage.root / ".hearth" / "local" / "state.json").read_text())
    outputs = _outputs(state)
    table, bucket = outputs["tableName"], outputs["failedRecordsBucketName"]
    id = create(stage, "Whole")
    settled(stage)
    key = {"pk": {"S": f"-#Patient#{id}"}, "sk": {"N": "1"}}
    whole = dynamodb.get_item(TableName=table, Key=key)["Item"]
    dynamodb.put_item(TableName=table, Item={**whole, "body": {"B": b"\x01garbage"}})
    end = time.monotonic() + 30
    while not s3.list_objects_v2(Bucket=bucket).get("Contents") and time.monotonic() < end:
        time.sleep(0.3)

    early = stage.hearth("redrive", "--json", check=False)
    dynamodb.put_item(TableName=table, Item=whole)
    late = stage.hearth("redrive", "--json")

    assert (early.returncode, json.loads(early.stdout)["failed"]) == (1, 1)
    said = json.loads(late.stdout)
    assert (said["objects"], said["failed"]) == (1, 0)
    assert not s3.list_objects_v2(Bucket=bucket).get("Contents")


def test_a_stage_in_aws_is_repaired_through_its_function_with_no_other_right(
    stage: LocalStage,
) -> None:
    """The same commands as for a stage in an account: here its endpoint is the local one's."""
    operator = operator_of(stage, "lambda:InvokeFunction", _function(stage))
    lost = create(stage, "Lost")
    settled(stage)
    lose(stage, lost)

    named = stage.hearth(
        "verify-index",
        "--stage",
        "dev",
        "--json",
        check=False,
        env=operator | {_VARIABLE: _name(stage)},
    )
    mended = stage.hearth(
        "reindex", "--stage", "dev", "--json", env=operator | {_VARIABLE: _name(stage)}
    )
    replayed = stage.hearth(
        "redrive", "--stage", "dev", "--json", env=operator | {_VARIABLE: _name(stage)}
    )
    after = stage.hearth(
        "verify-index", "--stage", "dev", "--json", env=operator | {_VARIABLE: _name(stage)}
    )

    assert json.loads(named.stdout)["differences"] == [
        {"resource": f"Patient/{lost}", "store": 1, "index": None}
    ]
    assert json.loads(mended.stdout)["failed"] == 0
    assert json.loads(replayed.stdout)["failed"] == 0
    assert json.loads(after.stdout)["count"] == 0


def test_who_may_not_call_the_function_of_a_stage_in_aws_is_told_so(stage: LocalStage) -> None:
    stranger = operator_of(stage, "lambda:InvokeFunction", "arn:aws:lambda:*:*:function:another")

    refused = stage.hearth(
        "reindex", "--stage", "dev", check=False, env=stranger | {_VARIABLE: _name(stage)}
    )

    assert refused.returncode == 2
    assert "cannot be called" in refused.stderr
    assert "AccessDenied" in refused.stderr


_VARIABLE = "HEARTH_REPAIR_FUNCTION"


def _name(stage: LocalStage) -> str:
    return find(StageFolder(stage.root, "local")).functions["repairFunctionName"]


def _function(stage: LocalStage) -> str:
    """Return the ARN of the function of repairs."""
    running = find(StageFolder(stage.root, "local"))
    functions = root_client("lambda", running.endpoint, running.region)
    found = functions.get_function(FunctionName=_name(stage))
    return str(found["Configuration"]["FunctionArn"])


def _outputs(state: Any) -> dict[str, str]:
    """Return what the stage's program exports."""
    stacks = [each for each in state["resources"] if each["type"] == "pulumi:pulumi:Stack"]
    outputs: dict[str, str] = stacks[0]["outputs"]
    return outputs
