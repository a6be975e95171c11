"""When two items are equal, equivalent, or in which order.

https://hl7.org/fhirpath/N1/#equality
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Item, Items, Node, plain
from hearth_server.fhir.fhirpath.singles import is_number
from hearth_server.fhir.fhirpath.values import numbers, quantity, temporal
from hearth_server.fhir.fhirpath.values.quantity import Quantity
from hearth_server.fhir.fhirpath.values.temporal import Temporal, Time


def equal_items(environment: Environment, left: Items, right: Items) -> bool | None:
    """Return what `=` says of two collections; None for empty."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    answer: bool | None = True
    for one, other in zip(left, right, strict=True):
        same = equal(environment, one, other)
        if same is False:
            return False
        if same is None:
            answer = None
    return answer


def equal(environment: Environment, left: Item, right: Item) -> bool | None:
    """Return whether two items are equal; None where precision or units leave it open."""
    one, other = plain(left), plain(right)
    if one.__class__ is str or one.__class__ is bool:
        return one.__class__ is other.__class__ and one == other
    if is_number(one) and is_number(other):
        return one == other
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        if isinstance(one, Time) is not isinstance(other, Time):
            return False
        return _is_zero(temporal.compare(one, other))
    pair = _quantities(one, other)
    if pair is not None:
        order = quantity.compare(*pair)
        return None if order is None else order == 0
    return one.__class__ is other.__class__ and identity(environment, one) == identity(
        environment, other
    )


def order(left: Item, right: Item) -> int | None:
    """Return -1, 0 or 1; None where precision or units leave it open.

    Raises FHIRPathEvaluationError for types that have no order between them.
    """
    one, other = plain(left), plain(right)
    if (one.__class__ is str and other.__class__ is str) or (is_number(one) and is_number(other)):
        return (one > other) - (one < other)  # type: ignore[operator]
    if (
        isinstance(one, Temporal)
        and isinstance(other, Temporal)
        and isinstance(one, Time) is isinstance(other, Time)
    ):
        return temporal.compare(one, other)
    pair = _quantities(one, other)
    if pair is None:
        raise FHIRPathEvaluationError("FHIRPath: values of these types have no order.")
    return quantity.compare(*pair)


def equivalent_items(environment: Environment, left: Items, right: Items) -> bool:
    """Return what `~` says of two collections, in which the order does not count."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for one in left:
        for place, other in enumerate(rest):
            environment.spend(1)
            if equivalent(environment, one, other):
                del rest[place]
                break
        else:
            return False
    return True


def equivalent(environment: Environment, left: Item, right: Item) -> bool:
    """Return whether two items are the same for practical purposes."""
    one, other = plain(left), plain(right)
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one) == _folded(other)
    if is_number(one) and is_number(other):
        return numbers.equivalent(one, other)  # type: ignore[arg-type]
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        return equal(environment, one, other) is True
    pair = _quantities(one, other)
    if pair is not None:
        return quantity.equivalent(*pair)
    if isinstance(one, Node) and isinstance(other, Node) and not one.shape.primitive:
        children, others = one.children(), other.children()
        environment.spend(len(children) + len(others))
        return equivalent_items(environment, children, others)
    return one.__class__ is other.__class__ and identity(environment, one) == identity(
        environment, other
    )


def identity(environment: Environment, item: Item) -> Any:
    """Return a key that two items share exactly when `=` finds them equal."""
    value = plain(item)
    if value.__class__ is str or is_number(value):
        return value
    if isinstance(value, Temporal):
        return isinstance(value, Time), value.key
    if isinstance(value, Quantity):
        return Quantity, value.base()
    if isinstance(value, Node):
        return Node, _frozen(environment, value.value), _frozen(environment, value.extra)
    return value.__class__, value


def _frozen(environment: Environment, value: Any) -> Any:
    if value.__class__ is dict:
        environment.spend(len(value))
        return frozenset((key, _frozen(environment, each)) for key, each in value.items())
    if value.__class__ is list:
        environment.spend(len(value))
        return tuple(_frozen(environment, each) for each in value)
    return (bool, value) if value.__class__ is bool else value


def _quantities(one: Item, other: Item) -> tuple[Quantity, Quantity] | None:
    """Return both as quantities if one is, and a number can stand for the other."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one, other
    if isinstance(one, Quantity) and is_number(other):
        return one, Quantity(Decimal(other), "1")  # type: ignore[arg-type]
    if isinstance(other, Quantity) and is_number(one):
        return Quantity(Decimal(one), "1"), other  # type: ignore[arg-type]
    return None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_zero(order: int | None) -> bool | None:
    return None if order is None else order == 0
