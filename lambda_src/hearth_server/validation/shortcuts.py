"""Answers an invariant from a glance at an element's JSON, where a glance is enough.

Most invariants speak of what is absent: `start.empty() or …` holds where there is no `start`. A
shortcut gives what the FHIRPath expression gives, or UNKNOWN: then the expression is evaluated.
https://hl7.org/fhirpath/N1/#boolean-logic
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias, TypeGuard

from hearth_server.fhir.definitions import Release, Type
from hearth_server.fhir.fhirpath import ast


class Glance(Enum):
    """What is neither true nor false."""

    EMPTY = "empty"
    UNKNOWN = "unknown"


EMPTY, UNKNOWN = Glance.EMPTY, Glance.UNKNOWN
Answer: TypeAlias = "bool | int | str | Glance"
Shortcut: TypeAlias = Callable[[Mapping[str, Any]], Answer]

_EMPTY_RESULTS: dict[str, Answer] = {
    "exists": False,
    "empty": True,
    "hasValue": False,
    "count": 0,
    "all": True,
    "isDistinct": True,
}
"""What a function gives for nothing; any other in `_THROUGH` gives nothing."""

_PATH_FUNCTIONS = (
    "where select first last tail skip take ofType as is not startsWith endsWith contains matches "
    "substring replaceMatches toInteger toString resolve trace single distinct intersect"
)
_THROUGH = frozenset(_PATH_FUNCTIONS.split())
"""Functions that give nothing for nothing."""


def shortcut(expression: ast.Expression, kind: Type, release: Release) -> Shortcut:
    """Return a function of the JSON of an element of a type, free of structural faults."""
    return _Reader(kind, release).read(expression)


class _Reader:
    def __init__(self, kind: Type, release: Release) -> None:
        self._kind = kind
        self._release = release

    def read(self, expression: ast.Expression) -> Shortcut:
        match expression:
            case ast.Literal(kind="boolean" | "integer" | "string", value=value):
                constant: Any = value
                return lambda _: constant
            case ast.Call(source=source) if source is not None:
                return self._call(source, expression)
            case ast.Member():
                return self._path(expression)
            case ast.TypeOperation(operand=operand):
                return _only_emptiness(self.read(operand))
            case ast.Binary(operator=operator, left=left, right=right):
                return self._binary(operator, left, right)
        return _unknown

    def _keys(self, expression: ast.Expression) -> frozenset[str] | None:
        """Return the JSON names of a child of the element; None for any other expression."""
        if not isinstance(expression, ast.Member) or expression.source is not None:
            return None
        element = self._kind.elements.get(expression.name)
        if element is None:
            return None
        plain = [each.name for each in self._kind.properties.values() if each.element is element]
        return frozenset([*plain, *(f"_{name}" for name in plain)])

    def _root(self, expression: ast.Expression) -> frozenset[str] | None:
        """Return the JSON names of the child that a path starts with."""
        while isinstance(expression, ast.Member | ast.Call | ast.Indexer):
            if isinstance(expression, ast.Call) and not _follows(expression):
                return None
            if expression.source is None:
                return self._keys(expression)
            expression = expression.source
        return None

    def _path(self, expression: ast.Member) -> Shortcut:
        """A path is empty without its first child; a child that is a string is that string."""
        keys = self._root(expression)
        if keys is None:
            return _unknown
        absent = keys.isdisjoint
        if expression.source is not None or not self._is_plain(expression.name):
            return lambda value: EMPTY if absent(value) else UNKNOWN
        name, sibling = expression.name, f"_{expression.name}"

        def read(value: Mapping[str, Any]) -> Answer:
            found = value.get(name)
            if found is None:
                return UNKNOWN if sibling in value else EMPTY
            return UNKNOWN if found.__class__ is list else found

        return read

    def _is_plain(self, name: str) -> bool:
        """Whether the child's JSON is the FHIRPath value: text, a number or a boolean."""
        child = self._kind.properties.get(name)
        kind = self._release.type(child.type) if child else None
        return kind is not None and kind.system in ("String", "Boolean", "Integer")

    def _through(self, source: ast.Member, call: ast.Call) -> Shortcut | None:
        """Answer `a.b.exists()` by looking into `a`, where `a` is one object; else None."""
        outer = source.source
        if not isinstance(outer, ast.Member) or outer.source is not None:
            return None
        child = self._kind.properties.get(outer.name)
        kind = self._release.type(child.type) if child and not child.element.many else None
        if kind is None or kind.system is not None or source.name not in kind.elements:
            return None
        asked = ast.Call(ast.Member(None, source.name), call.name, ())
        inner = _Reader(kind, self._release).read(asked)
        name, absent = outer.name, call.name == "empty"

        def read(value: Mapping[str, Any]) -> Answer:
            found = value.get(name)
            return absent if found is None else inner(found)

        return read

    def _is_temporal(self, expression: ast.Expression) -> TypeGuard[ast.Member]:
        """Whether it is a child that is one date or time."""
        if not isinstance(expression, ast.Member) or expression.source is not None:
            return False
        child = self._kind.properties.get(expression.name)
        kind = self._release.type(child.type) if child and not child.element.many else None
        return kind is not None and kind.system in ("Date", "DateTime", "Time")

    def _call(self, source: ast.Expression, call: ast.Call) -> Shortcut:
        name = call.name
        keys = None if call.arguments else self._keys(source)
        if keys is not None and name in ("exists", "empty"):
            absent = keys.isdisjoint
            return absent if name == "empty" else lambda value: not absent(value)
        if keys is not None and name in ("hasValue", "count"):
            return _counted(keys, many=name == "count")
        if not call.arguments and name in ("exists", "empty") and isinstance(source, ast.Member):
            through = self._through(source, call)
            if through is not None:
                return through
        if name == "not":
            return _negation(self.read(source))
        inner = _only_emptiness(self.read(source))
        if name in _EMPTY_RESULTS:
            result = _EMPTY_RESULTS[name]
            return lambda value: result if inner(value) is EMPTY else UNKNOWN
        return inner if name in _THROUGH else _unknown

    def _binary(self, operator: str, left: ast.Expression, right: ast.Expression) -> Shortcut:
        if operator in _LOGIC:
            return _LOGIC[operator](self.read(left), self.read(right))
        if self._is_temporal(left) and self._is_temporal(right):
            return _ordered(left.name, right.name, _COMPARISONS.get(operator))
        one, other = self.read(left), self.read(right)
        compare = _COMPARISONS.get(operator)

        def read(value: Mapping[str, Any]) -> Answer:
            a, b = one(value), other(value)
            if a is EMPTY or (b is EMPTY and operator != "in"):
                return EMPTY if operator in _STRICT else UNKNOWN
            if a is UNKNOWN or b is UNKNOWN or compare is None or a.__class__ is not b.__class__:
                return UNKNOWN
            return compare(a, b)

        return read


