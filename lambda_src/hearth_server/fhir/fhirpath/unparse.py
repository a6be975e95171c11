"""A tree back as text, with no more parentheses than its meaning needs."""

from __future__ import annotations

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
    TypeName,
    TypeOperation,
    Variable,
)
from hearth_server.fhir.fhirpath.parser import KEYWORDS, PRECEDENCE, SIGN_PRECEDENCE

_ESCAPES = {"\\": "\\\\", "\r": "\\r", "\n": "\\n", "\t": "\\t", "\f": "\\f"}
_TERM = 12


def unparse(expression: Expression) -> str:
    """Return a text that parses to the same tree."""
    return _text(expression, 0)


def _text(expression: Expression, minimum: int) -> str:
    text, precedence = _bare(expression)
    return text if precedence >= minimum else f"({text})"


def _bare(expression: Expression) -> tuple[str, int]:
    """Return the text without outer parentheses, and the precedence of its outermost operator."""
    match expression:
        case Binary(operator=operator, left=left, right=right):
            level = PRECEDENCE[operator]
            return f"{_text(left, level)} {operator} {_text(right, level + 1)}", level
        case TypeOperation(operator=operator, operand=operand, type=name):
            level = PRECEDENCE[operator]
            return f"{_text(operand, level)} {operator} {_type(name)}", level
        case Sign(operator=operator, operand=operand):
            return f"{operator}{_text(operand, SIGN_PRECEDENCE)}", SIGN_PRECEDENCE
        case Member(source=source, name=name):
            return _before(source) + _identifier(name), _TERM
        case Call(source=source, name=name, arguments=arguments):
            inside = ", ".join(_text(argument, 0) for argument in arguments)
            return f"{_before(source)}{_identifier(name)}({inside})", _TERM
        case Indexer(source=source, index=index):
            return f"{_text(source, _TERM)}[{_text(index, 0)}]", _TERM
        case ExternalConstant(name=name):
            return f"%{_identifier(name)}", _TERM
        case Variable(name=name):
            return f"${name}", _TERM
    return _constant(expression), _TERM


def _before(source: Expression | None) -> str:
    return "" if source is None else f"{_text(source, _TERM)}."


def _constant(expression: Literal | QuantityLiteral) -> str:
    match expression:
        case QuantityLiteral(value=number, unit=unit, calendar=calendar):
            return f"{number:f} {unit if calendar else _quoted(unit, chr(39))}"
        case Literal(kind="empty"):
            return "{}"
        case Literal(kind="boolean", value=value):
            return "true" if value else "false"
        case Literal(kind="integer", value=value):
            return str(value)
        case Literal(kind="long", value=value):
            return f"{value}L"
        case Literal(kind="decimal", value=value):
            return f"{value:f}"
        case Literal(kind="string", value=value):
            return _quoted(str(value), "'")
    return f"@{expression.value}"


def _type(name: TypeName) -> str:
    last = _identifier(name.name)
    return last if name.namespace is None else f"{_identifier(name.namespace)}.{last}"


def _identifier(name: str) -> str:
    plain = name.isascii() and name.isidentifier() and name not in KEYWORDS
    return name if plain else _quoted(name, "`")


def _quoted(text: str, quote: str) -> str:
    escapes = {**_ESCAPES, quote: f"\\{quote}"}
    return quote + "".join(escapes.get(letter, letter) for letter in text) + quote
