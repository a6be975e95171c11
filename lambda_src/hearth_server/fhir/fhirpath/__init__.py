"""FHIRPath: a parser, and a compiler to Python functions that know the types of a release.

https://hl7.org/fhirpath/N1/
"""

from hearth_server.fhir.fhirpath.errors import (
    FHIRPathError,
    FHIRPathEvaluationError,
    FHIRPathLimitExceeded,
    FHIRPathSyntaxError,
)
from hearth_server.fhir.fhirpath.parser import parse
from hearth_server.fhir.fhirpath.unparse import unparse

__all__ = [
    "FHIRPathError",
    "FHIRPathEvaluationError",
    "FHIRPathLimitExceeded",
    "FHIRPathSyntaxError",
    "parse",
    "unparse",
]
