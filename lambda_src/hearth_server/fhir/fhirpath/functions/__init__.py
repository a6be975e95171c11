"""The functions of FHIRPath and those that FHIR adds, by name.

https://hl7.org/fhirpath/N1/#functions
https://hl7.org/fhir/R4/fhirpath.html#functions
"""

from hearth_server.fhir.fhirpath.functions import (
    aggregates,
    boundaries,
    conversion,
    encoding,
    existence,
    filtering,
    mathematics,
    navigation,
    now,
    resources,
    sorting,
    strings,
    types,
)
from hearth_server.fhir.fhirpath.run import Function, TypeFunction

FUNCTIONS: dict[str, Function] = {
    **existence.FUNCTIONS,
    **filtering.FUNCTIONS,
    **navigation.FUNCTIONS,
    **conversion.FUNCTIONS,
    **strings.FUNCTIONS,
    **encoding.FUNCTIONS,
    **mathematics.FUNCTIONS,
    **aggregates.FUNCTIONS,
    **sorting.FUNCTIONS,
    **now.FUNCTIONS,
    **boundaries.FUNCTIONS,
    **types.FUNCTIONS,
    **resources.FUNCTIONS,
}
TYPE_FUNCTIONS: dict[str, TypeFunction] = types.TYPE_FUNCTIONS
