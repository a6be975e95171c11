"""The tree of a FHIRPath expression: plain, frozen and comparable.

Positions do not count in comparisons, so two texts of the same meaning have equal trees.
https://hl7.org/fhirpath/N1/grammar.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

LiteralKind = OneOf[
    "empty", "boolean", "integer", "long", "decimal", "string", "date", "dateTime", "time"
]
VariableName = OneOf["this", "index", "total"]
BinaryOperator = OneOf[
    "*", "/", "div", "mod", "+", "-", "&", "|", "<", "<=", ">", ">=", "=", "~", "!=", "!~",
    "in", "contains", "and", "or", "xor", "implies",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: `{}`, `true`, `1`, `1L`, `1.50`, `'text'`, `@2015-02`, `@2015T`, `@T14:30`."""

    kind: LiteralKind
    value: bool | int | Decimal | str | None
    """Python's value; dates and times as their text without the `@`."""
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class QuantityLiteral:
    """A number with a unit: `4 'mg'` (UCUM) or `4 days` (calendar duration)."""

    value: Decimal
    unit: str
    calendar: bool
    """Whether the unit is a calendar word without quotes."""
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """What an enclosing function sets: `$this`, `$index` or `$total`."""

    name: VariableName
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ExternalConstant:
    """A value of the environment: `%resource`, %`vs-administrative-gender`."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """The children called `name`; without a source, of the context, or a type's own name."""

    source: Expression | None
    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function on `source`, or on the context when there is none."""

    source: Expression | None
    name: str
    arguments: tuple[Expression, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Indexer:
    """One item of `source`, counted from 0."""

    source: Expression
    index: Expression
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign before an expression."""

    operator: OneOf["+", "-"]
    operand: Expression
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions and the operator between them."""

    operator: BinaryOperator
    left: Expression
    right: Expression
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written: `Quantity`, `System.String`, `FHIR.Patient`."""

    namespace: str | None
    name: str


@dataclass(frozen=True, slots=True)
class TypeOperation:
    """`operand is type` or `operand as type`, as an operator; the functions are calls."""

    operator: OneOf["is", "as"]
    operand: Expression
    type: TypeName
    position: int = field(default=0, compare=False)


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


def type_name(expression: Expression) -> TypeName | None:
    """Return the type that an argument such as `FHIR.Patient` of `ofType()` names, if it is one."""
    match expression:
        case Member(source=None, name=name):
            return TypeName(None, name)
        case Member(source=Member(source=None, name=namespace), name=name):
            return TypeName(namespace, name)
    return None
