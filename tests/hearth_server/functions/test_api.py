"""The function behind the API, from event to answer."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hearth_server.access.roles import parse_roles
from hearth_server.aws.errors import CallFailed
from hearth_server.functions import api, wiring
from hearth_server.store.protocol import Key, Record

from tests.hearth_server.functions.conftest import Table
from tests.hearth_server.functions.events import CLAIMS, aws_event, ministack_event


class Context:
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return 20_000


def call(event: dict[str, Any]) -> dict[str, Any]:
    return api.handler(event, Context())


def posted(resource: Any, make: Any = aws_event) -> dict[str, Any]:
    return make(
        httpMethod="POST",
        path=f"/{resource['resourceType']}",
        pathParameters={"proxy": resource["resourceType"]},
        body=json.dumps(resource),
    )


def reads_raise(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the store fail at every read of a newest version."""

    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(type(wiring.store()), "latest", failing)


PATIENT = {"resourceType": "Patient", "name": [{"family": "Secretive"}]}


@pytest.mark.java
@pytest.mark.parametrize("make", [aws_event, ministack_event])
def test_a_resource_is_created_and_read(table: Table, make: Any):
    created = call(posted(PATIENT, make))
    id = json.loads(created["body"])["id"]

    read = call(make(pathParameters={"proxy": f"Patient/{id}"}))

    assert (created["statusCode"], read["statusCode"]) == (201, 200)
    assert json.loads(read["body"]) == json.loads(created["body"])
    assert created["headers"]["Location"].endswith(f"/Patient/{id}/_history/1")
    assert read["isBase64Encoded"] is False


@pytest.mark.java
def test_a_request_is_one_line_in_the_log_that_tells_nothing_of_a_patient(
    table: Table, capsys: pytest.CaptureFixture[str]
):
    created = call(posted(PATIENT))

    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert {name: said[name] for name in ("event", "interaction", "status", "request")} == {
        "event": "request",
        "interaction": "create",
        "status": 201,
        "request": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    }
    assert json.loads(created["body"])["id"] not in line
    assert "Secretive" not in line


@pytest.mark.java
def test_a_fault_of_ours_says_nothing_but_its_request_id(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    reads_raise(RuntimeError("Secretive was admitted"), monkeypatch)

    answer = call(aws_event())

    out = capsys.readouterr().out
    assert answer["statusCode"] == 500
    assert answer["headers"]["X-Request-Id"] == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    assert json.loads(answer["body"])["resourceType"] == "OperationOutcome"
    assert "Secretive" not in answer["body"] + out
    assert "RuntimeError" in out


@pytest.mark.java
def test_the_log_says_which_call_was_refused_and_how_and_not_what_it_was_about(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The answer promises details there: a key that is switched off and a right that is missing
    would look the same."""
    details = {"message": "Secretive was admitted"}
    reads_raise(CallFailed("Query", 400, "AccessDeniedException", details), monkeypatch)

    call(aws_event())

    out = capsys.readouterr().out
    fault = json.loads(out.splitlines()[0])
    assert (fault["call"], fault["code"]) == ("Query", "AccessDeniedException")
    assert "Secretive" not in out


@pytest.mark.java
def test_a_record_that_is_damaged_is_a_fault_and_not_an_exception(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """An exception would leave the request without a line in the log, and without an answer."""

    def damaged(_: object, key: Key) -> Record:
        return Record(key, 1, 1, "PUT", b'{"resourceType":"Patient","id":"\xff"}')

    monkeypatch.setattr(type(wiring.store()), "latest", damaged)

    answer = call(aws_event())

    fault, request = map(json.loads, capsys.readouterr().out.splitlines())
    assert (fault["error"], request["status"]) == ("UnicodeDecodeError", 500)
    assert answer["statusCode"] == 500
    assert json.loads(answer["body"])["resourceType"] == "OperationOutcome"


@pytest.mark.java
def test_a_fault_at_one_read_of_a_batch_does_not_hide_what_the_others_did(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """R-BT-2: the client that is told of a fault sends all of it again, and doubles the create."""
    reads_raise(ValueError("Secretive was admitted"), monkeypatch)
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            {"request": {"method": "POST", "url": "Patient"}, "resource": PATIENT},
            {"request": {"method": "GET", "url": "Patient/a"}},
        ],
    }

    answer = call(aws_event(resource="/", httpMethod="POST", body=json.dumps(batch)))

    out = capsys.readouterr().out
    statuses = [each["response"]["status"] for each in json.loads(answer["body"])["entry"]]
    assert (answer["statusCode"], statuses) == (200, ["201 Created", "500 Internal Server Error"])
    assert json.loads(out.splitlines()[0])["error"] == "ValueError"
    assert "Secretive" not in answer["body"] + out


@pytest.mark.java
def test_a_write_stands_though_its_index_entry_fails(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(type(wiring.search_index()), "index", broken)

    answer = call(posted(PATIENT))

    assert answer["statusCode"] == 201
    assert '"event":"index-late"' in capsys.readouterr().out


def test_a_stage_that_is_set_up_wrong_is_a_fault_and_not_an_exception(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.delenv("HEARTH_RESOURCES_TABLE", raising=False)
    wiring.stage_settings.cache_clear()
    wiring.services.cache_clear()

    answer = call(aws_event())

    assert answer["statusCode"] == 500
    assert answer["headers"]["X-Request-Id"] == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"


@pytest.mark.java
def test_a_body_that_was_not_utf_8_is_refused(table: Table):
    answer = call(aws_event(httpMethod="POST", body="\ufffd", pathParameters={"proxy": "Patient"}))

    outcome = json.loads(answer["body"])
    assert (answer["statusCode"], outcome["issue"][0]["code"]) == (400, "structure")
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"


IMPORTS = """
import sys, time
started = time.perf_counter()
import hearth_server.functions.{function}
spent = time.perf_counter() - started
heavy = [name for name in {heavy} if name in sys.modules]
print(len(sys.modules), spent, ",".join(heavy))
"""
HEAVY = (
    "boto3", "botocore", "pydantic", "fhir", "fastapi", "grpc", "pulumi", "requests", "asyncio",
    "logging", "sqlite3", "ssl", "xml", "unittest", "hearth_server.validation.compiler",
    "hearth_server.search.parse.request", "hearth_server.interactions.bundle",
)  # fmt: skip


@pytest.mark.parametrize("function", ["api", "indexer", "repair", "sweep"])
def test_a_function_imports_little_before_its_first_request(function: str):
    """Import time is cold start: what a request needs is imported when it comes."""
    script = IMPORTS.format(function=function, heavy=HEAVY)

    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )

    modules, _, heavy = done.stdout.strip("\n").split(" ")
    assert heavy == ""
    assert int(modules) < 220


@pytest.mark.java
def test_an_expunge_is_told_in_the_log_with_what_it_erased_and_by_whom(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A restore brings what was erased back: this line says what to erase again."""
    grants = b'{"practitioner":[{"interactions":["create","$expunge"],"types":["*"]}]}'
    monkeypatch.setattr(wiring, "default_roles", lambda: parse_roles(grants))
    monkeypatch.setenv("HEARTH_EXPUNGE", "on")
    monkeypatch.setattr(type(wiring.store()), "expunge", lambda *_, **__: 2)  # there is no S3 here
    id = json.loads(call(posted(PATIENT))["body"])["id"]
    capsys.readouterr()

    answer = call(aws_event(httpMethod="POST", pathParameters={"proxy": f"Patient/{id}/$expunge"}))

    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["statusCode"] == 200
    assert line["erased"] == f"Patient/{id}"
    assert line["caller"] == CLAIMS["sub"]
