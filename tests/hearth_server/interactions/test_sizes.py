"""No answer is longer than Lambda carries, and each ends: pages, includes, histories.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hearth_server.rest.limits import ANSWER_LIMIT, REQUEST_LIMIT, encoded_size
from hearth_server.store.memory import MemoryStore
from hearth_server.store.protocol import ABSENT, HistoryPage, HistoryQuery, Key, Write

from tests.hearth_server.interactions.patients import stored
from tests.hearth_server.serving import Server, problem, said


class Counting(MemoryStore):
    """A store that is asked for a history a few times only."""

    asked = 0

    def history(self, query: HistoryQuery) -> HistoryPage:
        self.asked += 1
        assert self.asked < 50, "the history never ends"
        return super().history(query)


def note(id: str, length: int) -> dict[str, Any]:
    """Return an Observation of p1 whose note grows to three times its length on its way."""
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/p1"},
        "note": [{"text": "ä" * length}],
    }


def test_what_is_included_is_measured_as_the_answer_carries_it(server: Server):
    """S-RES-1."""
    stored(server)
    for number in range(12):
        resource = note(f"o{number}", 100_000)
        assert server.call("PUT", f"Observation/o{number}", resource).status == 201

    answer = server.call("GET", "Patient?_revinclude=Observation:patient")

    modes = [each["search"]["mode"] for each in said(answer)["entry"]]
    assert modes == ["match", *["include"] * 8, "outcome"]
    assert encoded_size(answer.body) <= ANSWER_LIMIT


def test_includes_that_fit_come_without_a_warning(server: Server):
    """S-RES-1."""
    stored(server)
    server.call("PUT", "Observation/o1", note("o1", 10))

    answer = server.call("GET", "Patient?_revinclude=Observation:patient")

    assert [each["search"]["mode"] for each in said(answer)["entry"]] == ["match", "include"]


def test_a_search_whose_links_would_be_too_long_is_refused(server: Server):
    """S-RES-3: each of the links repeats the search, a letter as up to twelve."""
    for id in ("p1", "p2"):
        stored(server, id)
    values = quote(",".join("\U0001f525" * 999 for _ in range(190)))

    answer = server.call(
        "POST",
        "Patient/_search",
        f"_count=1&identifier:not={values}".encode(),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert problem(answer) == (400, "too-costly", None)


def test_the_history_of_a_resource_over_the_limit_ends():
    """R-HIST-1: a page has one version at least, whatever its size."""
    store = Counting()
    server = Server(store=store)
    key = Key(server.tenant, "Observation", "o1")
    store.commit([Write(key, "PUT", note("o1", 900_000), ABSENT)])

    answer = server.call("GET", "Observation/o1/_history")

    assert len(said(answer)["entry"]) == 1
    assert ANSWER_LIMIT < encoded_size(answer.body) < REQUEST_LIMIT
