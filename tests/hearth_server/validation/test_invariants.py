"""Invariants: what breaks one is told, and a shortcut never says other than FHIRPath."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hearth_server.fhir import fhirpath, json
from hearth_server.fhir.definitions import Type, release
from hearth_server.fhir.fhirpath.shape import shapes_of
from hearth_server.fhir.terminology import terminology
from hearth_server.validation.bundles import bundle_rule, entry_rule
from hearth_server.validation.invariants import Invariants
from hearth_server.validation.scope import Scope
from hearth_server.validation.shortcuts import EMPTY, UNKNOWN, shortcut

from tests.hearth_server.fhir.examples import example_files
from tests.hearth_server.validation.judged import errors, observation, patient, validator


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            patient(contact=[{"gender": "male"}]),
            "Patient.contact[0] breaks the rule pat-1: SHALL at least contain a contact's details "
            "or a reference to an organization",
            id="on-a-nested-element",
        ),
        pytest.param(
            observation(
                valueString="x", dataAbsentReason={"text": "why"}, effectiveDateTime="2024"
            ),
            "Observation breaks the rule obs-6: dataAbsentReason SHALL only be present if "
            "Observation.value[x] is not present",
            id="on-a-resource",
        ),
        pytest.param(
            observation(effectivePeriod={"start": "2024-03-01", "end": "2024-02"}),
            "Observation.effective breaks the rule per-1: If present, start SHALL have a lower "
            "value than end",
            id="dates-of-two-precisions",
        ),
        pytest.param(
            observation(
                effectivePeriod={
                    "start": "2024-03-01T12:00:00+01:00",
                    "end": "2024-03-01T11:30:00+02:00",
                }
            ),
            "Observation.effective breaks the rule per-1: If present, start SHALL have a lower "
            "value than end",
            id="times-of-two-zones",
        ),
        pytest.param(
            observation(valueQuantity={"value": 1, "code": "kg"}),
            "Observation.value breaks the rule qty-3: If a code for the unit is present, the "
            "system SHALL also be present",
            id="on-a-data-type",
        ),
        pytest.param(
            {
                "resourceType": "Organization",
                "name": "x",
                "telecom": [{"use": "home", "system": "phone", "value": "1"}],
            },
            "Organization.telecom[0] breaks the rule org-3: The telecom of an organization can "
            "never be of use 'home'",
            id="on-an-element-of-a-data-type",
        ),
        pytest.param(
            {
                "resourceType": "Questionnaire",
                "status": "draft",
                "item": [
                    {"linkId": "1", "type": "group", "item": [{"linkId": "1.1", "type": "group"}]}
                ],
            },
            "Questionnaire.item[0].item[0] breaks the rule que-1: Group items must have nested "
            "items, display items cannot have nested items",
            id="where-content-is-repeated",
        ),
    ],
)
def test_a_broken_invariant_is_told_with_its_sentence(resource, expected):
    assert errors(resource) == [expected]


def test_a_rule_that_only_warns_leaves_the_resource_valid():
    issues = validator("full").validate({"resourceType": "Patient"})

    assert [(issue.severity, issue.code, issue.text) for issue in issues] == [
        (
            "warning",
            "invariant",
            "Patient breaks the rule dom-6: A resource should have narrative for robust management",
        )
    ]


def test_invariants_are_judged_beside_other_faults_unless_the_shape_is_wrong():
    period = {"start": "2024-03-01", "end": "2024-02"}

    assert len(errors(observation(status="foo", effectivePeriod=period))) == 2
    assert len(errors(observation(effectivePeriod={**period, "foo": 1}))) == 1


def elements(value: dict[str, Any], kind: Type) -> Iterator[tuple[Type, dict[str, Any]]]:
    """Yield every object below a value of a type, with its type; the value itself first."""
    yield kind, value
    for name, inner in value.items():
        prop = kind.properties.get(name)
        for each in inner if isinstance(inner, list) else [inner]:
            if prop is None or not isinstance(each, dict):
                continue
            inner_kind = release().type(each.get("resourceType", prop.type))
            if inner_kind is not None:
                yield from elements(each, inner_kind)


def _samples(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield examples, each whole and then with some of its elements gone."""
    chance = random.Random(seed)
    small = [path for path in example_files() if path.stat().st_size < 20_000]
    for path in chance.sample(small, count):
        resource = json.parse(path.read_bytes())
        yield resource
        yield _thinned(resource, chance)


