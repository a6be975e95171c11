"""References by canonical URL: with a version, without one, to nothing and to many.

https://hl7.org/fhir/R4/references.html#canonical
"""

from __future__ import annotations

import pytest
from hearth_server.search import parameters
from hearth_server.search.indexed import IndexedSearch
from hearth_server.store.memory import MemoryStore

from tests.hearth_server.serving import Server, engine, problem, said

URL = "http://example.org/Questionnaire/sleep"


def new_server() -> Server:
    store = MemoryStore()
    return Server(store=store, search=IndexedSearch(engine(), store))


@pytest.fixture(scope="module")
def server() -> Server:
    server = new_server()
    for id, version, title in (("q1", "1", "Sleep"), ("q2", "2", "Slumber"), ("q3", "1", "Other")):
        url = URL if id != "q3" else "http://example.org/Questionnaire/other"
        put(server, "Questionnaire", id, url=url, version=version, title=title)
    for id, canonical in (
        ("any", URL),
        ("one", f"{URL}|1"),
        ("two", f"{URL}|2"),
        ("three", f"{URL}|3"),
        ("other", "http://example.org/Questionnaire/other|1"),
    ):
        put(server, "QuestionnaireResponse", id, questionnaire=canonical)
    put(server, "QuestionnaireResponse", "none")
    return server


def put(server: Server, type: str, id: str, **content: str) -> None:
    body = {"resourceType": type, "id": id, **content}
    assert server.call("PUT", f"{type}/{id}", body).status == 201


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("questionnaire.title=sleep", ["any", "one"]),
        ("questionnaire:Questionnaire.title=slumber", ["any", "two"]),
        ("questionnaire.version=1", ["any", "one", "other"]),
        ("questionnaire.title=sleep&questionnaire.version=1", ["any", "one"]),
        ("questionnaire.title=sleep&questionnaire.title=slumber", ["any"]),
        ("questionnaire.title=nothing", []),
        ("_filter=questionnaire.title eq sleep", ["any", "one"]),
    ],
)
def test_a_chain_leads_through_a_canonical_url(server: Server, query: str, expected: list[str]):
    """S-CHN-1."""
    answer = said(server.call("GET", f"QuestionnaireResponse?{query}"))

    assert sorted(each["resource"]["id"] for each in answer.get("entry", [])) == expected
    assert answer["total"] == len(expected)


def test_a_condition_follows_a_canonical_url_too(server: Server):
    criteria = {"if-none-exist": "questionnaire.title=slumber&questionnaire.version=2"}
    body = {"resourceType": "QuestionnaireResponse"}

    answer = server.call("POST", "QuestionnaireResponse", body, criteria)

    assert answer.status == 412  # two and any


def test_what_is_followed_is_declared():
    assert "QuestionnaireResponse:questionnaire" in parameters.includes("QuestionnaireResponse")
    assert "QuestionnaireResponse:questionnaire" in parameters.revincludes("Questionnaire")
    assert "QuestionnaireResponse:questionnaire" not in parameters.revincludes("Patient")
    assert "Measure:depends-on" in parameters.revincludes("Library")
    assert "Measure:depends-on" not in parameters.revincludes("Patient")


def test_many_resources_that_name_few_are_looked_through():
    """S-HAS-1: those that name what is known already are not looked at again."""
    server = new_server()
    for number in range(5):
        put(server, "Questionnaire", f"q{number}", url=f"{URL}/{number}")
    for number in range(450):
        put(server, "QuestionnaireResponse", f"r{number}", questionnaire=f"{URL}/{number % 4}")

    query = "Questionnaire?_has:QuestionnaireResponse:questionnaire:subject:missing=true"
    answer = said(server.call("GET", query))

    found = sorted(each["resource"]["id"] for each in answer["entry"])
    assert found == ["q0", "q1", "q2", "q3"]


def test_resources_that_name_too_many_are_refused():
    """S-HAS-1."""
    server = new_server()
    for number in range(201):
        put(server, "QuestionnaireResponse", f"r{number}", questionnaire=f"{URL}/{number}")

    query = "Questionnaire?_has:QuestionnaireResponse:questionnaire:subject:missing=true"

    assert problem(server.call("GET", query))[:2] == (400, "too-costly")


def test_a_chain_to_too_many_resources_is_refused():
    server = new_server()
    for number in range(201):
        put(server, "Questionnaire", f"q{number}", url=f"{URL}/{number}", title="Many")

    answer = server.call("GET", "QuestionnaireResponse?questionnaire.title=many")

    assert problem(answer)[:2] == (400, "too-costly")
