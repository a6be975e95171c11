"""A UCUM expression such as `mg/dL` as a factor and a dimension.

https://ucum.org/ucum#section-Syntax-Rules
"""

from __future__ import annotations

import re
from decimal import Context, Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

MAXIMUM_LENGTH = 100
"""Characters of an expression; a longer one is not known."""
_LARGEST_EXPONENT = 30
_ARITHMETIC = Context(prec=40)
_PIECE = r"\{[^{}]*\}|[()/.]|(?:[^\[\]{}()/.0-9+-]|\[[^\[\]]*\]|10[*^])+|[+-]?[0-9]+"


class Unit(NamedTuple):
    """How a unit relates to the base units."""

    factor: Decimal
    """Of the base unit's amount in one of this unit."""
    dimension: tuple[tuple[str, int], ...]
    """Base units with their exponents, sorted."""
    offset: Decimal = Decimal(0)
    """What a temperature scale adds, in the base unit."""

    def to_base(self, value: Decimal) -> Decimal:
        """Return `value` in base units."""
        return _ARITHMETIC.add(_ARITHMETIC.multiply(value, self.factor), self.offset)


class _Definitions(msgspec.Struct):
    prefixes: dict[str, str]
    base: list[str]
    metric: dict[str, tuple[str, str]]
    other: dict[str, tuple[str, str]]
    scales: dict[str, tuple[str, str, str]]


@lru_cache(maxsize=1024)
def unit(code: str) -> Unit | None:
    """Return the unit of a UCUM code; None if it is not known."""
    if len(code) > MAXIMUM_LENGTH:
        return None
    if scale := _definitions().scales.get(code):
        factor, base, offset = scale
        return Unit(Decimal(factor), ((base, 1),), Decimal(offset))
    tokens = re.findall(_PIECE, code)
    if not tokens or "".join(tokens) != code:
        return None
    term = _Term(tokens)
    found = term.product()
    return found if term.at == len(tokens) else None


class _Term:
    """Reads the tokens of an expression once; None stands for what is not known."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self.at = 0

    def product(self) -> Unit | None:
        """Return the product of the components up to a closing parenthesis or the end."""
        result: Unit | None = _ONE
        sign = 1
        if self._take("/"):
            sign = -1
        while result is not None:
            component = self._component()
            result = component and _multiplied(result, component, sign)
            if self._take("."):
                sign = 1
            elif self._take("/"):
                sign = -1
            else:
                return result
        return None

    def _component(self) -> Unit | None:
        if self._take("("):
            inside = self.product()
            return inside if self._take(")") else None
        token = self._next
        self.at += 1
        if token.startswith("{"):
            return _ONE
        if token.isascii() and token.isdigit():
            found: Unit | None = Unit(Decimal(token), ()) if token.strip("0") else None
        else:
            found = _atom(token)
            if self._next.lstrip("+-").isdigit():
                found = found and _power(found, int(self._next))
                self.at += 1
        if self._next.startswith("{"):
            self.at += 1
        return found

    def _take(self, token: str) -> bool:
        taken = self._next == token
        self.at += taken
        return taken

    @property
    def _next(self) -> str:
        return self._tokens[self.at] if self.at < len(self._tokens) else ""


_ONE = Unit(Decimal(1), ())


@cache
def _definitions() -> _Definitions:
    text = (Path(__file__).parent / "units.json").read_bytes()
    return msgspec.json.decode(text, type=_Definitions)


@lru_cache(maxsize=512)
def _atom(name: str) -> Unit | None:
    """Return a unit without exponent, with or without a metric prefix."""
    known = _definitions()
    if name in known.base:
        return Unit(Decimal(1), ((name, 1),))
    if found := known.metric.get(name) or known.other.get(name):
        return _defined(*found)
    for length in (1, 2):
        prefix = known.prefixes.get(name[:length])
        rest = name[length:]
        if prefix and (rest in known.metric or rest in known.base):
            plain = _atom(rest)
            return plain and _multiplied(Unit(Decimal(prefix), ()), plain, 1)
    return None


def _defined(factor: str, code: str) -> Unit | None:
    base = unit(code)
    return base and _multiplied(Unit(Decimal(factor), ()), base, 1)


def _multiplied(left: Unit, right: Unit, sign: int) -> Unit:
    exponents = dict(left.dimension)
    for base, exponent in right.dimension:
        exponents[base] = exponents.get(base, 0) + sign * exponent
    combine = _ARITHMETIC.multiply if sign > 0 else _ARITHMETIC.divide
    dimension = tuple(sorted((base, exponent) for base, exponent in exponents.items() if exponent))
    return Unit(combine(left.factor, right.factor), dimension)


def _power(base: Unit, exponent: int) -> Unit | None:
    if abs(exponent) > _LARGEST_EXPONENT:
        return None
    dimension = tuple((name, size * exponent) for name, size in base.dimension if exponent)
    return Unit(_ARITHMETIC.power(base.factor, exponent), dimension)
