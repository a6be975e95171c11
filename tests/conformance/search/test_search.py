"""One table of resources, queries and expected ids, on every engine.

Each case names its clause of the specification. An expected answer is a list of ids, in order
where the query sorts; or the status of an error.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hearth_server.rest.response import Response
from hearth_server.search.engines.protocol import SearchEngine
from hearth_server.search.indexed import IndexedSearch
from hearth_server.store.memory import MemoryStore
from hearth_server.store.protocol import Key, Write

from tests.conformance.search.engines import ENGINES, opened
from tests.conformance.search.naive import Naive
from tests.hearth_server.serving import BASE, Server, said

CASES = Path(__file__).parent / "cases"
NO_NAIVE = (
    *("near=", "_text=", "_content=", "_list=", "_filter=", "_contained=", "relationship="),
    *("contenttype:below", "name:text=", ":in=", ":not-in=", "code:above", "code:below"),
    *("partof:below", "partof:above", "location:below", "location:above"),
)
"""Queries that only have answers written by hand."""


@dataclass(frozen=True)
class Case:
    """One query over the resources of a file."""

    file: str
    clause: str
    query: str
    expected: str | int | None
    """Ids, a status, or None where the naive search says what is right."""

    def __str__(self) -> str:
        return f"{self.file}-{self.clause}-{self.query[:60]}"


def _cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*.json")):
        table = json.loads(path.read_bytes())
        for clause, query, expected in table["cases"]:
            yield Case(path.stem, clause, query, expected)
        for matrix in table.get("matrix", []):
            for prefix in matrix["prefixes"]:
                for value in matrix["values"]:
                    query = matrix["query"].format(prefix + value)
                    yield Case(path.stem, matrix["clause"], query, None)


ALL = list(_cases())


@pytest.fixture(scope="module", params=ENGINES)
def servers(request: pytest.FixtureRequest) -> Iterator[dict[str, Server]]:
    """A server for each file of cases, over one engine."""
    with opened(request.param) as engine:
        yield {path.stem: _loaded(path, engine) for path in CASES.glob("*.json")}


@pytest.fixture(scope="module")
def naive() -> dict[str, Naive]:
    """A naive search for each file of cases."""
    return {path.stem: Naive(_resources(path), BASE, _now()) for path in CASES.glob("*.json")}


@pytest.mark.parametrize("case", ALL, ids=str)
def test_an_engine_answers_as_the_specification_says(
    servers: dict[str, Server], naive: dict[str, Naive], case: Case
):
    answer = servers[case.file].call("GET", f"{case.query}&_count=1000")

    if isinstance(case.expected, int):
        assert (answer.status, said(answer)["resourceType"]) == (case.expected, "OperationOutcome")
        return
    assert answer.status == 200, said(answer)
    found = _ids(answer)
    if "_sort" in case.query:
        assert found == _expected(case, naive)
    else:
        assert sorted(found) == sorted(_expected(case, naive))


@pytest.mark.parametrize(
    "case",
    [
        each
        for each in ALL
        if isinstance(each.expected, str) and not any(part in each.query for part in NO_NAIVE)
    ],
    ids=str,
)
def test_the_naive_search_finds_what_was_expected_by_hand(naive: dict[str, Naive], case: Case):
    found = _by_naive(case, naive)

    assert isinstance(case.expected, str)
    assert sorted(found) == sorted(case.expected.split())


@pytest.mark.parametrize(
    "case",
    [
        each
        for each in ALL
        if isinstance(each.expected, str)
        and len(each.expected.split()) > 2
        and "include" not in each.query
    ],
    ids=str,
)
def test_pages_add_up_to_the_whole_forwards_and_backwards(servers: dict[str, Server], case: Case):
    """S-RES-1, S-CTL-2."""
    server = servers[case.file]
    whole = _ids(server.call("GET", f"{case.query}&_count=1000"))

    forwards: list[str] = []
    link: str | None = f"{case.query}&_count=2"
    while link:
        last, page = link, server.call("GET", link)
        forwards += _ids(page)
        link = _link(page, "next")
    backwards = _ids(server.call("GET", last))
    link = _link(server.call("GET", last), "previous")
    while link:
        page = server.call("GET", link)
        backwards = [*_ids(page), *backwards]
        link = _link(page, "previous")

    assert forwards == whole
    assert backwards == whole


def _ids(answer: Response) -> list[str]:
    return [each["resource"]["id"] for each in said(answer).get("entry", [])]


def _link(answer: Response, relation: str) -> str | None:
    found = [each["url"] for each in said(answer)["link"] if each["relation"] == relation]
    return str(found[0]).removeprefix(f"{BASE}/") if found else None


def _expected(case: Case, naive: dict[str, Naive]) -> list[str]:
    return case.expected.split() if isinstance(case.expected, str) else _by_naive(case, naive)


def _by_naive(case: Case, naive: dict[str, Naive]) -> list[str]:
    type, _, query = case.query.partition("?")
    return naive[case.file].find(type, query)


def _resources(path: Path) -> list[dict[str, Any]]:
    table = json.loads(path.read_bytes(), parse_float=Decimal)
    resources: list[dict[str, Any]] = table["resources"]
    return resources


def _loaded(path: Path, engine: SearchEngine) -> Server:
    moments = count(1_700_000_000_000)
    store = MemoryStore(lambda: next(moments))
    search = IndexedSearch(engine, store)
    server = Server(search=search, store=store)
    records = []
    for resource in _resources(path):
        key = Key(server.tenant, resource["resourceType"], resource["id"])
        records += server.store.commit([Write(key, "PUT", resource, 0)])
    search.index(records)
    return server


def _now() -> int:
    return time.time_ns() // 1000
