"""The usual Python clients of FHIR, unmodified, against the local stage."""

from __future__ import annotations

import pytest
from fhirclient import client as smart
from fhirclient.models import humanname, observation, patient
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from tests.services.local_stage import LocalStage


@pytest.fixture
def fhirpy(stage: LocalStage) -> SyncFHIRClient:
    return SyncFHIRClient(
        stage.base_url,
        authorization=f"Bearer {stage.token}",
        extra_headers={"x-api-key": stage.api_key},
    )


@pytest.fixture
def fhirclient(stage: LocalStage) -> smart.FHIRClient:
    client = smart.FHIRClient(settings={"app_id": "test", "api_base": stage.base_url})
    client.server.session.headers.update(
        {"Authorization": f"Bearer {stage.token}", "x-api-key": stage.api_key}
    )
    return client


def test_fhirpy_creates_reads_updates_finds_and_deletes(fhirpy: SyncFHIRClient) -> None:
    made = fhirpy.resource("Patient", name=[{"family": "Fhirpysson", "given": ["Ada"]}])
    made.save()
    made["birthDate"] = "1990-02-03"
    made.save()

    found = fhirpy.resources("Patient").search(family="fhirpysson", birthdate="1990-02-03")

    assert [each["id"] for each in found.fetch_all()] == [made["id"]]
    assert fhirpy.reference("Patient", made["id"]).to_resource()["meta"]["versionId"] == "2"
    made.delete()
    assert found.fetch_all() == []
    with pytest.raises((ResourceNotFound, OperationOutcome)):
        fhirpy.reference("Patient", made["id"]).to_resource()


def test_fhirpy_walks_every_page(fhirpy: SyncFHIRClient) -> None:
    for number in range(5):
        fhirpy.resource("Patient", name=[{"family": f"Paginger{number}"}]).save()

    found = (
        fhirpy.resources("Patient").search(family="paginger").limit(2).sort("family").fetch_all()
    )

    assert [each["name"][0]["family"] for each in found] == [f"Paginger{n}" for n in range(5)]


def test_fhirclient_creates_reads_updates_finds_and_deletes(fhirclient: smart.FHIRClient) -> None:
    person = patient.Patient({"birthDate": "1985-06-07"})
    person.name = [humanname.HumanName({"family": "Smartson", "given": ["Grace"]})]
    made = person.create(fhirclient.server)
    id = made["id"]

    read = patient.Patient.read(id, fhirclient.server)
    read.active = True
    read.update(fhirclient.server)
    search = patient.Patient.where(struct={"family": "smartson", "birthdate": "ge1985-01-01"})

    assert [each.id for each in search.perform_resources_iter(fhirclient.server)] == [id]
    assert patient.Patient.read(id, fhirclient.server).meta.versionId == "2"
    read.delete(fhirclient.server)
    assert list(search.perform_resources_iter(fhirclient.server)) == []


def test_fhirclient_follows_a_reference_in_a_search(
    fhirclient: smart.FHIRClient, stage: LocalStage
) -> None:
    subject = stage.call("POST", "Patient", {"resourceType": "Patient"}).json["id"]
    code = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
    made = {"resourceType": "Observation", "status": "final", "code": code,
            "subject": {"reference": f"Patient/{subject}"}}  # fmt: skip
    id = stage.call("POST", "Observation", made).json["id"]

    search = observation.Observation.where(
        struct={"subject": f"Patient/{subject}", "code": "http://loinc.org|8867-4"}
    )

    assert [each.id for each in search.perform_resources_iter(fhirclient.server)] == [id]
