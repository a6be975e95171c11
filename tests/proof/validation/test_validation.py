"""A slice of the proof that needs no HAPI: HL7's cases, official examples, hostile bodies."""

from __future__ import annotations

import json
from pathlib import Path

from tests.hearth_server.fhir.examples import example_files
from tests.proof.validation import adversarial
from tests.proof.validation.cases import cases
from tests.proof.validation.report import EXPLAINED, SLOW, case_reason
from tests.proof.validation.verdicts import errors

REFUSED: list[str] = json.loads(Path(__file__).with_name("refused.json").read_bytes())
"""The official examples that Hearth refuses, as the full proof found them and held them to HAPI."""
SMALL = 40_000


def test_hl7s_cases_have_the_expected_verdict_or_a_reason():
    every = list(cases())

    assert len(every) > 160
    assert [case.name for case in every if not case.agrees and case_reason(case) is None] == []


def test_no_reason_is_given_for_a_case_that_has_the_expected_verdict():
    excused = {name for reason in EXPLAINED["cases"] for name in reason["names"]}

    assert {case.name for case in cases() if not case.agrees} == excused


def test_official_examples_are_valid_but_for_those_that_are_known():
    small = [path for path in example_files() if path.stat().st_size < SMALL]

    refused = {path.name for path in small if errors(path.read_bytes())}

    assert refused == set(REFUSED) & {path.name for path in small}


def test_hostile_bodies_neither_crash_nor_take_long():
    outcomes = list(adversarial.hostile(800, 7))

    assert [(each.crash, each.body) for each in outcomes if each.crash] == []
    assert [each.body[:200] for each in outcomes if each.milliseconds > SLOW] == []
