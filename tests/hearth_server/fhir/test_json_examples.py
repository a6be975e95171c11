"""Every official example goes in and comes out with the same numbers and text."""

from __future__ import annotations

import json as stdlib
import re

import pytest
from hearth_server.fhir import json

from tests.hearth_server.fhir.examples import example_files

STRING_OR_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*"|(-?\d[\d.eE+-]*)', re.DOTALL)


def _numbers(text):
    return [number for number in STRING_OR_NUMBER.findall(text) if number]


def _changed(files):
    for path in files:
        body = path.read_bytes()
        written = json.encode(json.parse(body))
        same = stdlib.loads(written, parse_float=str) == stdlib.loads(body, parse_float=str)
        if not same or _numbers(written) != _numbers(body):
            yield path.name


def test_small_examples_keep_their_numbers_and_text():
    assert list(_changed(path for path in example_files() if path.stat().st_size < 12_000)) == []


@pytest.mark.slow
def test_all_examples_keep_their_numbers_and_text():
    assert len(example_files()) == 5305
    assert list(_changed(example_files())) == []