def _thinned(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        kept = {
            name: _thinned(inner, chance)
            for name, inner in value.items()
            if name in ("resourceType", "id", "url", "fullUrl") or chance.random() < 0.8
        }
        return kept or value
    if isinstance(value, list):
        return [_thinned(each, chance) for each in value]
    return value


def test_a_shortcut_says_what_fhirpath_says():
    """Over examples, whole and thinned, for every rule of every element in them."""
    rules = {}
    environment = Invariants(release(), terminology()).environment
    different = []
    glances = {True: 0, False: 0, EMPTY: 0, UNKNOWN: 0}
    for resource in _samples(4, 250):
        scope = Scope(resource)
        for kind, value in elements(resource, release().type(resource["resourceType"])):
            node = fhirpath.Node(value, shapes_of(release()).of(kind.name))
            for rule in kind.rules:
                if rule.expression is None:
                    continue
                if (kind.name, rule.key) not in rules:
                    tree = fhirpath.parse(rule.expression)
                    rules[kind.name, rule.key] = (
                        shortcut(tree, kind, release()),
                        fhirpath.compile(tree, model=release()),
                    )
                glance, compiled = rules[kind.name, rule.key]
                answer = glance(value)
                glances[answer] += 1
                if answer is not UNKNOWN and (answer is True) != (
                    compiled(node, environment(scope)) == [True]
                ):
                    different.append((kind.name, rule.key, value))

    assert different == []
    assert min(glances.values()) > 50


URL = "http://example.org/Patient/p"


def _bundles(seed: int) -> Iterator[dict[str, Any]]:
    """Yield small bundles of every type, right and wrong."""
    chance = random.Random(seed)
    types = validator("full")._compiler._terminology.value_set(
        "http://hl7.org/fhir/ValueSet/bundle-type"
    )
    resources = [
        {"resourceType": "Composition", "id": "c"},
        {"resourceType": "MessageHeader", "id": "m"},
        {"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}},
    ]
    for _ in range(600):
        parts = {
            "fullUrl": chance.choice([URL, f"{URL}/_history/1", "urn:x:1"]),
            "resource": chance.choice(resources),
            "request": {"method": "GET", "url": "Patient"},
            "response": {"status": "200"},
            "search": {"mode": "match"},
        }  # fmt: skip
        bundle = {
            "resourceType": "Bundle",
            "type": chance.choice(sorted(types.codes)),
            "total": 1,
            "timestamp": "2024-01-01T00:00:00Z",
            "identifier": {"system": "urn:x", "value": "1"},
            "entry": [
                {name: part for name, part in parts.items() if chance.random() < 0.5} or {"id": "x"}
                for _ in range(chance.randint(1, 3))
            ],
        }
        for name in ("total", "timestamp", "identifier", "entry"):
            if chance.random() < 0.5:
                del bundle[name]
        yield bundle


def test_the_rules_of_bundles_are_those_of_fhirpath():
    """bdl-1 to bdl-12, which are judged without it."""
    rules = {
        rule.key: (kind, fhirpath.compile(rule.expression, model=release()))
        for kind in ("Bundle", "Bundle.entry")
        for rule in release().type(kind).rules
        if rule.key.startswith("bdl")
    }
    shapes = shapes_of(release())
    environment = Invariants(release(), terminology()).environment
    for bundle in _bundles(7):
        scope = Scope(bundle)
        broken = set()
        for key, (kind, compiled) in rules.items():
            values = [bundle] if kind == "Bundle" else bundle.get("entry", [])
            for value in values:
                node = fhirpath.Node(value, shapes.of(kind))
                if compiled(node, environment(scope)) != [True]:
                    broken.add(key)
        said = [problem.text for problem in bundle_rule(bundle, scope) or ()]
        for entry in bundle.get("entry", ()):
            said += [problem.text for problem in entry_rule(entry, scope) or ()]

        told = {text.rpartition("(")[2].rstrip(")") for text in said if "bdl" in text}
        assert told == broken, bundle
