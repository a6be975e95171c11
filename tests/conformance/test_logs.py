"""An answer's request id leads to what was logged for it."""

from __future__ import annotations

import json

from tests.services.local_stage import LocalStage


def test_what_was_logged_for_an_answer_is_found_by_its_request_id(stage: LocalStage) -> None:
    answer = stage.call("GET", "Patient/none")

    logged = stage.hearth("logs", "api", "--request", answer.headers["x-request-id"], "--json")

    events = [json.loads(line)["message"] for line in logged.stdout.splitlines()]
    assert [(each["event"], each["interaction"], each["status"]) for each in events] == [
        ("request", "read", 404)
    ]


def test_what_each_function_logs_is_a_line(stage: LocalStage) -> None:
    stage.call("POST", "Patient", {"resourceType": "Patient"})

    logged = stage.hearth("logs", "--since", "1h").stdout

    assert " api     request interaction=create status=201 " in logged
