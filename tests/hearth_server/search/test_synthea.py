"""Forty patients made by Synthea: answers are what the files themselves say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hearth_server.search.engines.protocol import SearchEngine
from hearth_server.search.indexed import IndexedSearch
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import search_request
from hearth_server.store.protocol import SINGLE_TENANT

from tests.conformance.search.engines import opened
from tests.hearth_server.search import synthea

LOINC = "http://loinc.org"
BATCH = 1000

Resource = dict[str, Any]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("opensearch", marks=pytest.mark.slow)]
)
def engine(request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    folder = synthea.folder()
    if folder is None or not folder.is_dir():
        pytest.skip("HEARTH_SHARED_DATA names no folder with synthea/ in it")
    with opened(request.param) as made:
        records, search = list(synthea.records()), IndexedSearch(made)
        for start in range(0, len(records), BATCH):
            search.index(records[start : start + BATCH])
        yield made


@pytest.fixture(scope="module")
def resources(engine: SearchEngine) -> list[Resource]:
    """Every resource once: some practitioners and organizations are in several files."""
    return list({(each["resourceType"], each["id"]): each for each in synthea.resources()}.values())


def found(engine: SearchEngine, type: str, *pairs: tuple[str, str]) -> list[str]:
    asked = search_request((type,), pairs, Context(), lenient=False)
    return [hit.key.id for hit in engine.find(SINGLE_TENANT, asked.query, 10_000)]


def of(resources: list[Resource], type: str) -> list[Resource]:
    return [each for each in resources if each["resourceType"] == type]


@pytest.mark.shared_data
def test_patients_are_found_by_name_and_birth_date(engine: SearchEngine, resources: list[Resource]):
    for patient in of(resources, "Patient"):
        start = patient["name"][0]["family"][:3]
        expected = {
            each["id"]
            for each in of(resources, "Patient")
            if any(name["family"].lower().startswith(start.lower()) for name in each["name"])
            and each["birthDate"] >= patient["birthDate"]
        }

        ids = found(
            engine, "Patient", ("family", start), ("birthdate", f"ge{patient['birthDate']}")
        )

        assert sorted(ids) == sorted(expected)


@pytest.mark.shared_data
@pytest.mark.parametrize("code", ["8302-2", "29463-7", "72166-2", "55284-4"])
def test_observations_of_a_patient_are_found_by_code_newest_first(
    engine: SearchEngine, resources: list[Resource], code: str
):
    observations = of(resources, "Observation")
    for patient in of(resources, "Patient"):
        reference = f"Patient/{patient['id']}"
        times = {
            each["id"]: datetime.fromisoformat(each["effectiveDateTime"])
            for each in observations
            if each["subject"]["reference"] == reference
            and any(coding["code"] == code for coding in each["code"]["coding"])
        }

        ids = found(
            engine,
            "Observation",
            ("patient", reference),
            ("code", f"{LOINC}|{code}"),
            ("_sort", "-date"),
        )

        assert [times[id] for id in ids] == sorted(times.values(), reverse=True)
        assert len(ids) == len(times)


@pytest.mark.shared_data
def test_every_type_is_there_in_full(engine: SearchEngine, resources: list[Resource]):
    for type in {each["resourceType"] for each in resources}:
        asked = search_request((type,), [], Context(), lenient=False)

        assert engine.count(SINGLE_TENANT, asked.query) == len(of(resources, type))


@pytest.mark.shared_data
def test_encounters_are_found_through_their_patient(
    engine: SearchEngine, resources: list[Resource]
):
    women = {
        f"Patient/{each['id']}" for each in of(resources, "Patient") if each["gender"] == "female"
    }
    expected = {
        each["id"] for each in of(resources, "Encounter") if each["subject"]["reference"] in women
    }

    ids = found(engine, "Encounter", ("patient.gender", "female"))

    assert set(ids) == expected
    assert len(ids) == len(expected)


@pytest.mark.shared_data
def test_patients_are_found_by_what_refers_to_them(engine: SearchEngine, resources: list[Resource]):
    expected = {
        each["subject"]["reference"].removeprefix("Patient/")
        for each in of(resources, "Condition")
        if any(
            "diabetes" in coding["display"].lower().split()[:1] for coding in each["code"]["coding"]
        )
    }

    ids = found(engine, "Patient", ("_has:Condition:patient:code:text", "diabetes"))

    assert sorted(ids) == sorted(expected)
