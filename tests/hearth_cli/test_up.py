"""`hearth up`, `status`, `token` and `down` as a user types them, on a small program."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hearth_local import locks

from tests.hearth_local.small_stage import PROGRAM, SmallStage

CHECKOUT = Path(__file__).parents[2]
# What the bundle is made of: it is the checkout's own, so that it need not be made again.
_BUNDLE = ("lambda_src", "build", "requirements.lock", "pyproject.toml")


class Project(SmallStage):
    """The small project, with the command."""

    def hearth(self, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "hearth_cli", *words],
            cwd=self.root,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A small project; nothing of it runs at the end."""
    CHECKOUT.joinpath("build").mkdir(exist_ok=True)
    for name in _BUNDLE:
        tmp_path.joinpath(name).symlink_to(CHECKOUT / name)
    made = Project(tmp_path)
    made.write()
    yield made
    made.clean_up()


def test_up_stays_in_the_foreground_until_ctrl_c_and_leaves_nothing_behind(
    project: Project,
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "hearth_cli", "up", "--json"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    answer = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    rest, progress = process.communicate()

    assert sorted(answer) == ["apiKey", "baseUrl", "stage", "userPoolClientId", "userPoolId"]
    assert (process.returncode, rest) == (0, "")
    assert "  + created aws:dynamodb/table:Table records" in progress.splitlines()
    assert progress.splitlines()[-1] == "stage local is down; its data is kept"
    assert locks.holder(project.folder.up_lock) is None
    assert locks.holder(project.folder.ministack_lock) is None


def test_a_stage_in_the_background_is_found_signed_in_to_and_taken_down(project: Project) -> None:
    up = project.hearth("up", "--detach", "--json")
    answer = json.loads(up.stdout)
    status = project.hearth("status", "--json")
    token = project.hearth("token", "--user", "demo")
    stranger = project.hearth("token", "--user", "nobody")
    again = project.hearth("up", "--detach", "--json")
    down = project.hearth("down", "--json")
    after = project.hearth("status", "--json")

    assert (up.returncode, up.stdout.count("\n")) == (0, 1)
    # The small program has no API that could answer.
    assert json.loads(status.stdout) == {
        **answer,
        "condition": "broken",
        "process": json.loads(project.folder.up_lock.read_text())["pid"],
        "resources": 7,
        "declaredOnly": [],
        "declaredSettings": ["aws:cognito/userPool:UserPool users: mfaConfiguration"],
    }
    assert (token.returncode, token.stdout.count("."), token.stdout.count("\n")) == (0, 2, 1)
    assert stranger.returncode == 2
    assert stranger.stderr == "hearth: stage local has no user 'nobody'; its users are: demo\n"
    assert again.returncode == 2
    assert again.stderr.startswith("hearth: stage local is up already (process ")
    assert json.loads(down.stdout) == {"stage": "local", "wasUp": True, "destroyed": False}
    assert after.returncode == 1
    assert json.loads(after.stdout)["condition"] == "down"


def test_a_failing_up_in_the_background_says_why_once(project: Project) -> None:
    project.write(PROGRAM + "raise ValueError('not today')\n")

    up = project.hearth("up", "--detach")

    assert (up.returncode, up.stdout) == (2, "")
    assert up.stderr.count("not today") == 1
    assert "Traceback" not in up.stderr


def test_a_port_in_use_is_one_line(project: Project) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        up = project.hearth("up", "--port", taken)

    assert (up.returncode, up.stdout) == (2, "")
    assert up.stderr.splitlines()[-2] == f"hearth: port {taken} is in use"
    assert "Traceback" not in up.stderr


def test_a_damaged_folder_is_one_line(project: Project) -> None:
    project.folder.path.mkdir(parents=True)
    project.folder.state.write_text('{"half')

    for words in (("up",), ("status",)):
        ended = project.hearth(*words)
        assert ended.returncode == 2
        assert ended.stderr.startswith(f"hearth: {project.folder.state} is damaged")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        pytest.param(("up", "--stage", "prod"), "runs in AWS, not on this machine", id="aws"),
        *(
            # Of a stage in AWS this machine knows nothing, least of all that its data is deleted.
            pytest.param((*words, "--stage", "prod"), "prod runs in AWS, not on this machine")
            for words in (("status",), ("token",), ("down",), ("down", "--destroy", "--yes"))
        ),
        pytest.param(("down", "--stage", "nowhere"), "there is no stage 'nowhere'", id="down"),
        pytest.param(("up", "--stage", "nowhere"), "there is no stage 'nowhere'", id="up"),
        pytest.param(("token", "--stage", "nowhere"), "there is no stage 'nowhere'", id="whose"),
        pytest.param(("status", "--stage", "../x"), "there is no stage '../x'", id="path"),
        pytest.param(("token",), "stage local is not up", id="token"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    project: Project, words: tuple[str, ...], problem: str
) -> None:
    project.root.joinpath("Pulumi.prod.yaml").touch()

    ended = project.hearth(*words)

    assert (ended.returncode, ended.stdout) == (2, "")
    said = ended.stderr.splitlines()
    assert problem in said[0]
    assert said[1].startswith("  try: ")


@pytest.mark.parametrize("content", ["config: [", "- a", "config: \xff\xfe"])
def test_a_stage_file_that_cannot_be_read_is_one_line(project: Project, content: str) -> None:
    project.root.joinpath("Pulumi.local.yaml").write_bytes(content.encode("latin-1"))

    for words in (("status",), ("build",), ("verify-index",)):
        ended = project.hearth(*words)

        assert (ended.returncode, ended.stdout) == (2, "")
        assert len(ended.stderr.splitlines()) == 1
        assert ended.stderr.startswith("hearth: Pulumi.local.yaml cannot be read: ")


def test_what_the_system_refuses_is_one_line(project: Project) -> None:
    place = project.root / ".hearth"
    place.touch()  # where a folder has to be

    ended = {word: project.hearth(word) for word in ("status", "up")}
    place.unlink()

    lock = f"{place}/local/up.lock"
    assert {word: (each.returncode, each.stdout) for word, each in ended.items()} == {
        "status": (2, ""),
        "up": (2, ""),
    }
    assert ended["status"].stderr == f"hearth: {lock}: Not a directory\n"
    assert ended["up"].stderr == f"hearth: {place}/local cannot be used: Not a directory\n"


def test_data_is_deleted_only_when_the_name_is_typed(project: Project) -> None:
    project.folder.path.mkdir(parents=True)
    project.folder.state.write_text("{}")

    wrong = project.hearth("down", "--destroy", answer="yes\n")
    kept = project.folder.state.exists()
    right = project.hearth("down", "--destroy", answer="local\n")

    assert (wrong.returncode, kept) == (2, True)
    assert wrong.stderr.splitlines()[-2] == "hearth: nothing was deleted"
    assert right.returncode == 0
    assert not project.folder.path.exists()


@pytest.mark.slow
def test_down_destroy_yes_stops_the_stage_and_deletes_all(project: Project) -> None:
    project.hearth("up", "--detach")

    down = project.hearth("down", "--destroy", "--yes", "--json")

    assert json.loads(down.stdout) == {"stage": "local", "wasUp": True, "destroyed": True}
    assert not project.folder.path.exists()


@pytest.mark.slow
def test_down_says_when_not_everything_could_be_saved(project: Project) -> None:
    project.hearth("up", "--detach")
    project.folder.ministack.joinpath("dynamodb.json.tmp").mkdir()  # where a file has to be

    down = project.hearth("down")
    destroyed = project.hearth("down", "--destroy", "--yes")

    assert (down.returncode, down.stdout) == (1, "")
    assert down.stderr.splitlines() == [
        "hearth: stage local is down, but not everything was saved",
        f"  try: read {project.folder.logs / 'ministack.log'}",
    ]
    assert destroyed.returncode == 0


@pytest.mark.slow
def test_ctrl_c_while_a_stage_comes_up_in_the_background_takes_it_down(project: Project) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "hearth_cli", "up", "--detach"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "starting MiniStack" not in (line := process.stderr.readline()):
        assert line, "it ended before MiniStack was started"
    os.kill(process.pid, signal.SIGINT)
    process.communicate()

    assert process.returncode == 130
    assert locks.holder(project.folder.up_lock) is None
    assert locks.holder(project.folder.ministack_lock) is None
