"""Forty Synthea patients through `hearth load`, and the answers that the files themselves give."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.synthea import Loaded, bundles, loaded_resources, matches
from tests.services.local_stage import LocalStage

LOINC = "http://loinc.org"
TAG = "https://smarthealthit.org/tags%7Csynthea-5-2019"
"""Every resource of the files has it, and none of other tests."""


@pytest.fixture(scope="module")
def loaded(stage: LocalStage, synthea_folder: Path) -> list[Loaded]:
    """Every resource of the files, after a load that was killed and run again."""
    command = [sys.executable, "-m", "hearth_cli", "load", str(synthea_folder)]
    killed = subprocess.Popen(command, cwd=stage.root, stderr=subprocess.PIPE, text=True)
    assert killed.stderr is not None
    for _ in range(6):  # a few files have begun
        assert killed.stderr.readline().startswith("loading ")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stderr.close()
    time.sleep(1)  # what was on its way is answered or not
    stage.hearth("load", str(synthea_folder))
    return loaded_resources(stage, synthea_folder)


def test_every_resource_is_there_once(
    stage: LocalStage, loaded: list[Loaded], synthea_folder: Path
) -> None:
    expected = Counter(
        entry["resource"]["resourceType"]
        for _, body in bundles(synthea_folder)
        for entry in json.loads(body)["entry"]
    )

    found = {
        type: stage.call("GET", f"{type}?_tag={TAG}&_summary=count").json["total"]
        for type in expected
    }

    assert found == expected
    assert len({(each.resource["resourceType"], each.id) for each in loaded}) == expected.total()


def test_loading_once_more_sends_nothing(
    stage: LocalStage, loaded: list[Loaded], synthea_folder: Path
) -> None:
    again = json.loads(stage.hearth("load", str(synthea_folder), "--json").stdout)

    assert (again["stored"], again["failed"], again["loadedBefore"]) == ({}, [], len(loaded))


def test_patients_are_found_by_family_name_and_birth_date(
    stage: LocalStage, loaded: list[Loaded]
) -> None:
    patients = [each for each in loaded if each.resource["resourceType"] == "Patient"]
    for patient in patients[:10]:
        family = patient.resource["name"][0]["family"]
        expected = {
            each.id
            for each in patients
            if any(name["family"].startswith(family) for name in each.resource["name"])
            and each.resource["birthDate"] >= "1950-01-01"
        }

        found = matches(stage, f"Patient?family={family.lower()}&birthdate=ge1950-01-01")

        assert {each["id"] for each in found} == expected


def test_observations_of_a_patient_come_newest_first(
    stage: LocalStage, loaded: list[Loaded]
) -> None:
    observations = [each for each in loaded if each.resource["resourceType"] == "Observation"]
    for patient in sorted({each.patient for each in observations})[:10]:
        own = [each for each in observations if each.patient == patient]
        code = own[0].resource["code"]["coding"][0]["code"]
        expected = {each.id: each.effective for each in own
                    if each.resource["code"]["coding"][0]["code"] == code}  # fmt: skip

        search = f"Observation?patient=Patient/{patient}&code={LOINC}|{code}&_sort=-date&_count=7"
        found = [each["id"] for each in matches(stage, search.replace("|", "%7C"))]

        assert len(found) == len(set(found))
        assert set(found) == set(expected)
        times = [expected[id] for id in found]
        assert times == sorted(times, reverse=True)


def test_references_between_entries_lead_to_what_was_stored(
    stage: LocalStage, loaded: list[Loaded]
) -> None:
    patient = loaded[0].patient

    encounters = matches(stage, f"Encounter?subject=Patient/{patient}&_count=100")

    own = [each for each in loaded if each.patient == patient]
    expected = {each.id for each in own if each.resource["resourceType"] == "Encounter"}
    assert {each["id"] for each in encounters} == expected
    provider = encounters[0]["serviceProvider"]["reference"]
    assert stage.call("GET", provider).json["resourceType"] == "Organization"
