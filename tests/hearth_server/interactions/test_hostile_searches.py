"""Searches meant to hurt: refused with a 400 in under 100 ms, or answered as what they are."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hearth_server.rest.response import Response

from tests.hearth_server.serving import Server, said

FORM = {"content-type": "application/x-www-form-urlencoded"}
BUDGET = 0.1
"""Seconds of this process; the fastest of three tries counts, since others share the machine."""

SQL = "1' OR '1'='1'; DROP TABLE resource; --"
BOMB = "(a+)+" * 2000 + "$"


@pytest.fixture(scope="module")
def server() -> Server:
    server = Server()
    for number in range(3):
        body = {"resourceType": "Patient", "id": f"p{number}", "name": [{"family": "Ada"}]}
        server.call("PUT", f"Patient/p{number}", body)
    return server


def asked(server: Server, form: str) -> Response:
    """Return the answer to a search, which took less than the budget at its best."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        answer = server.call("POST", "Patient/_search", form.encode(), FORM)
        best = min(best, time.process_time() - started)
    assert best < BUDGET
    return answer


HOSTILE = {
    "10,000 parameters": "&".join(f"family=a{number}" for number in range(10_000)),
    "10,000 parameters of 10,000 names": "&".join(f"p{number}=a" for number in range(10_000)),
    "1 MB of commas": "family=" + "," * 1_000_000,
    "1 MB of values": "family=" + "a," * 500_000,
    "1 MB of one name": "a" * 1_000_000 + "=1",
    "1 MB of pipes": "identifier=" + "|" * 1_000_000,
    "1 MB of dollars": "code-value-quantity=" + "$" * 1_000_000,
    "a chain 50 deep": "general-practitioner:Patient." * 50 + "family=a",
    "a _has 50 deep": "_has:Observation:patient:" * 50 + "code=a",
    "a filter 10,000 deep": "_filter=" + "(" * 10_000 + "family eq a" + ")" * 10_000,
    "a negative count": "_count=-1",
    "a count of letters": "_count=ten",
    "a tampered page": "family=ada&_page=" + "A" * 200,
    "a page of another kind": f"family=ada&_page={quote(SQL)}",
    "an expression as a modifier": f"family:{quote(BOMB)}=a",
    "SQL as a modifier": f"family:{quote(SQL)}=a",
    "SQL as a name": f"{quote(SQL)}=a",
    "a column as a name": "rid=1",
    "a table as a name": "term=1",
    "a field of the index as a name": "Patient.name.family:string=ada",
    "a field of a document as a name": "strings=ada",
    "SQL to sort by": f"_sort={quote(SQL)}",
    "a thousand keys to sort by": "_sort=" + ",".join(["family"] * 1000),
    "SQL to include": f"_include={quote(SQL)}",
    "a date of a million digits": "birthdate=" + "9" * 1_000_000,
    "an exponent beyond numbers": "_filter=" + quote("birthdate gt 1e999999999"),
}


@pytest.mark.parametrize("form", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_search_is_refused_at_once(server: Server, form: str):
    answer = asked(server, form)

    assert answer.status == 400, answer.body[:300]
    outcome = said(answer)
    assert outcome["resourceType"] == "OperationOutcome"
    assert len(answer.body) < 50_000
    assert all(issue["details"]["text"] for issue in outcome["issue"])


ORDINARY = {
    "SQL": SQL,
    "an expression": BOMB,
    "a script": "<script>alert(1)</script>",
    "wildcards": "z%_*?",
    "a null": "a\0b",
    "an emoji": "x\U0001f600",
    "a template": "${jndi:ldap://x/a}{{7*7}}",
}


@pytest.mark.parametrize("value", ORDINARY.values(), ids=ORDINARY.keys())
@pytest.mark.parametrize("name", ["family", "family:contains", "family:exact", "identifier"])
def test_what_looks_like_a_program_inside_a_value_is_a_value(server: Server, name: str, value: str):
    answer = asked(server, urlencode({name: value.replace("|", "").replace(",", "")}))

    assert (answer.status, said(answer)["total"]) == (200, 0)
    assert found(server, "family=ada") == 3


@pytest.mark.parametrize("count", ["1001", "9" * 1000])
def test_a_count_above_the_maximum_is_capped_and_the_link_says_so(server: Server, count: str):
    answer: Any = said(server.call("GET", f"Patient?_count={count}"))

    links = {each["relation"]: each["url"] for each in answer["link"]}
    assert "_count=1000" in links["self"].split("?")[1].split("&")


def found(server: Server, query: str) -> int:
    return int(said(server.call("GET", f"Patient?{query}"))["total"])
