"""R4's own rules on R4's own examples: every one can be evaluated at every element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hearth_definitions import source
from hearth_server.fhir import fhirpath, json
from hearth_server.fhir.definitions import Rule, release
from hearth_server.fhir.fhirpath import Environment, Node, shapes_of

BROKEN = {
    "bdl-7 at Bundle": "Bundle-dataelements gives three entries of one fullUrl and no version",
    "sdf-4 at StructureDefinition": "Event and FiveWs are logical models without a base",
}
"""What the examples themselves get wrong."""


@pytest.mark.parametrize("step", [53, pytest.param(3, marks=pytest.mark.slow)])
def test_every_rule_of_error_severity_holds_on_the_examples(step: int) -> None:
    paths = sorted(source.EXAMPLES.folder().glob("*.json"))[::step]
    compiled: dict[str, fhirpath.Compiled] = {}
    broken = set()
    for path in paths:
        for rule, node, environment in _rules(json.parse(path.read_bytes())):
            expression = rule.expression or "true"
            if expression not in compiled:
                compiled[expression] = fhirpath.compile(expression)
            if compiled[expression].truth(node, environment) is False and rule.severity == "error":
                broken.add(f"{rule.key} at {node.location()}")

    assert broken == (set(BROKEN) if step == 3 else set())
    assert len(paths) > 5000 / step


def _rules(resource: Any) -> Iterator[tuple[Rule, Node, Environment]]:
    """Yield each rule with the node that it is about; nothing for what is no resource."""
    if not isinstance(resource, dict) or "resourceType" not in resource:
        return
    yield from _below(Node(resource, shapes_of(release()).of_resource(resource)))


def _below(resource: Node) -> Iterator[tuple[Rule, Node, Environment]]:
    environment = Environment(
        resource=resource,
        root_resource=resource.root_resource(),
        html_checks=lambda markup: True,
        budget=10_000_000,
    )
    waiting = [resource]
    while waiting:
        node = waiting.pop()
        kind = release().type(node.shape.name)
        assert kind is not None
        for rule in kind.rules:
            yield rule, node, environment
        for child in node.children():
            assert isinstance(child, Node)
            for rule in kind.elements[child.name].rules:
                yield rule, child, environment
            if child.shape.resource:
                yield from _below(child)
            else:
                waiting.append(child)
