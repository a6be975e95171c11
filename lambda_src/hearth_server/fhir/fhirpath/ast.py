"""The tree of a FHIRPath expression: plain, frozen and comparable.

Positions do not count in comparisons, so two texts of the same meaning have equal trees.
https://hl7.org/fhirpath/N1/grammar.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

from msgspec import Struct

LiteralKind = OneOf[
    "empty", "boolean", "integer", "long", "decimal", "string", "date", "dateTime", "time"
]
VariableName = OneOf["this", "index", "total"]
BinaryOperator = OneOf[
    "*", "/", "div", "mod", "+", "-", "&", "|", "<", "<=", ">", ">=", "=", "~", "!=", "!~",
    "in", "contains", "and", "or", "xor", "implies",
]  # fmt: skip


class Node(Struct, frozen=True):
    """What all parts of a tree share: equality of everything but the last field, `position`."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__[:-1])


class Literal(Node, frozen=True):
    """A constant: `{}`, `true`, `1`, `1L`, `1.50`, `'text'`, `@2015-02`, `@2015T`, `@T14:30`."""

    kind: LiteralKind
    value: bool | int | Decimal | str | None
    """Python's value; dates and times as their text without the `@`."""
    position: int = 0


class QuantityLiteral(Node, frozen=True):
    """A number with a unit: `4 'mg'` (UCUM) or `4 days` (calendar duration)."""

    value: Decimal
    unit: str
    calendar: bool
    """Whether the unit is a calendar word without quotes."""
    position: int = 0


class Variable(Node, frozen=True):
    """What an enclosing function sets: `$this`, `$index` or `$total`."""

    name: VariableName
    position: int = 0


class ExternalConstant(Node, frozen=True):
    """A value of the environment: `%resource`, %`vs-administrative-gender`."""

    name: str
    position: int = 0


class Member(Node, frozen=True):
    """The children called `name`; without a source, of the context, or a type's own name."""

    source: Expression | None
    name: str
    position: int = 0


class Call(Node, frozen=True):
    """A function on `source`, or on the context when there is none."""

    source: Expression | None
    name: str
    arguments: tuple[Expression, ...]
    position: int = 0


class Indexer(Node, frozen=True):
    """One item of `source`, counted from 0."""

    source: Expression
    index: Expression
    position: int = 0


class Sign(Node, frozen=True):
    """A sign before an expression."""

    operator: OneOf["+", "-"]
    operand: Expression
    position: int = 0


class Binary(Node, frozen=True):
    """Two expressions and the operator between them."""

    operator: BinaryOperator
    left: Expression
    right: Expression
    position: int = 0


class TypeName(Struct, frozen=True):
    """A type as written: `Quantity`, `System.String`, `FHIR.Patient`."""

    namespace: str | None
    name: str


class TypeOperation(Node, frozen=True):
    """`operand is type` or `operand as type`, as an operator; the functions are calls."""

    operator: OneOf["is", "as"]
    operand: Expression
    type: TypeName
    position: int = 0


Expression: TypeAlias = (
    Literal
    | QuantityLiteral
    | Variable
    | ExternalConstant
    | Member
    | Call
    | Indexer
    | Sign
    | Binary
    | TypeOperation
)


def size(expression: Expression) -> int:
    """Return the number of nodes of a tree."""
    count = 0
    waiting: list[object] = [expression]
    while waiting:
        found = waiting.pop()
        if isinstance(found, tuple):
            waiting += found
        elif isinstance(found, Node):
            count += 1
            waiting += (getattr(found, name) for name in found.__struct_fields__)
    return count


def type_name(expression: Expression) -> TypeName | None:
    """Return the type that an argument such as `FHIR.Patient` of `ofType()` names, if it is one."""
    match expression:
        case Member(source=None, name=name):
            return TypeName(None, name)
        case Member(source=Member(source=None, name=namespace), name=name):
            return TypeName(namespace, name)
    return None
