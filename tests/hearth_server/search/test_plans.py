"""Chains in an order: whichever plan answers, the pages are the same.

The limits decide which plan it is. Here each plan is had with few resources.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec
import pytest
from hearth_server.search.engines.protocol import Cursor
from hearth_server.search.engines.sql.address import parse
from hearth_server.search.engines.sql.connection import Database
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.plan import Limits
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabase
from hearth_server.search.engines.sql.sqlite import SqliteDatabase
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.search.query import Query
from hearth_server.store.protocol import SINGLE_TENANT, Key, Record

from tests.services.postgresql import postgresql

PATIENTS, OBSERVATIONS, PAGE = 40, 400, 7
FIRST = date(2020, 1, 1)

PLANS = {
    "gathered": Limits(),
    "looked up among the targets": Limits(rare=5, common=5, window=1000, targets=PATIENTS),
    "followed from each resource": Limits(rare=5, common=5, window=1000, targets=3),
    "through too short a window": Limits(rare=5, common=5, window=2, targets=PATIENTS, linked=2),
}

Clinic = tuple[list[dict[str, str]], list[dict[str, str]]]
"""Patients with their days of birth; observations with their days and patients."""


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    random.seed(20)
    patients = [
        {"id": f"p{number}", "born": str(FIRST - timedelta(days=500 * number)),
         "practitioner": f"d{number % 3}"}
        for number in range(PATIENTS)
    ]  # fmt: skip
    observations = [
        {"id": f"o{number}", "date": str(FIRST + timedelta(days=random.randrange(900))),
         "patient": f"p{random.randrange(PATIENTS)}", "code": random.choice("ab")}
        for number in range(OBSERVATIONS)
    ]  # fmt: skip
    return patients, observations


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def database(request: pytest.FixtureRequest, clinic: Clinic) -> Iterator[Database]:
    with _opened(request.param) as made:
        IndexedSearch(SqlEngine(made)).index(list(_records(clinic)))
        yield made


@contextmanager
def _opened(name: str) -> Iterator[SqliteDatabase | PostgresqlDatabase]:
    if name == "postgresql":
        with postgresql() as location:
            yield PostgresqlDatabase(parse(location, ""))
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield SqliteDatabase(Path(folder) / "index.sqlite")


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize("code", ["", "&code=a"])
def test_a_chain_in_an_order_is_answered_alike_by_every_plan(
    database: Database, clinic: Clinic, plan: str, way: str, code: str
):
    patients, observations = clinic
    young = {each["id"] for each in patients if each["born"] >= "2000"}
    expected = sorted(
        (each["date"], each["id"])
        for each in observations
        if each["patient"] in young and (not code or each["code"] == "a")
    )

    found = _walk(database, PLANS[plan], f"patient.birthdate=ge2000&_sort={way}date{code}")

    assert len(set(found)) == len(found) > 3 * PAGE
    assert sorted(found) == sorted(id for _, id in expected)
    days = {id: day for day, id in expected}
    assert [days[id] for id in found] == sorted(days.values(), reverse=way == "-")


@pytest.mark.parametrize("plan", PLANS)
def test_a_chain_through_a_chain_is_answered_alike_by_every_plan(
    database: Database, clinic: Clinic, plan: str
):
    patients, observations = clinic
    cared = {each["id"] for each in patients if each["practitioner"] == "d1"}
    expected = {each["id"] for each in observations if each["patient"] in cared}
    criteria = "patient.general-practitioner:Practitioner.family=d1&_sort=-date"

    assert set(_walk(database, PLANS[plan], criteria)) == expected


def test_targets_are_looked_up_for_a_chain_that_leads_to_few(database: Database):
    """What refers to them is counted, and perhaps they; one statement brings the page."""
    said = _Said(database)
    plan = PLANS["looked up among the targets"]

    page = SqlEngine(said, plan).find(
        SINGLE_TENANT, _query("patient.birthdate=ge2000&_sort=-date"), PAGE
    )

    assert len(page) == PAGE
    assert "target IN (SELECT rid FROM few)" in said.statements[-1]
    assert len(said.statements) <= 3


@pytest.mark.parametrize(
    "criteria", ["code=a&patient.birthdate=ge2012", "patient.birthdate=ge2012&code=a"]
)
def test_what_the_fewest_meet_is_gathered_when_a_walk_ends_too_soon(
    database: Database, criteria: str
):
    """Whichever condition is written first."""
    said = _Said(database)
    plan = Limits(rare=5, common=150, window=2, targets=PATIENTS, linked=2)

    SqlEngine(said, plan).find(SINGLE_TENANT, _query(f"{criteria}&_sort=-date"), PAGE)

    assert "l.target = d.rid" in said.statements[-1]  # fewer are linked than have the code


class _Said:
    """A database that notes what it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect = database.dialect
        self.statements: list[str] = []

    def query(self, statement: Sql) -> list[tuple[object, ...]]:
        self.statements.append(statement.text)
        return self._database.query(statement)

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)


def _walk(database: Database, limits: Limits, criteria: str) -> list[str]:
    """Return the ids of all pages."""
    engine, query = SqlEngine(database, limits), _query(criteria)
    page = engine.find(SINGLE_TENANT, query, PAGE)
    found = [hit.key.id for hit in page]
    while len(page) == PAGE:
        page = engine.find(SINGLE_TENANT, query, PAGE, Cursor(page[-1].position))
        found += [hit.key.id for hit in page]
    return found


def _query(criteria: str) -> Query:
    pairs = parse_qsl(criteria)
    return search_request(("Observation",), pairs, Context(), lenient=False).query


def _records(clinic: Clinic) -> Iterator[Record]:
    patients, observations = clinic
    for number in range(3):
        yield _record("Practitioner", f"d{number}", name=[{"family": f"d{number}"}])
    for each in patients:
        yield _record(
            "Patient", each["id"], birthDate=each["born"],
            generalPractitioner=[{"reference": f"Practitioner/{each['practitioner']}"}],
        )  # fmt: skip
    for each in observations:
        yield _record(
            "Observation", each["id"], status="final", effectiveDateTime=each["date"],
            subject={"reference": f"Patient/{each['patient']}"},
            code={"coding": [{"code": each["code"]}]},
        )  # fmt: skip


def _record(type: str, id: str, **content: object) -> Record:
    body = msgspec.json.encode({"resourceType": type, "id": id, **content})
    return Record(Key(SINGLE_TENANT, type, id), 1, 1_700_000_000_000, "PUT", body)
