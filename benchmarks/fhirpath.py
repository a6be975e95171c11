"""How long FHIRPath takes: compiling, evaluating R4's own rules, and beside `fhirpathpy`.

python -m benchmarks.fhirpath
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

from fhirpathpy import compile as second_compile
from fhirpathpy.models import models
from hearth_server.fhir import fhirpath
from hearth_server.fhir.definitions import release
from hearth_server.fhir.fhirpath import Environment, Node, shapes_of

CONTACT: dict[str, Any] = {"name": {"family": "A"}, "telecom": [{"system": "phone", "value": "1"}]}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "text": {"status": "generated", "div": "<div>x</div>"},
    "name": [{"use": "official", "family": "A", "given": ["B", "C"]}, {"family": "D"}],
    "birthDate": "1970-01-01",
    "contact": [CONTACT],
}
RULES = (
    ("string", "x", "hasValue() or (children().count() > id.count())"),
    ("HumanName", PATIENT["name"][0], "hasValue() or (children().count() > id.count())"),
    ("Patient.contact", CONTACT,
     "name.exists() or telecom.exists() or address.exists() or organization.exists()"),
    ("Extension", {"url": "u", "valueString": "x"}, "extension.exists() != value.exists()"),
    ("Period", {"start": "2020-01-01", "end": "2021-02-03"},
     "start.hasValue().not() or end.hasValue().not() or (start <= end)"),
    ("Patient", PATIENT, "contained.contained.empty()"),
    ("Patient", PATIENT, "text.`div`.exists()"),
)  # fmt: skip
PATHS = (
    "Patient.name.where(use = 'official').given.first()",
    "Patient.name.given | Patient.name.family",
    "Patient.birthDate < today()",
    "Patient.contact.telecom.where(system = 'phone').value",
)


def microseconds(run: Callable[[], object], number: int = 500, repeat: int = 40) -> float:
    """Return the shortest of many measurements, which other processes disturb least."""
    return min(timeit.repeat(run, number=number, repeat=repeat)) / number * 1e6


def main() -> None:
    """Print the figures."""
    shapes = shapes_of(release())
    root = Node(PATIENT, shapes.of("Patient"))
    environment = Environment(resource=root, root_resource=root)
    print("rules, at one element")
    for type_name, value, expression in RULES:
        node = Node(value, shapes.of(type_name), None, root, "x")
        rule = fhirpath.compile(expression)
        taken = microseconds(lambda rule=rule, node=node: rule.truth(node, environment))
        print(f"  {taken:7.2f} µs  {type_name}: {expression}")
    print("paths from the resource: ours, fhirpathpy's, and how often as fast")
    for expression in PATHS:
        ours, theirs = fhirpath.compile(expression), second_compile(expression, models["r4"])
        taken = microseconds(lambda ours=ours: ours(root, environment))
        second = microseconds(lambda theirs=theirs: theirs(PATIENT, {}), number=20, repeat=10)
        print(f"  {taken:7.2f} µs {second:9.1f} µs {second / taken:6.0f}x  {expression}")
    taken = microseconds(lambda: fhirpath.compile(PATHS[0]))
    print(f"compiling: {taken:.0f} µs  {PATHS[0]}")


if __name__ == "__main__":
    main()
