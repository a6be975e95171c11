"""What a caller may not search or read stays out of includes and histories: R-GEN-7.

https://hl7.org/fhir/R4/security.html
"""

from __future__ import annotations

from typing import Any

import pytest
from hearth_server.access.roles import Roles, default_roles, parse_roles

from tests.hearth_server.serving import BASE, Server, said

OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/p1"},
}


@pytest.fixture
def server() -> Server:
    server = Server()
    server.call("PUT", "Patient/p1", {"resourceType": "Patient", "id": "p1"})
    server.call("PUT", "Observation/o1", {**OBSERVATION, "id": "o1"})
    return server


def granting(*grants: tuple[str, list[str]]) -> Roles:
    """Return roles in which a practitioner has interactions, each on some types."""
    import json

    listed = [{"interactions": names.split(), "types": types} for names, types in grants]
    return parse_roles(json.dumps({"practitioner": listed}).encode())


def shown(server: Server, url: str) -> list[str]:
    answer = server.call("GET", url)
    assert answer.status == 200, answer.body
    entries: list[Any] = said(answer).get("entry", [])
    return [each["fullUrl"].removeprefix(f"{BASE}/") for each in entries]


@pytest.mark.parametrize("right", ["read", "search-type", "read search-type"])
def test_a_revinclude_needs_the_right_to_search_and_to_read(server: Server, right: str):
    """R-GEN-7: it is a search of the type that points at the matches."""
    server.roles = granting(("read search-type", ["Patient"]), (right, ["Observation"]))

    included = shown(server, "Patient?_revinclude=Observation:patient")

    both = right == "read search-type"
    assert included == (["Patient/p1", "Observation/o1"] if both else ["Patient/p1"])


def test_an_include_needs_the_right_to_read(server: Server):
    """R-GEN-7."""
    server.roles = granting(("search-type", ["Observation"]), ("read", ["Patient"]))

    assert shown(server, "Observation?_include=Observation:patient") == [
        "Observation/o1",
        "Patient/p1",
    ]


def test_the_history_of_all_shows_the_types_whose_history_is_granted(server: Server):
    """R-GEN-7, R-HIST-1."""
    server.roles = granting(("history-system", ["Patient"]), ("read", ["*"]))

    assert shown(server, "_history") == ["Patient/p1"]


@pytest.mark.parametrize("asked", ["_count=0", "_count=1", "_summary=count", "_count=1&_at=2100"])
def test_the_history_of_all_tells_nothing_of_other_types(server: Server, asked: str):
    """R-GEN-7: neither how many versions there are, nor by a short page or its link which."""
    server.roles = granting(("history-system", ["Patient"]), ("read", ["*"]))
    url = f"_history?{asked}"
    before = said(server.call("GET", url))
    server.roles = default_roles()
    for _ in range(3):
        server.call("PUT", "Observation/o1", {**OBSERVATION, "id": "o1"})
    server.roles = granting(("history-system", ["Patient"]), ("read", ["*"]))

    after = said(server.call("GET", url))

    assert [each["relation"] for each in after["link"]] == ["self"]
    assert (after.get("total"), after.get("entry")) == (before.get("total"), before.get("entry"))


def test_an_include_of_a_version_that_cannot_be_finds_nothing(server: Server):
    """S-REF-5: a version id that was never given out names nothing, however long it is."""
    for version in ("9" * 64, "0", "1a"):
        subject = {"reference": f"Patient/p1/_history/{version}"}
        server.call("PUT", "Observation/o2", {**OBSERVATION, "id": "o2", "subject": subject})

        assert shown(server, "Observation?_id=o2&_include=Observation:subject") == [
            "Observation/o2"
        ]
