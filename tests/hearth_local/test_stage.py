"""The life of a stage, on a real MiniStack: kept data, hard kills, locks, ports, damage."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hearth_local import demo_user, locks
from hearth_local.errors import StageError
from hearth_local.stage import Stage

from tests.hearth_local.small_stage import CREATED, PROGRAM, SmallStage


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallStage]:
    """A small project, whose stage is stopped at the end whatever happens."""
    stage = SmallStage(tmp_path)
    stage.write()
    yield stage
    stage.clean_up()


def _ministack_process(stage: SmallStage) -> int:
    note = locks.holder(stage.folder.ministack_lock)
    assert note is not None
    return int(note["pid"])


def _output(stage: Stage, name: str) -> str:
    return str(stage.updated.outputs[name])


def _put(small: SmallStage, stage: Stage, key: str) -> None:
    small.client(stage, "dynamodb").put_item(
        TableName=_output(stage, "tableName"), Item={"pk": {"S": key}}
    )


def _keys(small: SmallStage, stage: Stage) -> list[str]:
    found = small.client(stage, "dynamodb").scan(TableName=_output(stage, "tableName"))
    return sorted(item["pk"]["S"] for item in found["Items"])


def test_a_stage_comes_up_keeps_its_data_and_changes_nothing_the_second_time(
    small: SmallStage,
) -> None:
    first = small.up()
    assert set(small.steps) == CREATED
    token = demo_user.id_token(
        small.folder, "demo", first.running.endpoint, first.running.user_pool_client_id
    )
    assert token.count(".") == 2
    assert len(first.running.api_key) > 10
    _put(small, first, "kept")
    small.client(first, "s3").put_object(Bucket=_output(first, "bucketName"), Key="k", Body=b"body")
    assert first.stop()

    second = small.up()

    assert small.steps == []
    assert second.running == first.running
    assert _keys(small, second) == ["kept"]
    body = small.client(second, "s3").get_object(Bucket=_output(second, "bucketName"), Key="k")[
        "Body"
    ]
    assert body.read() == b"body"
    modes = {
        file.name: stat.S_IMODE(file.stat().st_mode)
        for file in (small.folder.path, small.folder.state, small.folder.secrets)
    }
    assert modes == {"local": 0o700, "state.json": 0o600, "secrets.json": 0o600}
    assert second.stop()


def test_a_ministack_that_was_killed_is_made_whole_in_one_line(small: SmallStage) -> None:
    """It saves at a clean stop only; an index that names lost records must go with them."""
    first = small.up()
    index = small.folder.path / "search.sqlite3"
    index.write_text("entries of records that will be lost")
    os.kill(_ministack_process(small), signal.SIGKILL)
    while not first.ended():
        time.sleep(0.01)
    assert not first.stop()

    # An up that is stopped before it has looked does not hide the loss.
    driver = small.driver()
    while locks.holder(small.folder.ministack_lock) is None:
        time.sleep(0.01)
    driver.kill()
    driver.communicate()
    second = small.up()

    assert set(small.steps) == CREATED
    said = [note for note in small.notes if "not stopped cleanly" in note]
    assert said == [
        "MiniStack was not stopped cleanly: 7 of 7 resources are lost with what they held, and "
        "made again; what was written in its last 30 s may be lost too"
    ]
    assert not index.exists()
    assert demo_user.id_token(
        small.folder, "demo", second.running.endpoint, second.running.user_pool_client_id
    )
    assert second.stop()


def test_a_ministack_that_was_killed_when_all_was_saved_lost_no_resource(small: SmallStage) -> None:
    """As by Ctrl-C before it was up: to speak of what is made again would only frighten."""
    assert small.up().stop()
    small.folder.doubtful.touch()

    again = small.up()

    assert again.stop()
    assert [note for note in small.notes if "not stopped cleanly" in note] == [
        "MiniStack was not stopped cleanly: no resource is lost; what was written in its last "
        "30 s may be"
    ]


@pytest.mark.slow
def test_what_was_saved_before_ministack_was_killed_is_kept(small: SmallStage) -> None:
    first = small.up()
    _put(small, first, "saved")
    first.stop()
    small.write(
        PROGRAM + 'aws("dynamodb/table:Table", "later", attributes=[{"name": "pk", "type": "S"}],'
        ' hashKey="pk")\n'
    )
    second = small.up()
    _put(small, second, "lost")
    os.kill(_ministack_process(small), signal.SIGKILL)
    second.stop()

    third = small.up()

    assert small.steps == ["create aws:dynamodb/table:Table later"]
    assert _keys(small, third) == ["saved"]
    assert third.stop()


def test_a_killed_hearth_takes_its_ministack_along_and_loses_nothing(small: SmallStage) -> None:
    driver = small.driver()
    assert driver.stdout is not None
    assert list(iter(driver.stdout.readline, "up\n"))
    driver.kill()
    driver.wait()

    stage = small.up()

    assert small.steps == []
    assert small.notes[0] == "stopped the MiniStack of a hearth that was killed"
    assert stage.stop()
    driver.stdout.close()


@pytest.mark.parametrize("steps", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_an_up_that_was_killed_can_be_run_again(small: SmallStage, steps: int) -> None:
    driver = small.driver()
    assert driver.stdout is not None
    for _ in range(steps):
        driver.stdout.readline()
    driver.kill()
    driver.wait()
    driver.stdout.close()

    stage = small.up()
    assert small.steps
    stage.stop()
    again = small.up()

    assert small.steps == []
    assert len(small.client(again, "dynamodb").list_tables()["TableNames"]) == 1
    assert again.stop()


def test_a_stage_that_is_up_is_not_brought_up_twice(small: SmallStage) -> None:
    stage = small.up()

    with pytest.raises(StageError) as refused:
        small.up()

    assert str(refused.value) == f"stage local is up already (process {os.getpid()})"
    assert stage.stop()


@pytest.mark.slow
def test_a_port_in_use_is_refused_and_the_last_port_is_taken_again(small: SmallStage) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(StageError, match=f"port {taken} is in use"):
            small.up(taken)
    first = small.up(taken)
    assert first.running.endpoint == f"http://127.0.0.1:{taken}"
    first.stop()

    second = small.up()

    assert second.running.endpoint == first.running.endpoint
    assert second.stop()


def test_a_program_that_fails_stops_what_was_started(small: SmallStage) -> None:
    small.write(PROGRAM + 'raise ValueError("not today")\n')

    with pytest.raises(StageError, match="ValueError: not today"):
        small.up()

    assert locks.holder(small.folder.up_lock) is None
    assert locks.holder(small.folder.ministack_lock) is None


@pytest.mark.slow
def test_a_type_that_the_local_aws_does_not_know_is_named(small: SmallStage) -> None:
    small.write(PROGRAM + 'aws("gamelift/alias:Alias", "x")\n')

    with pytest.raises(StageError, match="aws:gamelift/alias:Alias"):
        small.up()


def test_another_stage_than_local_does_not_run_here(small: SmallStage) -> None:
    from hearth_local.stage import bring_up

    with pytest.raises(StageError) as refused:
        bring_up(small.root, "prod", None, small)

    assert refused.value.hint == "pulumi up --stack prod"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        pytest.param("state.json", '{"format": 1, "resou', "is damaged: it is not JSON", id="half"),
        pytest.param("state.json", "{}", "is damaged: it is not a state file", id="empty-object"),
        pytest.param(
            "state.json",
            json.dumps({"format": 99}),
            "was written by a newer Hearth",
            id="newer",
        ),
        pytest.param(
            "state.json",
            json.dumps({"format": 1, "project": "other", "stage": "local"}),
            "belongs to other/local",
            id="foreign",
        ),
        pytest.param("port.json", "{", "port.json is damaged", id="port"),
    ],
)
def test_a_damaged_folder_is_one_line(
    small: SmallStage, name: str, content: str, problem: str
) -> None:
    small.folder.path.mkdir(parents=True)
    small.folder.path.joinpath(name).write_text(content)

    with pytest.raises(StageError) as refused:
        small.up()

    assert problem in str(refused.value)
    assert refused.value.hint
    assert locks.holder(small.folder.up_lock) is None


def test_data_without_its_state_is_not_built_over(small: SmallStage) -> None:
    small.up().stop()
    small.folder.state.unlink()

    with pytest.raises(StageError, match="is missing, but MiniStack's data is there"):
        small.up()


@pytest.mark.slow
def test_saved_data_that_cannot_be_read_is_made_again(small: SmallStage) -> None:
    """A half-written file of MiniStack costs what it held, and nothing else."""
    first = small.up()
    _put(small, first, "kept")
    first.stop()
    small.folder.ministack.joinpath("cloudwatch_logs.json").write_text('{"half')

    second = small.up()

    assert small.steps == ["create aws:cloudwatch/logGroup:LogGroup log"]
    assert any("1 of 7 resources are lost" in note for note in small.notes)
    assert _keys(small, second) == ["kept"]
    assert second.stop()
