"""`hearth validate`: what it prints, and how it exits."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

TEN_FAULTS = Path(__file__).with_name("ten_faults.json")
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">A</div>'
VALID = {"resourceType": "Patient", "text": {"status": "generated", "div": DIV}}


def hearth(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "hearth_cli", *words], capture_output=True, text=True, check=False
    )


def test_ten_faults_are_told_in_one_run_each_at_its_line():
    said = hearth("validate", str(TEN_FAULTS))

    assert said.returncode == 1
    assert said.stderr == "hearth: 1 resource is invalid\n"
    assert said.stdout.replace(str(TEN_FAULTS), "FILE").splitlines()[:-1] == [
        "FILE:3:9: error: Patient.id is 'bad_id'; it must be 1 to 64 letters, digits, hyphens and "
        "points",
        "FILE:4:11: error: Patient.nmae is not an element of Patient; did you mean name?",
        "FILE:5:13: error: Patient.gender is 'foo'; allowed: female, male, other, unknown",
        "FILE:6:16: error: Patient.birthDate is '1970-02-30'; there is no such day",
        "FILE:7:13: error: Patient.active must be true or false, not the string 'yes'",
        "FILE:9:16: error: Patient.name[0].family is an empty string; leave the element out "
        "instead",
        "FILE:9:35: error: Patient.name[0].given[1] is null and has no extension",
        "FILE:11:41: error: Patient.managingOrganization.reference points at a Patient; allowed: "
        "Organization",
        "FILE:12:15: error: Patient.contact[0] breaks the rule pat-1: SHALL at least contain a "
        "contact's details or a reference to an organization",
        "FILE:13:22: error: Patient.deceased has two values, deceasedBoolean and "
        "deceasedDateTime; only one is allowed",
        "type        valid   invalid",
        "Patient         0         1",
        "all             0         1",
    ]


@pytest.fixture
def folder(tmp_path):
    """A folder with a valid file, a zipped ndjson with one bad line, and one that is not JSON."""
    (tmp_path / "a.json").write_text(json.dumps(VALID))
    rows = [VALID, {**VALID, "gender": "foo"}, VALID]
    text = "\n".join(map(json.dumps, rows)) + "\n"
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "c.json").write_text('{"resourceType":\n nonsense}')
    (tmp_path / "notes.txt").write_text("not read")
    return tmp_path


def test_a_folder_is_judged_file_by_file_and_line_by_line(folder):
    said = hearth("validate", str(folder))

    assert said.returncode == 1
    assert said.stderr == "hearth: 2 resources are invalid\n"
    lines = said.stdout.replace(f"{folder}/", "").splitlines()
    assert lines[:-1] == [
        "b.ndjson.gz:2:134: error: Patient.gender is 'foo'; allowed: female, male, other, unknown",
        "c.json:2:6: error: The body is not JSON: invalid character (line 2, column 6).",
        "type         valid   invalid",
        "Patient          3         1",
        "not FHIR         0         1",
        "all              3         2",
    ]
    assert lines[-1].startswith("5 resources in 3 files, ")


def test_json_is_one_line_for_each_resource(folder):
    said = hearth("validate", str(folder / "b.ndjson.gz"), "--json")

    answers = [json.loads(line) for line in said.stdout.splitlines()]
    assert said.returncode == 1
    assert [(answer["line"], answer["valid"]) for answer in answers] == [
        (1, True),
        (2, False),
        (3, True),
    ]
    assert answers[1]["file"] == str(folder / "b.ndjson.gz")
    assert answers[1]["OperationOutcome"]["issue"][0]["expression"] == ["Patient.gender"]


def test_a_profile_is_judged_when_it_is_asked_for(folder):
    url = "http://hl7.org/fhir/StructureDefinition/vitalsigns"

    said = hearth("validate", str(folder / "a.json"), "--profile", url)

    assert said.returncode == 1
    assert "which is for a Observation" in said.stdout


def test_warnings_are_told_on_demand_and_make_nothing_invalid(tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"resourceType": "Patient"}')

    quiet = hearth("validate", str(file))
    chatty = hearth("validate", str(file), "--warnings")

    assert (quiet.returncode, chatty.returncode) == (0, 0)
    assert "warning" not in quiet.stdout
    assert f"{file}:1:1: warning: Patient breaks the rule dom-6" in chatty.stdout


def test_a_file_that_cannot_be_read_is_a_fault_of_its_own(folder):
    whole = (folder / "b.ndjson.gz").read_bytes()
    (folder / "b.ndjson.gz").write_bytes(whole[:20] + b"\xff" * 20 + whole[40:])
    (folder / "bb.json.gz").write_bytes(b"not packed")

    said = hearth("validate", str(folder))

    lines = said.stdout.replace(f"{folder}/", "").splitlines()
    assert (said.returncode, said.stderr) == (1, "hearth: 3 resources are invalid\n")
    assert lines[0].startswith("b.ndjson.gz:1: fatal: The file cannot be read: ")
    assert lines[1].startswith("bb.json.gz:1: fatal: The file cannot be read: Not a gzipped file")
    assert lines[2].startswith("c.json:2:6: error: ")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["/nowhere"], "hearth: /nowhere does not exist\n"),
        (
            ["EMPTY"],
            "hearth: there is no FHIR file\n  try: files end in .json, .ndjson, .jsonl\n",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, words, expected):
    said = hearth("validate", *[str(tmp_path) if word == "EMPTY" else word for word in words])

    assert (said.returncode, said.stdout, said.stderr) == (2, "", expected)
