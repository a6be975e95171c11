"""History of an instance, a type and the system: R-HIST, R-BDL.

https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import pytest
from hearth_server.fhir.dates import instant
from hearth_server.store.memory import MemoryStore

from tests.hearth_server.interactions.patients import patient, stored
from tests.hearth_server.serving import BASE, Server, problem, said

START = 1_900_000_000_000
DAY = 24 * 3600 * 1000


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Server:
    return Server(store=MemoryStore(clock))


def versions(answer: Any) -> list[tuple[str, str]]:
    """Return the fullUrl below the base and the ETag of each entry."""
    return [
        (each["fullUrl"].removeprefix(f"{BASE}/"), each["response"]["etag"])
        for each in said(answer).get("entry", [])
    ]


def test_a_history_has_every_version_newest_first_with_request_and_response(server: Server):
    """R-HIST-1, R-HIST-2, R-BDL-1, R-BDL-2."""
    created = said(server.call("POST", "Patient", patient()))
    id = created["id"]
    updated = said(server.call("PUT", f"Patient/{id}", patient("New", id=id)))
    server.call("DELETE", f"Patient/{id}")

    answer = server.call("GET", f"Patient/{id}/_history")

    bundle = said(answer)
    full_url = f"{BASE}/Patient/{id}"
    assert (answer.status, bundle["type"], bundle["total"]) == (200, "history", 3)
    assert bundle["entry"] == [
        {
            "fullUrl": full_url,
            "request": {"method": "DELETE", "url": f"Patient/{id}"},
            "response": {
                "status": "204 No Content",
                "etag": 'W/"3"',
                "lastModified": bundle["entry"][0]["response"]["lastModified"],
            },
        },
        {
            "fullUrl": full_url,
            "resource": updated,
            "request": {"method": "PUT", "url": f"Patient/{id}"},
            "response": {
                "status": "200 OK",
                "etag": 'W/"2"',
                "lastModified": updated["meta"]["lastUpdated"],
            },
        },
        {
            "fullUrl": full_url,
            "resource": created,
            "request": {"method": "POST", "url": "Patient"},
            "response": {
                "status": "201 Created",
                "etag": 'W/"1"',
                "lastModified": created["meta"]["lastUpdated"],
            },
        },
    ]


def test_a_history_of_a_type_or_the_system_has_all_their_resources(server: Server, clock: Clock):
    """R-HIST-1."""
    for id in ("a", "b", "a"):
        clock.now += 1000
        stored(server, id)
    clock.now += 1000
    server.call("PUT", "Basic/c", {"resourceType": "Basic", "id": "c"})

    of_type = versions(server.call("GET", "Patient/_history"))
    of_all = versions(server.call("GET", "_history"))

    assert of_type == [("Patient/a", 'W/"2"'), ("Patient/b", 'W/"1"'), ("Patient/a", 'W/"1"')]
    assert of_all == [("Basic/c", 'W/"1"'), *of_type]


def test_pages_go_on_where_the_last_one_ended_whatever_is_written_meanwhile(server: Server):
    """R-HIST-3, R-BDL-4."""
    for _ in range(5):
        stored(server)
    seen = []
    url = "Patient/p1/_history?_count=2"
    while url:
        bundle = said(server.call("GET", url))
        seen += [each["response"]["etag"] for each in bundle["entry"]]
        stored(server)
        links = {each["relation"]: each["url"] for each in bundle["link"]}
        url = links.get("next", "").removeprefix(f"{BASE}/")

    assert seen == ['W/"5"', 'W/"4"', 'W/"3"', 'W/"2"', 'W/"1"']


def test_since_is_a_time_at_or_after(server: Server, clock: Clock):
    """R-HIST-3."""
    times = []
    for _ in range(3):
        clock.now += 1000
        times.append(stored(server)["meta"]["lastUpdated"])

    answer = server.call("GET", f"Patient/p1/_history?_since={times[1]}")

    assert versions(answer) == [("Patient/p1", 'W/"3"'), ("Patient/p1", 'W/"2"')]


def test_at_has_the_versions_that_were_current_in_a_time(server: Server, clock: Clock):
    """R-HIST-3."""
    for _ in range(4):
        clock.now += DAY
        stored(server)
    day = instant(START + 3 * DAY)[:10]

    answer = server.call("GET", f"Patient/p1/_history?_at={day}")

    assert versions(answer) == [("Patient/p1", 'W/"3"'), ("Patient/p1", 'W/"2"')]


def test_the_order_can_be_turned(server: Server, clock: Clock):
    for _ in range(3):
        clock.now += 1000
        stored(server)

    answer = server.call("GET", "Patient/p1/_history?_sort=_lastUpdated")

    assert [tag for _, tag in versions(answer)] == ['W/"1"', 'W/"2"', 'W/"3"']


def test_a_count_of_nothing_answers_the_total(server: Server):
    """R-HIST-3."""
    stored(server)

    bundle = said(server.call("GET", "Patient/p1/_history?_count=0"))

    assert (bundle["total"], "entry" in bundle) == (1, False)


def test_a_page_ends_before_it_is_too_large_for_an_answer(server: Server):
    for number in range(4):
        stored(server, text={"status": "generated", "div": "ä" * 400_000 + str(number)})

    answer = server.call("GET", "Patient/p1/_history")

    relations = [each["relation"] for each in said(answer)["link"]]
    assert 0 < len(said(answer)["entry"]) < 4
    assert relations == ["self", "next"]


def test_the_time_of_the_answer_is_where_a_client_that_polls_goes_on(server: Server):
    stored(server)

    bundle = said(server.call("GET", "_history"))

    assert bundle["meta"]["lastUpdated"] <= instant(START)


@pytest.mark.parametrize("query", ["_count=1", f"_count=1&_at={instant(START)[:10]}"])
@pytest.mark.parametrize("path", ["Patient/p1/_history", "Patient/_history", "_history"])
def test_a_client_that_polls_may_go_on_from_the_time_of_any_page(
    server: Server, clock: Clock, path: str, query: str
):
    """What is written during a walk stands before its first page: the others promise no more."""
    for _ in range(3):
        stored(server)
    first = said(server.call("GET", f"{path}?{query}"))
    clock.now += 60_000
    stored(server)

    link = next(each["url"] for each in first["link"] if each["relation"] == "next")
    second = said(server.call("GET", link.removeprefix(f"{BASE}/")))

    assert second["meta"]["lastUpdated"] == first["meta"]["lastUpdated"]
    assert [each["response"]["etag"] for each in second["entry"]] == ['W/"2"']


def test_the_history_of_what_never_existed_is_not_found(server: Server):
    """R-HIST-4."""
    assert problem(server.call("GET", "Patient/p1/_history")) == (404, "not-found", None)
    assert server.call("GET", "Patient/_history").status == 200


@pytest.mark.parametrize(
    ("query", "code", "where"),
    [
        ("_count=-1", "invalid", "http._count"),
        ("_count=x", "invalid", "http._count"),
        ("_count=1&_count=2", "invalid", "http._count"),
        ("_since=yesterday", "value", "http._since"),
        ("_since=2020-01-01&_since=2021-01-01", "invalid", "http._since"),
        ("_at=x", "value", "http._at"),
        ("_sort=name", "invalid", "http._sort"),
        ("_list=1", "not-supported", "http._list"),
        ("name=x", "invalid", "http.name"),
        ("_summary=maybe", "invalid", "http._summary"),
        ("_elements=nmae", "invalid", "http._elements"),
        ("_page=tampered", "invalid", None),
    ],
)
def test_a_parameter_that_a_history_does_not_understand_is_refused(
    server: Server, query: str, code: str, where: str | None
):
    """R-HIST-3."""
    stored(server)

    assert problem(server.call("GET", f"Patient/p1/_history?{query}")) == (400, code, where)


@pytest.mark.parametrize("count", [1, 2, 3, 50])
@pytest.mark.parametrize(("path", "types"), [("Patient/_history", 1), ("_history", 2)])
def test_at_has_what_was_current_of_a_type_or_of_all(
    server: Server, clock: Clock, path: str, types: int, count: int
):
    """R-HIST-3: of each resource what was made in the time, and the last version before it."""
    for ids in (("a", "b", "c"), ("a", "d"), ("a", "b"), ("a", "c")):
        clock.now += DAY
        for id in ids:
            stored(server, id)
        server.call("PUT", f"Basic/{ids[-1]}", {"resourceType": "Basic", "id": ids[-1]})
    third = instant(START + 3 * DAY)[:10]

    found = walked(server, f"{path}?_at={third}&_count={count}")

    patients = [("a", 3), ("b", 2), ("d", 1), ("a", 2), ("b", 1), ("c", 1)]
    basics = [("b", 1), ("d", 1), ("c", 1)]
    expected = {(f"Patient/{id}", f'W/"{version}"') for id, version in patients}
    if types == 2:
        expected |= {(f"Basic/{id}", f'W/"{version}"') for id, version in basics}
    assert (len(found), set(found)) == (len(expected), expected)


def walked(server: Server, url: str) -> list[tuple[str, str]]:
    """Return the versions of every page of a history."""
    seen: list[tuple[str, str]] = []
    while url:
        answer = server.call("GET", url)
        if "entry" in said(answer):
            seen += versions(answer)
        links = {each["relation"]: each["url"] for each in said(answer)["link"]}
        url = links.get("next", "").removeprefix(f"{BASE}/")
    return seen


@pytest.mark.parametrize(
    "place",
    [
        f"1/p1/Patient/{'9' * 60}",
        f"{'9' * 60}/p1/Patient/1",
        f"1/{'p' * 3000}/Patient/1",
        f"1/p1/{'P' * 3000}/1",
        "1/\N{LATIN SMALL LETTER A WITH DIAERESIS}/Patient/1",
        "1/p1/Patient/\N{SUPERSCRIPT TWO}",
        "-1/p1/Patient/1",
    ],
)
def test_a_page_link_that_this_server_never_gave_is_refused(server: Server, place: str):
    """R-HIST-2: no such number or key reaches the table."""
    stored(server)
    page = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")

    assert server.call("GET", f"Patient/p1/_history?_page=1.{page}").status == 400


@pytest.mark.parametrize("horizon", ["", "x", "-1", "9" * 16, "\N{SUPERSCRIPT TWO}"])
def test_a_page_link_with_a_time_that_this_server_never_gave_is_refused(
    server: Server, horizon: str
):
    """R-HIST-2."""
    stored(server)
    stored(server)
    first = said(server.call("GET", "Patient/p1/_history?_count=1"))
    after = next(each["url"] for each in first["link"] if each["relation"] == "next").partition(
        "_page="
    )[2]

    page = f"{quote(horizon)}.{after.partition('.')[2]}"

    assert server.call("GET", f"Patient/p1/_history?_page={page}").status == 400


@pytest.mark.parametrize("path", ["Patient/p1/_history", "Patient/_history", "_history"])
def test_a_history_shows_the_part_of_each_version_that_was_asked_for(
    server: Server, clock: Clock, path: str
):
    """R-FMT-7."""
    stored(server, gender="male")
    stored(server, gender="female")
    clock.now += DAY

    answer = said(server.call("GET", f"{path}?_elements=gender&_count=1"))

    (entry,) = answer["entry"]
    assert set(entry["resource"]) == {"resourceType", "id", "meta", "gender"}
    assert entry["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"
    (following,) = (each["url"] for each in answer["link"] if each["relation"] == "next")
    (second,) = said(server.call("GET", following.removeprefix(f"{BASE}/")))["entry"]
    assert (second["resource"]["gender"], "name" in second["resource"]) == ("male", False)


def test_a_history_of_which_only_the_number_is_asked_has_no_entries(server: Server):
    """R-FMT-7, R-HIST-3."""
    stored(server)
    stored(server)

    answer = said(server.call("GET", "Patient/p1/_history?_summary=count"))

    assert (answer["total"], "entry" in answer) == (2, False)
