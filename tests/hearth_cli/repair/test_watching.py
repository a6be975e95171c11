"""A job is watched: what is shown, and what a function that fails or refuses leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hearth_cli.errors import CommandError
from hearth_cli.repair import watching
from hearth_cli.repair.function import FunctionFailed


class Function:
    """Answers what a test has written down, and remembers what it was asked."""

    def __init__(self, answers: Iterable[Any]) -> None:
        self._answers = iter(answers)
        self.events: list[Mapping[str, Any]] = []

    def call(self, event: Mapping[str, Any]) -> Any:
        """Return the next answer, or raise it."""
        self.events.append(event)
        answer = next(self._answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def progress(phase: str, done: int, *, finished: bool = False) -> dict[str, Any]:
    return {"phase": phase, "done": done, "of": 4, "counts": {"indexed": 1000 * done}} | (
        {"finished": True} if finished else {}
    )


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_BUSY_PAUSE", 0.0)


def watch(function: Function, **options: Any) -> dict[str, Any]:
    return watching.watch(function, "reindex", "shards", **options)  # type: ignore[arg-type]


def test_a_job_is_called_until_it_is_finished_by_one_runner() -> None:
    last = progress("finished", 4, finished=True)
    function = Function([progress("filling", 1), progress("filling", 2), last])

    assert watch(function, parameters=["code"]) == last
    assert len({event["runner"] for event in function.events}) == 1
    assert {tuple(event["parameters"]) for event in function.events} == {("code",)}


def test_where_there_is_no_terminal_each_phase_is_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    watch(
        Function(
            [
                progress("filling", 1),
                progress("filling", 2),
                progress("settling", 4),
                progress("finished", 4, finished=True),
            ]
        )
    )

    assert capsys.readouterr().err.splitlines() == [
        "filling: 1 of 4 shards, 1,000 indexed",
        "settling: 4 of 4 shards, 4,000 indexed",
    ]


def test_a_function_that_fails_for_a_moment_is_called_again() -> None:
    last = progress("finished", 4, finished=True)

    assert watch(Function([FunctionFailed("away"), {"busy": True}, last])) == last


def test_a_function_that_goes_on_failing_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PATIENCE", -1.0)

    with pytest.raises(CommandError) as raised:
        watch(Function([FunctionFailed("the engine is away")]))

    assert (raised.value.exit_code, raised.value.message) == (
        1,
        "the function failed: the engine is away",
    )


def test_what_is_refused_is_said() -> None:
    with pytest.raises(CommandError, match="no search engine") as raised:
        watch(Function([{"refused": "this stage has no search engine"}]))

    assert raised.value.exit_code == 2


def test_who_is_stopped_is_told_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        watch(Function([progress("filling", 1), KeyboardInterrupt()]))

    assert "run the same command again" in capsys.readouterr().err
