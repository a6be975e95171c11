"""The DynamoDB client: what it sends, what it tries again, what it raises."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Sequence

import pytest
from hearth_server import deadline
from hearth_server.aws.credentials import Credentials
from hearth_server.aws.dynamodb import DynamoDB
from hearth_server.aws.endpoint import parse
from hearth_server.aws.errors import CallFailed, Unanswered

from tests.hearth_server.aws.http_server import Received, Reply, serving


def client(url: str) -> DynamoDB:
    """Return a client of the server at `url`."""
    return DynamoDB(parse(url), "eu-central-1", Credentials("AKID", "secret", "token"))


def error(code: str, status: int = 400, **more: object) -> Reply:
    """Return an error as DynamoDB sends it."""
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "m", **more}
    return Reply(status, json.dumps(body).encode())


def in_turn(replies: Sequence[Reply]) -> Callable[[int, Received], Reply]:
    """Return a function that gives one reply after the other, the last one for ever."""
    return lambda number, _: replies[min(number, len(replies) - 1)]


def test_a_call_names_its_operation_and_is_signed() -> None:
    with serving(lambda *_: Reply(body=b'{"Item":{"pk":{"S":"x"}}}')) as server:
        answer = client(server.url).call("GetItem", {"TableName": "t", "n": 1})

    assert answer == {"Item": {"pk": {"S": "x"}}}
    (received,) = server.received
    assert (received.method, received.target, json.loads(received.body)) == (
        "POST", "/", {"TableName": "t", "n": 1},
    )  # fmt: skip
    assert received.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert received.headers["content-type"] == "application/x-amz-json-1.0"
    assert received.headers["x-amz-security-token"] == "token"
    assert received.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")


def test_calls_share_one_connection() -> None:
    with serving(lambda *_: Reply()) as server:
        dynamodb = client(server.url)
        for _ in range(5):
            dynamodb.call("GetItem", {})

    assert {received.connection for received in server.received} == {1}


def test_a_connection_that_the_other_side_closed_is_replaced() -> None:
    with serving(lambda number, _: Reply(close=number == 0)) as server:
        dynamodb = client(server.url)
        dynamodb.call("GetItem", {})
        time.sleep(0.05)
        dynamodb.call("GetItem", {})

    assert [received.connection for received in server.received] == [1, 2]


@pytest.mark.parametrize(
    "failure",
    [
        error("ProvisionedThroughputExceededException"),
        error("ThrottlingException"),
        error("TransactionConflictException"),
        error("InternalServerError", 500),
        Reply(503, b"not json"),
        Reply(None),
    ],
    ids=["throughput", "throttling", "conflict", "internal", "not-json", "cut"],
)
def test_a_passing_failure_is_tried_again_with_a_fresh_signature(failure: Reply) -> None:
    with serving(in_turn([failure, failure, Reply(body=b'{"a":1}')])) as server:
        answer = client(server.url).call("PutItem", {"x": "y"})

    assert answer == {"a": 1}
    assert len(server.received) == 3
    assert len({received.body for received in server.received}) == 1


def test_a_lasting_failure_is_raised_with_what_came_back() -> None:
    failure = error("ConditionalCheckFailedException", Item={"pk": {"S": "old"}})
    with serving(lambda *_: failure) as server, pytest.raises(CallFailed) as raised:
        client(server.url).call("PutItem", {})

    assert len(server.received) == 1
    assert raised.value.code == "ConditionalCheckFailedException"
    assert raised.value.details["Item"] == {"pk": {"S": "old"}}
    assert str(raised.value) == "PutItem failed with ConditionalCheckFailedException"


def test_it_gives_up_when_the_requests_time_is_up() -> None:
    with serving(lambda *_: error("ThrottlingException")) as server:
        began = time.monotonic()
        with deadline.within(0.4), pytest.raises(Unanswered) as raised:
            client(server.url).call("PutItem", {})

    assert time.monotonic() - began < 2
    assert not raised.value.uncertain
    assert len(server.received) > 1


def test_no_call_begins_long_after_the_requests_time_is_up() -> None:
    """Quick calls one after the other would go on until the function is ended."""
    with serving(lambda *_: Reply()) as server, deadline.within(-0.1):
        client(server.url).call("UpdateItem", {})
        with deadline.within(-0.3), pytest.raises(Unanswered) as raised:
            client(server.url).call("PutItem", {})

    assert not raised.value.uncertain
    assert len(server.received) == 1


def test_it_says_when_a_call_may_have_taken_effect() -> None:
    with (
        serving(lambda *_: Reply(None)) as server,
        deadline.within(0.2),
        pytest.raises(Unanswered) as raised,
    ):
        client(server.url).call("PutItem", {})

    assert raised.value.uncertain


def test_a_damaged_answer_is_not_believed() -> None:
    reply = Reply(body=b'{"a":1}', headers={"x-amz-crc32": str(zlib.crc32(b"other"))})
    with serving(lambda *_: reply) as server, pytest.raises(Unanswered, match="damaged"):
        client(server.url).call("GetItem", {})

    assert len(server.received) == 1


def test_a_clock_that_is_wrong_is_put_right_once() -> None:
    """The server's date is an hour ahead; the second signature says so."""
    skewed = error("InvalidSignatureException")
    skewed = Reply(400, skewed.body, {"date": "Sat, 01 Jan 2033 00:00:00 GMT"})

    def reply(_: int, received: Received) -> Reply:
        return Reply() if received.headers["x-amz-date"].startswith("2033") else skewed

    with serving(reply) as server:
        client(server.url).call("GetItem", {})

    assert len(server.received) == 2


def test_a_signature_that_stays_wrong_is_a_lasting_failure() -> None:
    with (
        serving(lambda *_: error("InvalidSignatureException")) as server,
        pytest.raises(CallFailed, match="InvalidSignatureException"),
    ):
        client(server.url).call("GetItem", {})

    assert len(server.received) == 1


def test_no_failure_shows_the_secret() -> None:
    credentials = Credentials("AKID", "secret", "token")

    assert repr(credentials) == "Credentials(access_key='AKID')"
