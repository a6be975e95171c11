"""`hearth reindex --abandon`, which is one call and nothing to watch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hearth_cli.commands import reindex
from hearth_cli.errors import CommandError
from hearth_cli.repair import watching
from hearth_cli.repair.function import FunctionFailed


class Function:
    """Gives one answer to every call."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def call(self, _event: object) -> Any:
        """Return the answer, or raise it."""
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


def _abandon(monkeypatch: pytest.MonkeyPatch, answer: Any, *, as_json: bool) -> None:
    monkeypatch.setattr(reindex, "of_stage", lambda *_: Function(answer))
    reindex.reindex_command("local", "", True, "", as_json)


@pytest.mark.parametrize(
    ("forgotten", "line"), [(True, "given up"), (False, "there was nothing to give up")]
)
def test_a_reindex_is_given_up_in_words_or_as_json(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    forgotten: bool,
    line: str,
) -> None:
    _abandon(monkeypatch, {"abandoned": forgotten}, as_json=False)
    words = capsys.readouterr().out
    _abandon(monkeypatch, {"abandoned": forgotten}, as_json=True)
    document = json.loads(capsys.readouterr().out)

    assert words == f"{line}\n"
    assert document == {"abandoned": forgotten}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"refused": "there is no search"}, "there is no search"),
        (FunctionFailed("timeout"), "the function failed: timeout"),
    ],
)
def test_what_hinders_giving_up_is_said(
    monkeypatch: pytest.MonkeyPatch, answer: Any, message: str
) -> None:
    monkeypatch.setattr(watching, "PATIENCE", -1.0)

    with pytest.raises(CommandError) as error:
        _abandon(monkeypatch, answer, as_json=False)

    assert error.value.message == message
