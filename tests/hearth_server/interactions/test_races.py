"""Fifty clients at once, over DynamoDB Local: exactly one wins where one must.

https://hl7.org/fhir/R4/http.html#concurrency
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hearth_server.aws.credentials import Credentials
from hearth_server.rest.response import Response
from hearth_server.store.dynamodb import DynamoDBStore

from tests.hearth_server.interactions.bundles import bundle, post, put, statuses
from tests.hearth_server.interactions.patients import patient, stored, with_identifier
from tests.hearth_server.serving import Server, said
from tests.hearth_server.store.tables import MemoryBucket, client, create
from tests.services.dynamodb_local import ACCESS_KEY

pytestmark = pytest.mark.java

CLIENTS = 50
CONDITION = "identifier=urn:mrn|7"


@pytest.fixture(scope="module")
def table(dynamodb_url: str) -> DynamoDBStore:
    dynamodb = client(dynamodb_url, Credentials(ACCESS_KEY, "secret"))
    create(dynamodb, "races")
    return DynamoDBStore(dynamodb, "races", MemoryBucket())


@pytest.fixture
def server(table: DynamoDBStore) -> Server:
    return Server(store=table)


def at_once(call: Callable[[int], Response]) -> list[Response]:
    """Return the answers to fifty calls, sixteen of which are always under way."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(call, range(CLIENTS)))


def count(answers: list[Response]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def patients(server: Server) -> int:
    """Return how many Patients there are."""
    total: int = said(server.call("GET", "Patient?_total=accurate"))["total"]
    return total


def test_updates_without_if_match_all_succeed_as_versions_of_their_own(server: Server):
    """R-UPD-1."""
    stored(server)

    answers = at_once(lambda n: server.call("PUT", "Patient/p1", patient(str(n), id="p1")))

    versions = [int(said(answer)["meta"]["versionId"]) for answer in answers]
    assert count(answers) == {200: CLIENTS}
    assert len(set(versions)) == CLIENTS


def test_of_updates_with_the_same_if_match_exactly_one_succeeds(server: Server):
    """R-HDR-2."""
    stored(server)

    answers = at_once(
        lambda n: server.call("PUT", "Patient/p1", patient(str(n), id="p1"), {"If-Match": 'W/"1"'})
    )

    assert count(answers) == {200: 1, 412: CLIENTS - 1}


def test_creates_under_the_same_condition_make_one_resource(server: Server):
    """R-CCREATE-1."""
    answers = at_once(
        lambda _: server.call("POST", "Patient", with_identifier("7"), {"If-None-Exist": CONDITION})
    )

    assert count(answers) == {200: CLIENTS - 1, 201: 1}
    assert patients(server) == 1


def test_updates_under_the_same_condition_make_one_resource(server: Server):
    """R-CUPD-1."""
    answers = at_once(lambda _: server.call("PUT", f"Patient?{CONDITION}", with_identifier("7")))

    assert count(answers) == {200: CLIENTS - 1, 201: 1}
    assert patients(server) == 1


def test_transactions_under_the_same_condition_make_one_resource(server: Server):
    """R-CCREATE-1, R-TX-8."""
    sent = bundle(
        "transaction",
        post(with_identifier("7"), "urn:uuid:0", ifNoneExist=CONDITION),
        post({"resourceType": "Basic", "subject": {"reference": "urn:uuid:0"}}),
    )

    answers = at_once(lambda _: server.call("POST", "", sent))

    made = Counter(statuses(answer)[0] for answer in answers)
    assert made == {"200": CLIENTS - 1, "201": 1}
    assert patients(server) == 1


def test_deletes_and_updates_lose_no_version(server: Server):
    """R-DEL-2."""
    stored(server)

    def call(number: int) -> Response:
        if number % 2:
            return server.call("DELETE", "Patient/p1")
        return server.call("PUT", "Patient/p1", patient(str(number), id="p1"))

    answers = at_once(call)

    bundles = said(server.call("GET", "Patient/p1/_history?_count=1000"))
    tags = {entry["response"]["etag"] for entry in bundles["entry"]}
    written = [answer.headers["ETag"] for answer in answers if answer.status in (200, 201)]
    assert set(count(answers)) <= {200, 201, 204}
    assert len(set(written)) == len(written)
    assert set(written) <= tags


def test_transactions_over_the_same_resources_leave_all_of_one(server: Server):
    """R-TX-1."""

    def call(number: int) -> Response:
        entries: list[Any] = [put(patient(str(number), id=id)) for id in ("a", "b", "c")]
        return server.call("POST", "", bundle("transaction", *entries))

    answers = at_once(call)

    families = {
        said(server.call("GET", f"Patient/{id}"))["name"][0]["family"] for id in ("a", "b", "c")
    }
    assert count(answers) == {200: CLIENTS}
    assert len(families) == 1


def test_a_post_sent_many_times_under_one_key_makes_one_resource(server: Server):
    """Idempotency-Key."""
    answers = at_once(lambda _: server.call("POST", "Patient", patient(), {"Idempotency-Key": "k"}))

    assert count(answers) == {201: CLIENTS}
    assert len({answer.body for answer in answers}) == 1
    assert patients(server) == 1
