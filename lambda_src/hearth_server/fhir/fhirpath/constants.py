"""The external constants: what FHIR defines, and what the environment adds.

https://hl7.org/fhir/R4/fhirpath.html#variables
"""

from __future__ import annotations

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Items, Node
from hearth_server.fhir.fhirpath.run import Run

_FIXED = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
}
_PREFIXES = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}


def constant(name: str) -> Run:
    """Return the compiled `%name`; an unknown one is an error when it is evaluated."""
    if name == "context":
        return lambda environment, _: environment.context
    if name == "resource":
        return lambda environment, _: _resource(environment)
    if name == "rootResource":
        return lambda environment, _: _root_resource(environment)
    fixed = _FIXED.get(name) or next(
        (url + name[len(start) :] for start, url in _PREFIXES.items() if name.startswith(start)),
        None,
    )

    def variable(environment: Environment, _: Items) -> Items:
        found = environment.variables.get(name)
        if found is not None:
            return found
        if fixed is not None:
            return [fixed]
        raise FHIRPathEvaluationError(f"FHIRPath: %{name[:64]} is not defined.")

    return variable


def _resource(environment: Environment) -> Items:
    if environment.resource is not None:
        return [environment.resource]
    return [item.resource() for item in environment.context[:1] if isinstance(item, Node)]


def _root_resource(environment: Environment) -> Items:
    if environment.root_resource is not None:
        return [environment.root_resource]
    return [item.root_resource() for item in _resource(environment) if isinstance(item, Node)]
