"""A guide that is added reaches the bundle, and a stage judges by the profiles that it requires."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.local_stage import LocalStage, copy_project, shared_data

US_CORE_PATIENT = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
CONFIGURED = f"""  hearth:validation: profiles
  hearth:requiredProfiles:
    Patient:
      - {US_CORE_PATIENT}
"""
GUIDE = (
    "hl7.fhir.us.core 6.1.0  US Core Implementation Guide: 59 profiles, 31 value sets, 5 code "
    "systems, 106 search parameters\n"
)


@pytest.fixture(scope="module")
def us_core() -> Path:
    """The package of US Core 6.1.0."""
    folder = shared_data()
    if folder is None or not (folder / "us-core").is_dir():
        pytest.skip("HEARTH_SHARED_DATA names no folder with us-core/ in it")
    return folder / "us-core" / "hl7.fhir.us.core-610.tgz"


@pytest.fixture(scope="module")
def own_stage(tmp_path_factory: pytest.TempPathFactory, us_core: Path) -> Iterator[LocalStage]:
    """A stage with US Core, which asks every Patient to follow it."""
    stage = LocalStage(copy_project(tmp_path_factory.mktemp("us-core")))
    with (stage.root / "Pulumi.local.yaml").open("a") as settings:
        settings.write(CONFIGURED)
    without = stage.hearth("up", "--detach", check=False)
    assert without.returncode != 0
    assert f"requiredProfiles names '{US_CORE_PATIENT}' for Patient, which" in without.stderr
    assert "hearth ig add FILE" in without.stderr
    stage.hearth("ig", "add", str(us_core))
    stage.up()
    yield stage
    stage.hearth("down", "--destroy", "--yes", check=False)


def test_a_patient_that_breaks_a_required_profile_is_refused(own_stage: LocalStage) -> None:
    """R-CREATE-2: 422, and nothing is stored; the bundle has the guide that `ig list` tells of."""
    nameless = {"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": "7"}]}

    refused = own_stage.call("POST", "Patient", {**nameless, "gender": "female"})
    accepted = own_stage.call(
        "POST", "Patient", {**nameless, "gender": "female", "name": [{"family": "Rossi"}]}
    )

    errors = [each for each in refused.json["issue"] if each["severity"] == "error"]
    assert own_stage.hearth("ig", "list").stdout == GUIDE
    assert (refused.status, accepted.status) == (422, 201)
    assert [(each["details"]["text"], each["expression"]) for each in errors] == [
        ("Patient.name is missing; US Core Patient Profile needs 1", ["Patient.name"])
    ]
    found = own_stage.call("GET", "Patient?identifier=urn:mrn|7&_summary=count").json
    assert found["total"] == 1


def test_a_profile_is_asked_for_by_its_url(own_stage: LocalStage) -> None:
    url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-blood-pressure"
    body = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}

    asked = own_stage.call("POST", f"Observation/$validate?profile={url}", body).json
    plain = own_stage.call("POST", "Observation/$validate", body).json

    said = {each["details"]["text"] for each in asked["issue"] if each["severity"] == "error"}
    assert "Observation.subject is missing; US Core Blood Pressure Profile needs 1" in said
    assert not [each for each in plain["issue"] if each["severity"] == "error"]
