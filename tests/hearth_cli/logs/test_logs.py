"""Events of the log are read once each, in order, and shown a line each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hearth_cli.commands import logs
from hearth_cli.errors import CommandError
from hearth_cli.logs.lines import record, shown
from hearth_cli.logs.reading import Event, Reader

AT = 1_795_348_682_140


class Log:
    """Log groups, as CloudWatch gives them: in pages, each event with an id."""

    def __init__(self, **groups: list[tuple[int, str]]) -> None:
        self.groups = groups

    def get_paginator(self, operation: str) -> Log:
        assert operation == "filter_log_events"
        return self

    def paginate(self, *, logGroupName: str, startTime: int) -> Iterator[dict[str, Any]]:  # noqa: N803
        for number, (at, message) in enumerate(self.groups[logGroupName]):
            if at >= startTime:
                event = {"eventId": f"{logGroupName}{number}", "logStreamName": "one"}
                yield {"events": [{**event, "timestamp": at, "message": message + "\n"}]}
        yield {"events": []}


def test_events_of_several_functions_come_in_the_order_of_time() -> None:
    log = Log(one=[(AT, "a"), (AT + 20, "c")], two=[(AT + 10, "b")])

    events = Reader(log, {"api": "one", "indexer": "two"}).new(AT)

    assert events == [
        Event(AT, "api", "a"), Event(AT + 10, "indexer", "b"), Event(AT + 20, "api", "c")
    ]  # fmt: skip


def test_an_event_comes_once_though_it_is_looked_for_again() -> None:
    log = Log(one=[(AT, "a")])
    reader = Reader(log, {"api": "one"})
    reader.new(AT - 100)
    log.groups["one"].append((AT - 50, "late"))

    assert reader.new(AT - 100) == [Event(AT - 50, "api", "late")]


def test_what_lambda_says_of_its_calls_is_left_out() -> None:
    said = ["START RequestId: 1 Version: 1", "END RequestId: 1", "REPORT RequestId: 1 Duration"]
    log = Log(one=[(AT, each) for each in [*said, "2026 1 Task timed out after 29.00 seconds"]])

    events = Reader(log, {"api": "one"}).new(AT)

    assert [each.message for each in events] == ["2026 1 Task timed out after 29.00 seconds"]


def test_only_what_was_logged_for_a_request_is_returned() -> None:
    log = Log(one=[(AT, '{"event":"request","request":"r1"}'), (AT, '{"request":"r2"}')])

    assert [each.message for each in Reader(log, {"api": "one"}).new(AT, "r2")] == [
        '{"request":"r2"}'
    ]


def test_an_event_is_a_line_of_its_facts() -> None:
    said = {"event": "request", "interaction": "read", "status": 404, "ms": 7.35, "caller": None}

    assert shown(Event(AT, "api", json.dumps(said))) == [
        "2026-11-22T11:58:02.140Z api     request interaction=read status=404 ms=7.35"
    ]


def test_a_fault_is_followed_by_where_it_came_from() -> None:
    said = {"event": "fault", "error": "KeyError", "trace": ["api.py:25 handler", "read.py:9 read"]}

    assert shown(Event(AT, "api", json.dumps(said))) == [
        "2026-11-22T11:58:02.140Z api     fault error=KeyError",
        "    api.py:25 handler",
        "    read.py:9 read",
    ]


def test_what_is_no_json_is_shown_as_it_is() -> None:
    event = Event(AT, "sweep", "Task timed out")

    assert shown(event) == ["2026-11-22T11:58:02.140Z sweep   Task timed out"]
    assert record(event) == {
        "at": "2026-11-22T11:58:02.140Z", "function": "sweep", "message": "Task timed out"
    }  # fmt: skip


@pytest.mark.parametrize("since", ["", "5", "m", "5x", "-1m", "1.5h", "9999999d"])
def test_a_time_that_is_none_is_refused(since: str) -> None:
    with pytest.raises(CommandError) as error:
        logs.logs_command([], "local", since)

    assert error.value.hint == "90s, 10m, 2h or 1d"


def test_an_unknown_function_is_refused() -> None:
    with pytest.raises(CommandError) as error:
        logs.logs_command(["apis"], "local", "10m")

    assert (error.value.message, error.value.hint) == (
        "there is no function 'apis'", "one of api, indexer, repair, sweep"
    )  # fmt: skip
