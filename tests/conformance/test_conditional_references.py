"""Patients in Synthea's newer form: hospitals and practitioners come in files of their own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from tests.services.local_stage import LocalStage

APART = ("Organization", "Practitioner")
"""The types that Synthea's newer files refer to by identifier rather than by fullUrl."""


def newer_form(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the files that a newer Synthea would have written, by name."""
    entries = bundle["entry"]
    shared = [each for each in entries if each["resource"]["resourceType"] in APART]
    conditions = {each["fullUrl"]: _condition(each["resource"]) for each in shared}
    files = {
        "hospitalInformation1.json": [
            each for each in shared if each["resource"]["resourceType"] == "Organization"
        ],
        "practitionerInformation1.json": [
            each for each in shared if each["resource"]["resourceType"] == "Practitioner"
        ],
        "A_patient.json": [each for each in entries if each not in shared],
    }
    return {
        name: {"resourceType": "Bundle", "type": "transaction", "entry": _pointed(part, conditions)}
        for name, part in files.items()
    }


def _condition(resource: dict[str, Any]) -> str:
    identifier = resource["identifier"][0]
    return f"{resource['resourceType']}?identifier={identifier['system']}|{identifier['value']}"


def _pointed(value: Any, conditions: dict[str, str]) -> Any:
    """Return `value` with references to shared entries made conditional."""
    if isinstance(value, list):
        return [_pointed(each, conditions) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: conditions.get(each, each) if key == "reference" else _pointed(each, conditions)
        for key, each in value.items()
    }


def test_a_patient_finds_hospitals_and_practitioners_by_identifier(
    stage: LocalStage, synthea_folder: Path, tmp_path: Path
) -> None:
    source = min(synthea_folder.glob("*.json.gz"), key=lambda path: path.stat().st_size)
    files = newer_form(json.loads(gzip.decompress(source.read_bytes())))
    for each in files.values():
        for entry in each["entry"]:  # apart from the same files in their older form
            entry["resource"].pop("meta", None)
            for identifier in entry["resource"].get("identifier", []):
                identifier["value"] += "-newer"
            if entry["resource"]["resourceType"] == "Patient":
                entry["resource"]["name"] = [{"family": "Newer"}]
    text = {name: json.dumps(each) for name, each in files.items()}
    for fixed in {
        each["resource"]["identifier"][0]["value"].removesuffix("-newer")
        for name in ("hospitalInformation1.json", "practitionerInformation1.json")
        for each in files[name]["entry"]
    }:
        text["A_patient.json"] = text["A_patient.json"].replace(f'|{fixed}"', f'|{fixed}-newer"')
    for name, content in text.items():
        (tmp_path / name).write_text(content)

    loaded = json.loads(stage.hearth("load", str(tmp_path), "--json").stdout)

    assert loaded["failed"] == []
    assert loaded["storedTotal"] == sum(len(each["entry"]) for each in files.values())
    hospital = files["hospitalInformation1.json"]["entry"][0]["resource"]["identifier"][0]
    found = stage.call(
        "GET", f"Organization?identifier={hospital['system']}%7C{hospital['value']}"
    ).json["entry"][0]["resource"]
    encounters = stage.call("GET", f"Encounter?service-provider=Organization/{found['id']}").json
    assert encounters["entry"][0]["resource"]["serviceProvider"]["reference"] == (
        f"Organization/{found['id']}"
    )


def test_a_patient_whose_hospital_is_nowhere_is_refused_whole(
    stage: LocalStage, tmp_path: Path
) -> None:
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Nowhereson"}],
        "managingOrganization": {"reference": "Organization?identifier=http://e.org|none"},
    }
    entry = {"resource": patient, "request": {"method": "POST", "url": "Patient"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    (tmp_path / "patient.json").write_text(json.dumps(bundle))

    ended = stage.hearth("load", str(tmp_path), check=False)

    assert ended.returncode == 1
    assert "patient.json: 412" in ended.stderr
    assert stage.call("GET", "Patient?family=nowhereson").json["total"] == 0
