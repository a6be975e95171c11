"""Every clause of FHIR's search is named by a case or a test, and no other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parents[1]
CLAUSES = tomllib.loads((HERE / "clauses.toml").read_text())


def test_every_clause_is_named_by_a_case_or_a_test():
    files = [*TESTS.rglob("test_*.py"), *(HERE / "cases").glob("*.json")]

    named = {
        clause for file in files for clause in re.findall(r"\bS-[A-Z]+-\d+\b", file.read_text())
    }

    assert named == set(CLAUSES["tested"])
