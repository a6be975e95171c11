"""A tree of FHIRPath as one Python function, made of closures.

https://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hearth_server.fhir.definitions import release
from hearth_server.fhir.fhirpath.ast import (
    Binary,
    Call,
    Expression,
    ExternalConstant,
    Indexer,
    Literal,
    Member,
    QuantityLiteral,
    Sign,
    TypeOperation,
    Variable,
    size,
    type_name,
)
from hearth_server.fhir.fhirpath.constants import constant
from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError, FHIRPathSyntaxError
from hearth_server.fhir.fhirpath.functions import function
from hearth_server.fhir.fhirpath.functions.types import as_type, is_type, of_type
from hearth_server.fhir.fhirpath.logic import LOGIC
from hearth_server.fhir.fhirpath.members import child, presence, rooted
from hearth_server.fhir.fhirpath.node import Items, Node
from hearth_server.fhir.fhirpath.operators import OPERATIONS, equals
from hearth_server.fhir.fhirpath.parser import parse
from hearth_server.fhir.fhirpath.run import Descending, Run
from hearth_server.fhir.fhirpath.shape import Model, Shapes, shapes_of
from hearth_server.fhir.fhirpath.singles import integer, is_number, single, truth
from hearth_server.fhir.fhirpath.values import temporal
from hearth_server.fhir.fhirpath.values.quantity import Quantity

_PARTS_FOR_ONE_SHARE = 64
"""Parts of an expression that may visit as many items as the budget says; few have more."""

_TEMPORAL: dict[str, Callable[[str], Any]] = {
    "date": temporal.parse_date,
    "dateTime": temporal.parse_date_time,
    "time": temporal.parse_time,
}


class Compiled:
    """An expression that can be evaluated again and again, from any thread."""

    __slots__ = ("_run", "_shapes", "_share", "expression")

    def __init__(self, expression: Expression, shapes: Shapes, *, strict: bool) -> None:
        self.expression = expression
        self._shapes = shapes
        # An expression of many parts does more for each item, and so may visit fewer.
        self._share = 1 + size(expression) // _PARTS_FOR_ONE_SHARE
        self._run = _Compiler(shapes, strict=strict).run(expression)

    def __call__(
        self, focus: Node | dict[str, Any], environment: Environment | None = None
    ) -> Items:
        """Return what the expression finds from `focus`, an element's node or a resource.

        Raises FHIRPathEvaluationError and FHIRPathLimitExceeded.
        """
        if not isinstance(focus, Node):
            focus = Node(focus, self._shapes.of_resource(focus))
        environment = environment or Environment()
        items: Items = [focus]
        environment.begin(items, self._share)
        return self._run(environment, items)

    def truth(self, focus: Node, environment: Environment) -> bool | None:
        """Return what a condition says: true, false, or None for neither.

        A single item that is no boolean counts as true, as everywhere in FHIRPath. Raises as a
        call does, and FHIRPathEvaluationError for several items.
        """
        items: Items = [focus]
        environment.begin(items, self._share)
        return truth(self._run(environment, items))


def compile(
    expression: str | Expression, *, model: Model | None = None, strict: bool = False
) -> Compiled:
    """Return the expression ready to be evaluated on the types of `model`, R4 without one.

    `strict`: a name that an element's type does not have is an error, not empty, and `as` takes
    one item at most. Raises
    FHIRPathSyntaxError, FHIRPathLimitExceeded and, for an unknown function, type or number of
    arguments, FHIRPathEvaluationError.
    """
    tree = parse(expression) if isinstance(expression, str) else expression
    return Compiled(tree, shapes_of(model or release()), strict=strict)


class _Compiler:
    def __init__(self, shapes: Shapes, *, strict: bool) -> None:
        self._shapes = shapes
        self._strict = strict
        # R4's own invariants and search parameters ask `as` of several items and mean ofType().
        self._by_type = {"is": is_type, "as": as_type if strict else of_type, "ofType": of_type}

    def run(self, expression: Expression) -> Run:
        """Return the function that evaluates `expression` on a focus."""
        match expression:
            case Member(source=source, name=name):
                if source is None:
                    return rooted(name, strict=self._strict)
                return child(self.run(source), name, strict=self._strict)
            case Call():
                return self._call(expression)
            case Binary(operator="=", left=left, right=Literal(kind="string", value=text)):
                return _equal_to_text(self.run(left), str(text))
            case Binary(operator=operator, left=left, right=right):
                return _binary(operator, self.run(left), self.run(right))
            case TypeOperation(operator=operator, operand=operand, type=name):
                return self._by_type[operator](self.run(operand), name, self._shapes)
            case Indexer(source=source, index=index):
                return _indexed(self.run(source), self.run(index))
            case Sign(operator=operator, operand=operand):
                return _signed(operator, self.run(operand))
            case Variable(name=name):
                return _VARIABLES[name]
            case ExternalConstant(name=name):
                return constant(name)
        value = _constant(expression)
        return lambda environment, focus: value

    def _call(self, call: Call) -> Run:
        if (quick := self._presence(call)) is not None:
            return quick
        source = _focus if call.source is None else self.run(call.source)
        if by_type := self._by_type.get(call.name):
            name = type_name(call.arguments[0]) if len(call.arguments) == 1 else None
            if name is None:
                raise FHIRPathEvaluationError(f"FHIRPath: {call.name}() takes the name of a type.")
            return by_type(source, name, self._shapes)
        found = function(call.name)
        if found is None:
            raise FHIRPathEvaluationError(f"FHIRPath: {call.name[:64]!r} is no function.")
        if not found.minimum <= len(call.arguments) <= found.maximum:
            raise FHIRPathEvaluationError(
                f"FHIRPath: {call.name}() has a wrong number of arguments."
            )
        return found.bind(source, [self._argument(call.name, each) for each in call.arguments])

    def _presence(self, call: Call) -> Run | None:
        """Return the short way of `name.exists()` and `name.empty()`, if this is one of them."""
        member = call.source
        if call.arguments or call.name not in ("exists", "empty") or not isinstance(member, Member):
            return None
        if member.source is None and member.name[:1].isupper():
            return None  # perhaps the name of a type
        start = _focus if member.source is None else self.run(member.source)
        return presence(start, member.name, call.name == "exists", strict=self._strict)

    def _argument(self, name: str, argument: Expression) -> Run:
        if name == "sort" and isinstance(argument, Sign) and argument.operator == "-":
            return Descending(self.run(argument.operand))
        return self.run(argument)


def _focus(_: Environment, focus: Items) -> Items:
    return focus


_VARIABLES: dict[str, Run] = {
    "this": lambda environment, _: environment.this,
    "index": lambda environment, _: [] if environment.index is None else [environment.index],
    "total": lambda environment, _: environment.total,
}


def _binary(operator: str, left: Run, right: Run) -> Run:
    if operator in LOGIC:
        return LOGIC[operator](left, right)
    operation = OPERATIONS[operator]
    return lambda environment, focus: operation(
        environment, left(environment, focus), right(environment, focus)
    )


def _equal_to_text(left: Run, text: str) -> Run:
    """Return the compiled comparison with a constant, which most conditions are."""
    constant: Items = [text]

    def run(environment: Environment, focus: Items) -> Items:
        items = left(environment, focus)
        if len(items) == 1:
            item = items[0]
            if item.__class__ is Node and item.shape.system == "String":
                return [item.value == text]
        return equals(environment, items, constant)

    return run


def _indexed(source: Run, index: Run) -> Run:
    def run(environment: Environment, focus: Items) -> Items:
        items = source(environment, focus)
        place = integer(index(environment, focus), "an index")
        return [] if place is None or place < 0 else items[place : place + 1]

    return run


def _signed(operator: str, operand: Run) -> Run:
    def run(environment: Environment, focus: Items) -> Items:
        value = single(operand(environment, focus), f"the sign {operator}")
        if value is None:
            return []
        if isinstance(value, Quantity):
            return [value._replace(value=-value.value) if operator == "-" else value]
        if not is_number(value):
            raise FHIRPathEvaluationError(f"FHIRPath: {operator} takes a number or a quantity.")
        return [-value if operator == "-" else value]  # type: ignore[operator]

    return run


def _constant(expression: Literal | QuantityLiteral) -> Items:
    if isinstance(expression, QuantityLiteral):
        return [Quantity(expression.value, expression.unit, expression.calendar)]
    value = expression.value
    if value is None:
        return []
    if expression.kind not in _TEMPORAL:
        return [value]
    moment = _TEMPORAL[expression.kind](str(value))
    if moment is None:
        raise FHIRPathSyntaxError("no such date or time", str(value), expression.position)
    return [moment]