_STRICT = frozenset(("=", "!=", "<", "<=", ">", ">=", "+", "in"))
"""Operators that give nothing when a side is nothing; of `in`, only the left side."""

_COMPARISONS: dict[str, Callable[[Any, Any], Answer]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b,
}

DATE_AND_TIME = 19
"""How many characters a date and a time with seconds take; fractions and zone follow."""


def _ordered(one: str, other: str, compare: Callable[[Any, Any], Answer] | None) -> Shortcut:
    """Compare two dates or times that are written alike, hence sort as text does."""

    def read(value: Mapping[str, Any]) -> Answer:
        a, b = value.get(one), value.get(other)
        if a is None or b is None:
            return EMPTY if f"_{one}" not in value and f"_{other}" not in value else UNKNOWN
        alike = len(a) == len(b) and a[DATE_AND_TIME:] == b[DATE_AND_TIME:]
        return compare(a, b) if alike and compare is not None else UNKNOWN

    return read


def _follows(call: ast.Call) -> bool:
    return call.name in _THROUGH or call.name in _EMPTY_RESULTS


def _unknown(_: Mapping[str, Any]) -> Answer:
    return UNKNOWN


def _only_emptiness(read: Shortcut) -> Shortcut:
    return lambda value: EMPTY if read(value) is EMPTY else UNKNOWN


def _counted(keys: frozenset[str], *, many: bool) -> Shortcut:
    """Count a child's values, or say whether it has one; unknown where siblings stand beside."""
    (name,) = [key for key in keys if not key.startswith("_")] if len(keys) == 2 else [""]
    if not name:
        return lambda value: UNKNOWN

    def read(value: Mapping[str, Any]) -> Answer:
        if f"_{name}" in value:
            return UNKNOWN
        found = value.get(name)
        if not many:
            return UNKNOWN if found.__class__ is list else found is not None
        return len(found) if found.__class__ is list else int(found is not None)

    return read


def _negation(read: Shortcut) -> Shortcut:
    def negated(value: Mapping[str, Any]) -> Answer:
        answer = read(value)
        return (not answer) if answer.__class__ is bool else (EMPTY if answer is EMPTY else UNKNOWN)

    return negated


def _or(one: Shortcut, other: Shortcut) -> Shortcut:
    def read(value: Mapping[str, Any]) -> Answer:
        a = one(value)
        if a is True:
            return True
        b = other(value)
        if b is True:
            return True
        if a is False and b is False:
            return False
        return UNKNOWN if a is UNKNOWN or b is UNKNOWN else EMPTY

    return read


def _and(one: Shortcut, other: Shortcut) -> Shortcut:
    def read(value: Mapping[str, Any]) -> Answer:
        a, b = one(value), other(value)
        if a is False or b is False:
            return False
        if a is True and b is True:
            return True
        return UNKNOWN if a is UNKNOWN or b is UNKNOWN else EMPTY

    return read


def _implies(one: Shortcut, other: Shortcut) -> Shortcut:
    def read(value: Mapping[str, Any]) -> Answer:
        a = one(value)
        if a is False:
            return True
        b = other(value)
        if b is True:
            return True
        if a is True:
            return b if b.__class__ is bool or b is EMPTY else UNKNOWN
        return UNKNOWN if a is UNKNOWN or b is UNKNOWN else EMPTY

    return read


def _xor(one: Shortcut, other: Shortcut) -> Shortcut:
    def read(value: Mapping[str, Any]) -> Answer:
        a, b = one(value), other(value)
        if a.__class__ is bool and b.__class__ is bool:
            return a is not b
        return UNKNOWN if a is UNKNOWN or b is UNKNOWN else EMPTY

    return read


_LOGIC = {"or": _or, "and": _and, "implies": _implies, "xor": _xor}
