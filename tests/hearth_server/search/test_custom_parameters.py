"""Parameters of Implementation Guides and of a deployer's own: searchable without a new table."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hearth_server.fhir.definitions import release
from hearth_server.search import parameters
from hearth_server.store.protocol import Key, Record

from tests.hearth_server.search import synthea
from tests.hearth_server.search.guides import guides_in, install
from tests.hearth_server.search.own_parameters import WARD, own
from tests.hearth_server.serving import Server, said


@pytest.fixture
def guide(tmp_path: Path) -> Iterator[Path]:
    """A folder for the tables of guides."""
    with guides_in(tmp_path):
        yield tmp_path


def test_a_deployers_own_parameter_is_searched(guide: Path):
    assert install(guide, own("ward"), own("-bed-count", "number")) == []
    server = Server()
    ward = {"url": WARD, "valueString": "West 3"}
    server.call("PUT", "Patient/a", {"resourceType": "Patient", "id": "a", "extension": [ward]})
    server.call("PUT", "Patient/b", {"resourceType": "Patient", "id": "b"})

    def found(query: str) -> list[str]:
        answer = said(server.call("GET", f"Patient?{query}"))
        return [each["resource"]["id"] for each in answer.get("entry", [])]

    assert found("ward=west") == ["a"]
    assert found("ward:missing=true") == ["b"]
    assert found("_sort=ward") == ["a", "b"]
    assert {"ward", "-bed-count"} <= set(parameters.names("Patient"))


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        (own("x", expression="Patient.name.given.upper()"), "of Patient: paths cannot say"),
        (own("x", "sound"), "its type 'sound' is none that FHIR has"),
        (own("x", base=["Nonsense"]), "Nonsense is no resource type"),
        (own("x", expression=None), "of Patient: it has no expression"),
        (own("x", base=[]), "it has no base"),
        (own("x", "composite", component=[{"definition": "http://x", "expression": "y"}]),
         "of Patient: its component http://x is not at hand"),
    ],
)  # fmt: skip
def test_what_cannot_be_served_is_left_out_with_the_reason(
    guide: Path, parameter: dict[str, Any], reason: str
):
    (skipped,) = install(guide, parameter)

    assert reason in skipped
    assert parameters.find("Patient", "x") is None


def test_the_releases_own_parameter_is_not_replaced(guide: Path):
    install(guide, own("birthdate"))

    found = parameters.find("Patient", "birthdate")

    assert found is not None
    assert found.kind == "date"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("file", "added"),
    [
        ("hl7.fhir.us.core-311.tgz", {"Patient.race", "Patient.ethnicity"}),
        ("hl7.fhir.us.core-610.tgz",
         {"Patient.race", "Patient.ethnicity", "Patient.gender-identity", "CareTeam.role",
          "Condition.asserted-date", "Encounter.discharge-disposition", "Goal.description"}),
    ],
)  # fmt: skip
def test_us_cores_parameters_are_all_served(guide: Path, file: str, added: set[str]):
    place = synthea.folder()
    if place is None:
        pytest.skip("HEARTH_SHARED_DATA is not set")
    with tarfile.open(place.parent / "us-core" / file) as archive:
        custom = [
            json.loads(content.read())
            for member in archive
            if "SearchParameter" in member.name
            and (content := archive.extractfile(member)) is not None
        ]

    skipped = install(guide, *custom)

    assert skipped == []
    known = {f"{type}.{name}" for type in release().resource_types()
             for name in parameters.names(type)}  # fmt: skip
    assert added <= known
    _check_race()


def _check_race() -> None:
    """A patient is found by a race that US Core's extension names."""
    server = Server()
    race = {
        "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
        "extension": [
            {"url": "ombCategory", "valueCoding": {"system": "urn:oid:x", "code": "2106-3"}},
            {"url": "text", "valueString": "White"},
        ],
    }
    body = {"resourceType": "Patient", "id": "a", "extension": [race]}
    key = Key(server.tenant, "Patient", "a")
    server.search.index([Record(key, 1, 1, "PUT", msgspec.json.encode(body))])

    assert server.search.matching(server.tenant, "Patient", "race=2106-3") == [key]
    assert server.search.matching(server.tenant, "Patient", "race=2054-5") == []
