"""The types of a release, as the server reads them from its tables."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hearth_server.fhir.definitions import (
    Binding,
    Element,
    TypeUse,
    is_resource_type,
    release,
    resource_types,
)


def test_every_resource_type_of_the_release_is_known_and_can_be_read():
    assert len(resource_types()) == 146
    assert all(release().type(name) is not None for name in resource_types())


@pytest.mark.parametrize(
    "name", ["Resource", "DomainResource", "HumanName", "patient", "SubscriptionStatus", "", "../x"]
)
def test_abstract_types_data_types_and_other_names_are_no_resource_types(name):
    assert not is_resource_type(name)


def test_an_element_has_its_cardinality_types_targets_and_binding():
    patient = release().type("Patient")

    assert patient.elements["gender"] == Element(
        "gender",
        types=(TypeUse("code"),),
        binding=Binding("required", "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"),
        summary=True,
    )
    assert patient.elements["managingOrganization"].types == (
        TypeUse("Reference", ("Organization",)),
    )


def test_inherited_elements_stand_before_a_types_own():
    names = list(release().type("Patient").elements)

    assert names[:9] == [
        "id",
        "meta",
        "implicitRules",
        "language",
        "text",
        "contained",
        "extension",
        "modifierExtension",
        "identifier",
    ]


def test_inherited_rules_are_a_types_own_too():
    keys = sorted(rule.key for rule in release().type("Observation").rules)

    assert keys == ["dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "obs-6", "obs-7"]


def test_a_choice_element_has_one_property_per_type():
    properties = release().type("Patient").properties

    assert [name for name in properties if name.startswith("deceased")] == [
        "deceasedBoolean",
        "deceasedDateTime",
    ]
    assert properties["deceasedDateTime"].type == "dateTime"


def test_an_element_with_children_is_a_type_named_by_its_path():
    contact = release().type(release().type("Patient").properties["contact"].type)

    assert contact.name == "Patient.contact"
    assert contact.is_a("BackboneElement")
    assert [rule.key for rule in contact.rules] == ["ele-1", "pat-1"]


def test_an_element_may_repeat_the_content_of_another():
    item = release().type("Questionnaire.item").properties["item"]

    assert item.type == "Questionnaire.item"


def test_a_resource_id_is_an_id_and_not_just_a_string():
    assert release().type("Patient").properties["id"].type == "id"


def test_a_primitive_has_its_pattern():
    assert release().type("positiveInt").regex == "[1-9][0-9]*"


def test_what_one_resource_type_needs_loads_in_under_ten_milliseconds():
    """Measured in a fresh interpreter, the best of five, with what a write of a Patient asks."""
    program = (
        "import time; from hearth_server.fhir.definitions import release\n"
        "start = time.perf_counter()\n"
        "release().type('Patient').properties; release().type('Patient.contact').properties\n"
        "print(time.perf_counter() - start)"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", program], capture_output=True).stdout)
        for _ in range(5)
    ]

    assert min(runs) < 0.010
