"""Every clause of FHIR's REST API has a test that names it, or a reason why not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).parents[1]
CLAUSES = tomllib.loads(Path(__file__).with_name("rest_clauses.toml").read_text())


def test_every_clause_is_named_by_a_test_or_listed_with_a_reason():
    named = {
        clause
        for file in TESTS.rglob("test_*.py")
        for clause in re.findall(r"\bR-[A-Z]+-\d+\b", file.read_text())
    }

    assert set(CLAUSES["tested"]) - named == set()
    assert set(CLAUSES["untested"]) & named == set()
    assert named - set(CLAUSES["tested"]) == set()
