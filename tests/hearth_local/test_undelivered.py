"""A function that follows a table misses nothing over a stop of MiniStack."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hearth_local.ministack import MiniStack
from hearth_local.stage_folder import StageFolder

from tests.hearth_local.small_aws import client, make_function, small_aws

PATIENCE = 30.0

FUNCTION = """
import json, pathlib

def handler(event, context):
    keys = [each["dynamodb"]["Keys"]["pk"]["S"] for each in event["Records"]]
    folder = pathlib.Path({folder!r})
    with folder.joinpath("asked").open("a") as file:
        file.write(json.dumps(keys) + chr(10))
    if folder.joinpath("away").exists():
        raise RuntimeError("the engine is away")
    with folder.joinpath("had").open("a") as file:
        file.writelines(key + chr(10) for key in keys)
"""


@dataclass
class Follower:
    """A table, and a function that writes down what the table's stream tells it."""

    folder: StageFolder
    said: Path

    def aws(self) -> AbstractContextManager[MiniStack]:
        """Start the stage's MiniStack, and stop it so that it saves."""
        return small_aws(self.folder)

    def make(self, aws: MiniStack) -> None:
        """Make table and function."""
        made = client(aws, "dynamodb").create_table(
            TableName="records",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        make_function(aws, "follower", FUNCTION.format(folder=str(self.said)))
        client(aws, "lambda").create_event_source_mapping(
            EventSourceArn=made["TableDescription"]["LatestStreamArn"],
            FunctionName="follower",
            StartingPosition="TRIM_HORIZON",
        )

    def put(self, aws: MiniStack, *keys: str) -> None:
        """Write items into the table."""
        table = client(aws, "dynamodb")
        for key in keys:
            table.put_item(TableName="records", Item={"pk": {"S": key}})

    def wait(self, file: str, *keys: str) -> list[str]:
        """Return the lines that the function wrote, once each of `keys` is in one.

        A line that is there twice counts once: it was told again, as a stop came before MiniStack
        had noted that the function was through with it.
        """
        path, end = self.said / file, time.monotonic() + PATIENCE
        while True:
            lines = path.read_text().splitlines() if path.exists() else []
            if all(any(key in line for line in lines) for key in keys):
                return list(dict.fromkeys(lines))
            assert time.monotonic() < end, f"{file} has only {lines}"
            time.sleep(0.05)


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    said = tmp_path / "said"
    said.mkdir()
    return Follower(StageFolder(tmp_path, "local"), said)


def test_what_is_written_after_a_stop_is_told(follower: Follower) -> None:
    with follower.aws() as aws:
        follower.make(aws)
        follower.put(aws, "a", "b", "c")
        follower.wait("had", "a", "b", "c")

    with follower.aws() as aws:
        follower.put(aws, "d")
        follower.wait("had", "d")

    with follower.aws() as aws:
        follower.put(aws, "e")
        assert follower.wait("had", "e") == ["a", "b", "c", "d", "e"]


def test_what_could_not_be_told_before_a_stop_is_told_after_it(follower: Follower) -> None:
    away = follower.said / "away"
    with follower.aws() as aws:
        follower.make(aws)
        follower.put(aws, "a", "b")
        follower.wait("had", "a", "b")
        away.touch()
        follower.put(aws, "c", "d")
        follower.wait("asked", "c", "d")

    away.unlink()
    with follower.aws() as aws:
        follower.put(aws, "e")
        assert follower.wait("had", "c", "d", "e") == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("damage", ["", '{"payload": 7, "__ministack_format__": 1}', "[{}]"])
def test_records_that_cannot_be_read_are_a_loss_that_is_noted(
    follower: Follower, damage: str
) -> None:
    with follower.aws() as aws:
        follower.make(aws)
        follower.put(aws, "a", "b")
        follower.wait("had", "a", "b")
    follower.folder.doubtful.unlink()  # there since it was started for the first time
    follower.folder.ministack.joinpath("undelivered.json").write_text(damage)

    with follower.aws() as aws:
        assert follower.folder.doubtful.exists()
        follower.put(aws, "c")
        follower.wait("had", "c")
