"""Asking for a type and choosing by it.

https://hl7.org/fhirpath/N1/#types
https://hl7.org/fhir/R4/fhirpath.html#types
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hearth_server.fhir.fhirpath.ast import TypeName
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Item, Items, Node, TypeInfo
from hearth_server.fhir.fhirpath.run import Function, Run, eager
from hearth_server.fhir.fhirpath.shape import Shapes
from hearth_server.fhir.fhirpath.values.quantity import Quantity
from hearth_server.fhir.fhirpath.values.temporal import Temporal

Test = Callable[[Item], bool]

_SYSTEM: dict[type, str] = {
    bool: "Boolean",
    int: "Integer",
    Decimal: "Decimal",
    str: "String",
    Quantity: "Quantity",
    TypeInfo: "ClassInfo",
}
_SYSTEM_NAMES = frozenset(
    {
        "Any",
        "Boolean",
        "Integer",
        "Long",
        "Decimal",
        "String",
        "Quantity",
        "Date",
        "DateTime",
        "Time",
    }
)


def _type_of(item: Item) -> TypeInfo:
    if isinstance(item, Node):
        return TypeInfo("FHIR", item.shape.public_name)
    name = item.name if isinstance(item, Temporal) else _SYSTEM[item.__class__]
    return TypeInfo("System", name)


def _types(items: Items) -> Items:
    return [_type_of(item) for item in items]


def type_test(name: TypeName, shapes: Shapes, *, exact: bool) -> Test:
    """Return a test of an item's type. Raises FHIRPathEvaluationError for an unknown type.

    `exact`: of primitives, only the type itself counts, as HL7's own engine has it for `as` and
    `ofType()`: a code is a string, and yet `ofType(string)` leaves it out.
    """
    system, fhir = name.namespace, name.namespace
    tests: list[Test] = []
    if system in (None, "System") and name.name in _SYSTEM_NAMES:
        tests.append(_system_test(name.name))
    if fhir in (None, "FHIR") and (shape := shapes.find(name.name)) is not None:
        wanted = shape.name

        def is_fhir(item: Item) -> bool:
            if item.__class__ is not Node:
                return False
            found = item.shape
            if exact and found.primitive and wanted != "Element":
                return found.name == wanted
            return wanted in found.ancestors

        tests.append(is_fhir)
    if not tests and name.namespace != "System":
        raise FHIRPathEvaluationError(f"FHIRPath: {name.name[:64]!r} is no type.")
    if len(tests) == 1:
        return tests[0]
    return lambda item: any(test(item) for test in tests)


def _system_test(name: str) -> Test:
    if name == "Any":
        return lambda item: True
    return lambda item: item.__class__ is not Node and _type_of(item).name == name


def is_type(source: Run, name: TypeName, shapes: Shapes) -> Run:
    """Return the compiled `is`."""
    test = type_test(name, shapes, exact=False)
    return lambda environment, focus: [
        test(item) for item in _at_most_one(source(environment, focus), "is")
    ]


def as_type(source: Run, name: TypeName, shapes: Shapes) -> Run:
    """Return the compiled `as` where it is an error to ask it of several items."""
    test = type_test(name, shapes, exact=True)
    return lambda environment, focus: [
        item for item in _at_most_one(source(environment, focus), "as") if test(item)
    ]


def of_type(source: Run, name: TypeName, shapes: Shapes) -> Run:
    """Return the compiled `ofType()`."""
    test = type_test(name, shapes, exact=True)
    return lambda environment, focus: [item for item in source(environment, focus) if test(item)]


def _at_most_one(items: Items, what: str) -> Items:
    if len(items) > 1:
        raise FHIRPathEvaluationError(f"FHIRPath: {what} takes one item, not {len(items)}.")
    return items


FUNCTIONS: dict[str, Function] = {"type": eager(_types)}
