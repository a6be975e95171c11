"""A resource pays only for the tables of its own type."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.hearth_server.validation.judged import observation, patient

TABLES_READ = """
import json, sys
from hearth_server.validation.open import open_validator
opened = []
def note(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".json"):
        opened.append(str(arguments[0]).replace("\\\\", "/").rpartition("/")[2])
sys.addaudithook(note)
judge = open_validator("full", guides=[])
judge.validate(json.loads(sys.argv[1]))
judge.validate(json.loads(sys.argv[1]))
print(json.dumps(sorted(opened)))
"""
OF_EVERY_TYPE = [
    *("DomainResource.json", "Resource.json", "code_systems.json", "datatypes.json"),
    *("release.json", "value_sets.json"),
]


@pytest.mark.parametrize(
    ("resource", "table"),
    [(patient(), "Patient.json"), (observation(), "Observation.json")],
)
def test_only_the_table_of_its_type_is_read_and_only_once(resource, table):
    said = subprocess.run(
        [sys.executable, "-c", TABLES_READ, json.dumps(resource)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert json.loads(said.stdout) == sorted([*OF_EVERY_TYPE, table])
