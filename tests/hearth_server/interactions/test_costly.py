"""A search that asks for too much is the caller's to mend: S-ERR, never a 503.

https://hl7.org/fhir/R4/search.html#errors
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hearth_server.errors import NotSupported
from hearth_server.search.engines.sql.fragment import Sql
from hearth_server.search.engines.sql.sqlite import SqliteDatabase

from tests.hearth_server.serving import Server, problem, said

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def many(number: int, value: Callable[[int], str]) -> str:
    return ",".join(value(each) for each in range(number))


def searched(server: Server, type: str, form: str) -> int:
    """Return the status; a refusal says that it was too much, and a page is a page."""
    answer = server.call("POST", f"{type}/_search", form.encode(), FORM)
    if answer.status == 200:
        assert said(answer)["type"] == "searchset"
    else:
        assert problem(answer)[:2] in [(400, "too-costly"), (400, "value"), (400, "too-long")]
    return answer.status


@pytest.mark.parametrize("number", [10, 200, 1000])
@pytest.mark.parametrize(
    ("type", "name", "value"),
    [
        ("Observation", "code", "c{}"),
        ("Observation", "subject", "Patient/{}"),
        ("Patient", "_id", "p{}"),
        ("Patient", "birthdate", "ne2000-01-01T00:00:{}"),
        ("Patient", "family", "name{}"),
        ("Patient", "family:contains", "name{}"),
        ("Patient", "_content", "word{}"),
        ("Patient", "_lastUpdated", "gt2000"),
        ("Observation", "value-quantity", "{}"),
        ("Observation", "code-value-quantity", "c{}$gt{}"),
        ("Observation", "subject:Patient.name", "name{}"),
        ("Observation", "subject.name", "name{}"),
        ("RiskAssessment", "probability", "0.{}"),
        ("ValueSet", "url", "urn:{}"),
    ],
)
def test_many_values_are_searched_or_refused(
    server: Server, type: str, name: str, value: str, number: int
):
    """S-REQ-10: up to some number; beyond it the answer says that it was too much."""
    values = many(
        number,
        lambda each: value.replace("{}", f"{each % 60:02d}" if ":00:" in value else str(each)),
    )

    status = searched(server, type, f"{name}={values}")

    assert status == 200 if number == 10 else status in (200, 400)


@pytest.mark.parametrize(
    "form",
    [
        "&".join(f"family=name{each}" for each in range(200)),
        "&".join(f"_id={many(300, str)}" for _ in range(120)),
        "&".join(f"identifier=urn:s|{many(100, str)}" for _ in range(100)),
        "&".join(f"general-practitioner:Practitioner.name=name{each}" for each in range(199)),
        "&".join(f"_has:Observation:patient:code=c{each}" for each in range(199)),
        "_sort=name,-birthdate,family,given,gender,_id,_lastUpdated,phone&"
        + "&".join(f"birthdate=ne20{each:02d}" for each in range(99)),
    ],
)
def test_many_parameters_are_searched_or_refused(server: Server, form: str):
    """S-REQ-10."""
    assert searched(server, "Patient", form) in (200, 400)


@pytest.mark.parametrize(
    ("type", "form"),
    [
        ("Patient", "&".join(f"family={many(100, 'n{}'.format)}" for _ in range(150))),
        ("Observation", "&".join(f"subject.name={many(100, 'n{}'.format)}" for _ in range(20))),
        ("Patient", "_content=" + " ".join(f"word{each}" for each in range(20_000))),
    ],
)
def test_a_search_for_more_than_can_be_answered_in_time_is_refused(
    server: Server, type: str, form: str
):
    """S-ERR: the parts of a search add up, and so does what they cost."""
    assert searched(server, type, form) == 400


def test_a_condition_that_is_too_costly_is_refused(server: Server):
    """R-CCREATE-1."""
    condition = "&".join(f"family={many(100, 'n{}'.format)}" for _ in range(30))

    answer = server.call("DELETE", f"Patient?{condition}")

    assert problem(answer)[:2] == (400, "too-costly")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 WHERE " + " OR ".join("1 = 1" for _ in range(2000)),
        " UNION ".join("SELECT 1" for _ in range(2000)),
    ],
)
def test_a_statement_over_a_limit_of_sqlite_is_no_outage(tmp_path: Path, statement: str):
    database = SqliteDatabase(tmp_path / "index.sqlite")

    with pytest.raises(NotSupported) as refused:
        database.query(Sql(statement))

    assert refused.value.issues[0].code == "too-costly"
    database.close()
