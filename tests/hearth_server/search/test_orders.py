"""Random resources in random orders: OpenSearch puts them as SQLite does, on pages too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hearth_server.search.engines.protocol import Cursor, SearchEngine
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.search.query import Query
from hearth_server.store.protocol import Key, Record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.search.engines import opened
from tests.hearth_server.search.test_differential import NOW, _encoded, worlds

SORTED_BY = {
    "Patient": ("birthdate", "family", "name", "gender", "link", "_id", "_lastUpdated"),
    "Observation": ("date", "code", "combo-code", "value-quantity", "combo-value-quantity",
                    "subject", "patient", "component-code", "_lastUpdated"),
}  # fmt: skip
PAGE = 3

_tenants = (f"order{number}" for number in count())


@pytest.fixture(scope="module")
def engines() -> Iterator[tuple[SearchEngine, SearchEngine]]:
    with opened("sqlite") as sqlite, opened("opensearch") as opensearch:
        yield sqlite, opensearch


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, str]:
    type = draw(st.sampled_from(sorted(SORTED_BY)))
    names = draw(st.lists(st.sampled_from(SORTED_BY[type]), min_size=1, max_size=3, unique=True))
    signs = [draw(st.sampled_from(["", "-"])) for _ in names]
    return type, ",".join(f"{sign}{name}" for sign, name in zip(signs, names, strict=True))


@pytest.mark.java
@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(world=worlds(), asked=st.lists(orders(), min_size=5, max_size=10))
def test_opensearch_sorts_as_sqlite_does(
    engines: tuple[SearchEngine, SearchEngine],
    world: list[dict[str, Any]],
    asked: list[tuple[str, str]],
) -> None:
    tenant = next(_tenants)
    sqlite, opensearch = engines
    records = [
        Record(Key(tenant, each["resourceType"], each["id"]), 1, number % 5, "PUT", _encoded(each))
        for number, each in enumerate(world)
    ]
    for engine in engines:
        IndexedSearch(engine).index(records)

    for type, sort in asked:
        query = search_request((type,), [("_sort", sort)], Context(now=NOW), lenient=False).query
        expected = [hit.key.id for hit in sqlite.find(tenant, query, 100)]
        assert [hit.key.id for hit in opensearch.find(tenant, query, 100)] == expected, sort
        assert _forwards(opensearch, tenant, query) == expected, sort
        assert _backwards(opensearch, tenant, query) == expected[:-1], sort


def _forwards(engine: SearchEngine, tenant: str, query: Query) -> list[str]:
    page = engine.find(tenant, query, PAGE)
    found = page
    while page:
        page = engine.find(tenant, query, PAGE, Cursor(page[-1].position))
        found = found + page
    return [hit.key.id for hit in found]


def _backwards(engine: SearchEngine, tenant: str, query: Query) -> list[str]:
    """Return what comes before the last hit, from page to page."""
    last = engine.find(tenant, query, 100)[-1]
    page = engine.find(tenant, query, PAGE, Cursor(last.position, backwards=True))
    found = page
    while page:
        page = engine.find(tenant, query, PAGE, Cursor(page[0].position, backwards=True))
        found = page + found
    return [hit.key.id for hit in found]
