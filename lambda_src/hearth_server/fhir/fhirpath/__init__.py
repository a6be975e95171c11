"""FHIRPath: a parser, and a compiler to Python functions that know the types of a release.

https://hl7.org/fhirpath/N1/
"""

from hearth_server.fhir.fhirpath.compile import Compiled, compile
from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import (
    FHIRPathError,
    FHIRPathEvaluationError,
    FHIRPathLimitExceeded,
    FHIRPathSyntaxError,
)
from hearth_server.fhir.fhirpath.node import Item, Items, Node, plain
from hearth_server.fhir.fhirpath.parser import parse
from hearth_server.fhir.fhirpath.shape import Model, shapes_of
from hearth_server.fhir.fhirpath.unparse import unparse

__all__ = [
    "Compiled",
    "Environment",
    "FHIRPathError",
    "FHIRPathEvaluationError",
    "FHIRPathLimitExceeded",
    "FHIRPathSyntaxError",
    "Item",
    "Items",
    "Model",
    "Node",
    "compile",
    "parse",
    "plain",
    "shapes_of",
    "unparse",
]
