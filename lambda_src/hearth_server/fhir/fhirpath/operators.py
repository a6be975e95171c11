"""What the operators between two collections do.

https://hl7.org/fhirpath/N1/#operations
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.equality import (
    equal_items,
    equivalent_items,
    identity,
    order,
)
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError, FHIRPathLimitExceeded
from hearth_server.fhir.fhirpath.node import Item, Items
from hearth_server.fhir.fhirpath.singles import is_number, single, string
from hearth_server.fhir.fhirpath.values import calendar, numbers, quantity
from hearth_server.fhir.fhirpath.values.quantity import Quantity
from hearth_server.fhir.fhirpath.values.temporal import Temporal

LONGEST_STRING = 1_048_576
"""Characters of a string that an expression makes; FHIR's own limit for a string."""

CHARACTERS_FOR_ONE = 64
"""Characters of a string that cost as much as one item."""

Operation = Callable[[Environment, Items, Items], Items]
Arithmetic = Callable[[Environment, Item, Item], "Item | None"]


def equals(environment: Environment, left: Items, right: Items) -> Items:
    """`=`."""
    answer = equal_items(environment, left, right)
    return [] if answer is None else [answer]


def not_equals(environment: Environment, left: Items, right: Items) -> Items:
    """`!=`."""
    answer = equal_items(environment, left, right)
    return [] if answer is None else [not answer]


def is_equivalent(environment: Environment, left: Items, right: Items) -> Items:
    """`~`."""
    return [equivalent_items(environment, left, right)]


def is_not_equivalent(environment: Environment, left: Items, right: Items) -> Items:
    """`!~`."""
    return [not equivalent_items(environment, left, right)]


def union(environment: Environment, left: Items, right: Items) -> Items:
    """`|`: all items of both, each once."""
    return distinct(environment, left + right)


def distinct(environment: Environment, items: Items) -> Items:
    """Return the items without repetition, in order of first appearance."""
    if len(items) < 2:
        return items
    environment.spend(len(items))
    seen: dict[Any, Item] = {}
    for item in items:
        seen.setdefault(identity(environment, item), item)
    return list(seen.values())


def contains(environment: Environment, left: Items, right: Items) -> Items:
    """`contains`: whether the right item is among the left ones."""
    if not right:
        return []
    if len(right) > 1:
        raise FHIRPathEvaluationError("FHIRPath: membership is asked of one item.")
    wanted = identity(environment, right[0])
    return [any(identity(environment, item) == wanted for item in left)]


def member_of(environment: Environment, left: Items, right: Items) -> Items:
    """`in`: whether the left item is among the right ones."""
    return contains(environment, right, left)


def concatenated(environment: Environment, left: Items, right: Items) -> Items:
    """`&`: strings put together, nothing as an empty string."""
    return [made(environment, (string(left, "&") or "") + (string(right, "&") or ""))]


def made(environment: Environment, text: str) -> str:
    """Return a string that was made, and count its length. Raises FHIRPathLimitExceeded."""
    if len(text) > LONGEST_STRING:
        raise FHIRPathLimitExceeded("FHIRPath: a string is longer than FHIR allows.")
    environment.spend(len(text) // CHARACTERS_FOR_ONE)
    return text


def _comparison(symbol: str, wanted: tuple[int, ...]) -> Operation:
    def compare(environment: Environment, left: Items, right: Items) -> Items:
        one, other = single(left, symbol), single(right, symbol)
        if one is None or other is None:
            return []
        found = order(one, other)
        return [] if found is None else [found in wanted]

    return compare


def _arithmetic(symbol: str, calculate: Arithmetic) -> Operation:
    def operate(environment: Environment, left: Items, right: Items) -> Items:
        one, other = single(left, symbol), single(right, symbol)
        if one is None or other is None:
            return []
        result = calculate(environment, one, other)
        return [] if result is None else [result]

    return operate


def _add(environment: Environment, left: Item, right: Item) -> Item | None:
    if isinstance(left, str) and isinstance(right, str):
        return made(environment, left + right)
    if isinstance(left, Temporal) and isinstance(right, Quantity):
        return calendar.add(left, right, 1)
    return _sum("+", left, right, 1)


def _subtract(_: Environment, left: Item, right: Item) -> Item | None:
    if isinstance(left, Temporal) and isinstance(right, Quantity):
        return calendar.add(left, right, -1)
    return _sum("-", left, right, -1)


def _sum(symbol: str, left: Item, right: Item, sign: int) -> Item | None:
    if is_number(left) and is_number(right):
        if isinstance(left, int) and isinstance(right, int):
            return numbers.bounded(left + sign * right)
        return numbers.finite(numbers.CONTEXT.add, left, sign * right)  # type: ignore[arg-type, operator]
    return quantity.add(*_quantities(symbol, left, right), sign)


def _multiply(_: Environment, left: Item, right: Item) -> Item | None:
    if is_number(left) and is_number(right):
        if isinstance(left, int) and isinstance(right, int):
            return numbers.bounded(left * right)
        return numbers.finite(numbers.CONTEXT.multiply, left, right)  # type: ignore[arg-type]
    return quantity.multiply(*_quantities("*", left, right))


def _divide(_: Environment, left: Item, right: Item) -> Item | None:
    if is_number(left) and is_number(right):
        return numbers.finite(numbers.CONTEXT.divide, left, right)  # type: ignore[arg-type]
    return quantity.divide(*_quantities("/", left, right))


def _whole_quotient(_: Environment, left: Item, right: Item) -> Item | None:
    one, other = _numbers("div", left, right)
    if not other:
        return None
    result = numbers.finite(numbers.CONTEXT.divide_int, one, other)
    return None if result is None else numbers.bounded(int(result))


def _remainder(_: Environment, left: Item, right: Item) -> Item | None:
    one, other = _numbers("mod", left, right)
    result = numbers.finite(numbers.CONTEXT.remainder, one, other) if other else None
    if result is not None and isinstance(one, int) and isinstance(other, int):
        return int(result)
    return result


def _numbers(symbol: str, left: Item, right: Item) -> tuple[numbers.Number, numbers.Number]:
    if not is_number(left) or not is_number(right):
        raise _unfit(symbol)
    return left, right  # type: ignore[return-value]


def _quantities(symbol: str, left: Item, right: Item) -> tuple[Quantity, Quantity]:
    return _quantity(symbol, left), _quantity(symbol, right)


def _quantity(symbol: str, value: Item) -> Quantity:
    if isinstance(value, Quantity):
        return value
    if is_number(value):
        return Quantity(Decimal(value), "1")  # type: ignore[arg-type]
    raise _unfit(symbol)


def _unfit(symbol: str) -> FHIRPathEvaluationError:
    return FHIRPathEvaluationError(f"FHIRPath: {symbol} does not take values of these types.")


OPERATIONS: dict[str, Operation] = {
    "=": equals,
    "!=": not_equals,
    "~": is_equivalent,
    "!~": is_not_equivalent,
    "|": union,
    "contains": contains,
    "in": member_of,
    "&": concatenated,
    "<": _comparison("<", (-1,)),
    "<=": _comparison("<=", (-1, 0)),
    ">": _comparison(">", (1,)),
    ">=": _comparison(">=", (1, 0)),
    "+": _arithmetic("+", _add),
    "-": _arithmetic("-", _subtract),
    "*": _arithmetic("*", _multiply),
    "/": _arithmetic("/", _divide),
    "div": _arithmetic("div", _whole_quotient),
    "mod": _arithmetic("mod", _remainder),
}
"""Operators whose operands are both evaluated first; the logical ones are not among them."""
