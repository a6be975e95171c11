"""R4's search parameters for the naive search, from a file of this suite.

`python -m tests.conformance.search.make_registry` writes it from HL7's own registry.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.conformance.search.naive_values import Element

_URL = "http://hl7.org/fhir/SearchParameter/"

IMPLIED = {
    "individual-gender": "http://hl7.org/fhir/administrative-gender",
    "Observation-status": "http://hl7.org/fhir/observation-status",
}
"""The systems of codes that have none of their own, by parameter."""


@cache
def registry(type: str) -> dict[str, dict[str, Any]]:
    """Return the parameters of a type by name; of no type, all of them by URL."""
    text = (Path(__file__).parent / "registry.json").read_bytes()
    every = [{**each, "url": _URL + each["id"]} for each in json.loads(text)]
    if not type:
        return {each["url"]: each for each in every}
    return {each["code"]: each for each in every if {type, "Resource"} & set(each["base"])}


def implied_system(definition: dict[str, Any], element: Element) -> str:
    """Return the system that a code has by its element's value set."""
    return IMPLIED.get(definition["id"], "") if element.type == "code" else ""
