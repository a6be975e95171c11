"""`hearth ig`: guides added from packages, and listed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from hearth_server.validation.open import open_validator

from tests.services.requirement import missing

PROFILE = {
    "resourceType": "StructureDefinition",
    "url": "http://example.org/StructureDefinition/own",
    "name": "Own",
    "type": "Patient",
    "derivation": "constraint",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "differential": {
        "element": [{"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1}]
    },
}
PACKAGE = {"name": "example.guide", "version": "1.0.0", "fhirVersions": ["4.0.1"], "title": "Own"}
TABLES = Path("lambda_src/hearth_server/fhir/tables/guides")


@pytest.fixture
def project(tmp_path):
    """An empty project."""
    (tmp_path / "lambda_src").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: hearth\nruntime: python\n")
    return tmp_path


def hearth(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "hearth_cli", "ig", *words],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def package(folder: Path, files: dict[str, object]) -> Path:
    """Write an npm package of these files."""
    archive = folder / "guide.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return archive


def test_a_guide_is_added_listed_and_judged_by(project):
    archive = package(
        project,
        {
            "package/package.json": PACKAGE,
            "package/StructureDefinition-own.json": PROFILE,
            "package/example/Patient-x.json": {"resourceType": "Patient"},
        },
    )

    added = hearth(project, "add", str(archive))
    listed = hearth(project, "list", "--json")

    line = "example.guide 1.0.0  Own: 1 profiles, 0 value sets, 0 code systems, 0 search parameters"
    assert (added.returncode, added.stderr, added.stdout) == (0, "", line + "\n")
    assert json.loads(listed.stdout)["guides"][0]["name"] == "example.guide"
    judge = open_validator("profiles", guides=[project / TABLES / "example.guide-1.0.0"])
    claimed = {"resourceType": "Patient", "meta": {"profile": [PROFILE["url"]]}}
    assert "Patient.birthDate is missing; Own needs 1" in [
        issue.text for issue in judge.validate(claimed)
    ]


def test_a_guide_may_be_added_again(project):
    archive = package(project, {"package/package.json": PACKAGE})

    first, second = hearth(project, "add", str(archive)), hearth(project, "add", str(archive))

    assert (first.returncode, second.returncode) == (0, 0)
    assert len(list((project / TABLES).iterdir())) == 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"package/package.json": {**PACKAGE, "fhirVersions": ["5.0.0"]}},
            "guide.tgz is for FHIR 5.0.0; this server speaks 4.0.1",
            id="another-release",
        ),
        pytest.param(
            {"package/other.json": {}},
            "has no package/package.json with a name and a version",
            id="no-package",
        ),
        pytest.param(
            {"package/package.json": PACKAGE, "package/x.json": b"{nonsense"},
            "package/x.json: The body is not JSON",
            id="not-json",
        ),
    ],
)
def test_a_package_that_is_none_changes_nothing(project, files, expected):
    said = hearth(project, "add", str(package(project, files)))

    assert said.returncode == 2
    assert expected in said.stderr
    assert not (project / TABLES).exists()


def test_a_file_that_is_no_archive_is_told(project):
    (project / "x.tgz").write_bytes(b"no archive")

    said = hearth(project, "add", "x.tgz")

    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("hearth: x.tgz is no package of an Implementation Guide")


def test_a_project_without_guides_says_so(project):
    said = hearth(project, "list")

    assert (said.returncode, said.stdout) == (0, "")
    assert said.stderr == "no guide yet; add one: hearth ig add FILE\n"


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("hl7.fhir.us.core-311.tgz", (30, 32, 5, 74)),
        ("hl7.fhir.us.core-610.tgz", (59, 31, 5, 106)),
    ],
)
def test_us_core_compiles(project, file, counts):
    """US Core 3.1.1 and 6.1.0, with their search parameters and capability statements kept."""
    shared = os.environ.get("HEARTH_SHARED_DATA")
    if not shared:
        missing("US Core (HEARTH_SHARED_DATA names no folder)")

    said = hearth(project, "add", str(Path(shared) / "us-core" / file), "--json")

    answer = json.loads(said.stdout)
    assert said.stderr == ""
    assert tuple(answer[name] for name in (
        "profiles", "value_sets", "code_systems", "search_parameters"
    )) == counts  # fmt: skip
    (folder,) = (project / TABLES).iterdir()
    assert len(json.loads((folder / "capabilities.json").read_bytes())) == 2
