"""FHIRPath's grammar, by precedence climbing; depth and length are limited.

https://hl7.org/fhirpath/N1/grammar.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from hearth_server.fhir.fhirpath.ast import (
    Binary,
    BinaryOperator,
    Call,
    Expression,
    ExternalConstant,
    Indexer,
    Literal,
    LiteralKind,
    Member,
    QuantityLiteral,
    Sign,
    TypeName,
    TypeOperation,
    Variable,
    VariableName,
)
from hearth_server.fhir.fhirpath.errors import FHIRPathLimitExceeded, FHIRPathSyntaxError
from hearth_server.fhir.fhirpath.lexer import Token, tokens, unquoted

MAXIMUM_LENGTH = 50_000
"""Characters of an expression."""
MAXIMUM_DEPTH = 200
"""Levels of the tree: a chain such as `a or b or c` has one level for each operator."""
MAXIMUM_NESTING = 60
"""Brackets and signs within each other."""

MAXIMUM_DIGITS = 400
"""Digits of a number, the point included."""

CALENDAR_UNITS = frozenset(
    unit + plural
    for unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for plural in ("", "s")
)
PRECEDENCE = {
    "implies": 1,
    "or": 2, "xor": 2,
    "and": 3,
    "in": 4, "contains": 4,
    "=": 5, "~": 5, "!=": 5, "!~": 5,
    "<": 6, "<=": 6, ">": 6, ">=": 6,
    "|": 7,
    "is": 8, "as": 8,
    "+": 9, "-": 9, "&": 9,
    "*": 10, "/": 10, "div": 10, "mod": 10,
}  # fmt: skip
KEYWORDS = frozenset({"true", "false", "and", "or", "xor", "implies", "div", "mod"})
"""Words that are an identifier only between backticks."""
SIGN_PRECEDENCE = 11


def parse(text: str) -> Expression:
    """Return the tree of `text`. Raises FHIRPathSyntaxError and FHIRPathLimitExceeded."""
    if len(text) > MAXIMUM_LENGTH:
        raise FHIRPathLimitExceeded(f"A FHIRPath expression has at most {MAXIMUM_LENGTH} letters.")
    return _Parser(text).whole()


class _Parser:
    """Walks the tokens once; every method leaves the next unread token current."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._open = 0

    def whole(self) -> Expression:
        """Return the tree of the whole text."""
        expression, _ = self._expression(0)
        if self._token.kind != "end":
            raise self._error(f"{self._shown()} after a complete expression")
        return expression

    # Each of the methods below returns a tree with its depth.

    def _expression(self, minimum: int) -> tuple[Expression, int]:
        self._open += 1
        if self._open > MAXIMUM_NESTING:
            raise FHIRPathLimitExceeded(
                f"A FHIRPath expression has at most {MAXIMUM_NESTING} brackets within each other."
            )
        left, depth = self._operand()
        while True:
            token = self._token
            operator = token.text if token.kind in ("symbol", "word") else ""
            precedence = PRECEDENCE.get(operator, -1)
            if precedence <= minimum:
                break
            self._at += 1
            if operator in ("is", "as"):
                left = self._type_operation(token, left)
                left, depth = self._suffixes(left, depth + 1)
                continue
            right, other = self._expression(precedence)
            left = Binary(cast(BinaryOperator, operator), left, right, token.position)
            depth = self._limit(max(depth, other) + 1)
        self._open -= 1
        return left, depth

    def _operand(self) -> tuple[Expression, int]:
        token = self._token
        if token.kind == "symbol" and token.text in "+-":
            self._at += 1
            operand, depth = self._expression(SIGN_PRECEDENCE)
            sign = Sign("+" if token.text == "+" else "-", operand, token.position)
            return sign, self._limit(depth + 1)
        return self._suffixes(*self._term())

    def _suffixes(self, source: Expression, depth: int) -> tuple[Expression, int]:
        while self._token.kind == "symbol" and self._token.text in ".[":
            position = self._token.position
            if self._take("."):
                source, deeper = self._invocation(source)
            else:
                self._at += 1
                index, deeper = self._expression(0)
                self._expect("]")
                source = Indexer(source, index, position)
            depth = self._limit(max(depth, deeper) + 1)
        return source, depth

    def _term(self) -> tuple[Expression, int]:
        token = self._token
        match token.kind:
            case "symbol":
                return self._bracketed_or_constant(token)
            case "variable":
                self._at += 1
                return Variable(cast(VariableName, token.text[1:]), token.position), 1
            case "word" if token.text in ("true", "false"):
                self._at += 1
                return Literal("boolean", token.text == "true", token.position), 1
            case "word" | "quoted":
                return self._invocation(None)
            case "end":
                raise self._error("an expression is missing")
        self._at += 1
        return self._literal(token), 1

    def _bracketed_or_constant(self, token: Token) -> tuple[Expression, int]:
        if self._take("("):
            inside, depth = self._expression(0)
            self._expect(")")
            return inside, depth
        if self._take("{"):
            self._expect("}")
            return Literal("empty", None, token.position), 1
        if self._take("%"):
            return ExternalConstant(self._identifier(strings=True), token.position), 1
        raise self._error(f"an expression is missing before {self._shown()}")

    def _invocation(self, source: Expression | None) -> tuple[Expression, int]:
        position = self._token.position
        # After a point only a name can follow; FHIR's own patches say `Patient.text.div`.
        name = self._identifier(keywords=source is not None)
        if not self._take("("):
            return Member(source, name, position), 1
        arguments: list[Expression] = []
        deepest = 0
        while not self._take(")"):
            if arguments:
                self._expect(",")
            argument, depth = self._expression(0)
            arguments.append(argument)
            deepest = max(deepest, depth)
        return Call(source, name, tuple(arguments), position), self._limit(deepest + 1)

    def _identifier(self, *, strings: bool = False, keywords: bool = False) -> str:
        token = self._token
        if token.kind == "quoted" or (strings and token.kind == "string"):
            self._at += 1
            return unquoted(token, self._text)
        if token.kind == "word" and (keywords or token.text not in KEYWORDS):
            self._at += 1
            return token.text
        raise self._error(f"an identifier is missing before {self._shown()}")

    def _type_operation(self, operator: Token, operand: Expression) -> Expression:
        first, second = self._identifier(), None
        after = self._tokens[self._at : self._at + 3]
        # `x is Quantity.not()` is `(x is Quantity).not()`: a type's name has no parentheses.
        if len(after) == 3 and after[0].text == "." and after[2].text != "(":
            self._at += 1
            second = self._identifier()
        name = TypeName(None, first) if second is None else TypeName(first, second)
        return TypeOperation("is" if operator.text == "is" else "as", operand, name,
                             operator.position)  # fmt: skip

    def _literal(self, token: Token) -> Expression:
        if token.kind in ("long", "number") and len(token.text) > MAXIMUM_DIGITS:
            raise FHIRPathLimitExceeded(f"A number has at most {MAXIMUM_DIGITS} digits.")
        match token.kind:
            case "string":
                return Literal("string", unquoted(token, self._text), token.position)
            case "long":
                return Literal("long", int(token.text[:-1]), token.position)
            case "number":
                return self._number(token)
        return Literal(cast(LiteralKind, token.kind), token.text[1:], token.position)

    def _number(self, token: Token) -> Expression:
        unit = self._token
        if unit.kind == "string" or (unit.kind == "word" and unit.text in CALENDAR_UNITS):
            self._at += 1
            calendar = unit.kind == "word"
            name = unit.text if calendar else unquoted(unit, self._text)
            return QuantityLiteral(Decimal(token.text), name, calendar, token.position)
        if "." in token.text:
            return Literal("decimal", Decimal(token.text), token.position)
        return Literal("integer", int(token.text), token.position)

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self, symbol: str) -> bool:
        token = self._tokens[self._at]
        if token.kind == "symbol" and token.text == symbol:
            self._at += 1
            return True
        return False

    def _expect(self, symbol: str) -> None:
        if not self._take(symbol):
            raise self._error(f"{symbol!r} is missing before {self._shown()}")

    def _shown(self) -> str:
        token = self._token
        return "the end" if token.kind == "end" else repr(token.text[:40])

    def _error(self, problem: str) -> FHIRPathSyntaxError:
        return FHIRPathSyntaxError(problem, self._text, self._token.position)

    def _limit(self, depth: int) -> int:
        if depth > MAXIMUM_DEPTH:
            raise FHIRPathLimitExceeded(
                f"A FHIRPath expression has at most {MAXIMUM_DEPTH} levels."
            )
        return depth
