"""HL7's own cases for FHIRPath Patch and JSON Patch."""

from __future__ import annotations

import copy
from typing import Any
from xml.etree import ElementTree

import pytest
from hearth_server.errors import RequestError
from hearth_server.fhir import json, xml
from hearth_server.fhir.patch import fhirpath_patch, json_patch

from tests.services import hl7_test_cases


def test_every_fhirpath_patch_case_of_hl7_passes() -> None:
    cases = ElementTree.fromstring(hl7_test_cases.read("r4/patch/fhir-patch-tests.xml"))
    wrong = {}
    for case in cases.iter("case"):
        before, patch = _resource(case, "input"), _resource(case, "diff")
        kept = copy.deepcopy(before)
        try:
            after = _spaced(fhirpath_patch.apply(patch, before))
        except RequestError:
            after = None
        if after != _spaced(_resource(case, "output")) or before != kept:
            wrong[case.get("name")] = after
    assert wrong == {}
    assert len(cases) == 33


@pytest.mark.parametrize("number", range(16))
def test_every_json_patch_case_of_hl7_passes(number: int) -> None:
    cases = json.parse(hl7_test_cases.read("r4/patch/json-patch-tests.json"))
    case = cases[number]
    kept = copy.deepcopy(case)

    if "error" in case:
        with pytest.raises(RequestError):
            json_patch.apply(case["patch"], case["doc"])
    else:
        assert json_patch.apply(case["patch"], case["doc"]) == case["expected"]
    assert case == kept
    assert len(cases) == 16


def _resource(case: ElementTree.Element, name: str) -> Any:
    found = case.find(name)
    return None if found is None else xml.parse(ElementTree.tostring(found[0]))


def _spaced(resource: Any) -> Any:
    """Make white space in the narrative comparable: the cases indent it differently."""
    if resource and "text" in resource:
        resource["text"]["div"] = " ".join(resource["text"]["div"].replace("<", " <").split())
    return resource
