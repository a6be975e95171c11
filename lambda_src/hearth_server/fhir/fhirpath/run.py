"""The shape of compiled FHIRPath, and of the functions that it is built from.

https://hl7.org/fhirpath/N1/#functions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.node import Item, Items

Run: TypeAlias = Callable[[Environment, Items], Items]
"""A compiled expression: takes its focus."""


class Function(NamedTuple):
    """A function of FHIRPath as the compiler finds it by name."""

    minimum: int
    maximum: int
    """How many arguments it takes."""
    bind: Callable[[Run, list[Run]], Run]
    """Makes the compiled call from what gives its input and its arguments."""


class Descending:
    """An argument of sort() that began with a minus sign, which only says which way to sort."""

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def __call__(self, environment: Environment, focus: Items) -> Items:
        """Return the key without the sign."""
        return self.run(environment, focus)


def eager(
    calculate: Callable[..., Items], minimum: int = 0, maximum: int | None = None
) -> Function:
    """Make a function of its input and its evaluated arguments; an omitted one is left out."""

    def bind(source: Run, arguments: list[Run]) -> Run:
        match arguments:
            case []:
                return lambda environment, focus: calculate(source(environment, focus))
            case [first]:
                return lambda environment, focus: calculate(
                    source(environment, focus), first(environment, focus)
                )
        return lambda environment, focus: calculate(
            source(environment, focus), *(each(environment, focus) for each in arguments)
        )

    return Function(minimum, minimum if maximum is None else maximum, bind)


def aware(
    calculate: Callable[..., Items], minimum: int = 0, maximum: int | None = None
) -> Function:
    """Make a function that takes the environment before its input and evaluated arguments."""

    def bind(source: Run, arguments: list[Run]) -> Run:
        match arguments:
            case []:
                return lambda environment, focus: calculate(environment, source(environment, focus))
            case [first]:
                return lambda environment, focus: calculate(
                    environment, source(environment, focus), first(environment, focus)
                )
        return lambda environment, focus: calculate(
            environment,
            source(environment, focus),
            *(each(environment, focus) for each in arguments),
        )

    return Function(minimum, minimum if maximum is None else maximum, bind)


def lazy(calculate: Callable[..., Items], minimum: int = 0, maximum: int | None = None) -> Function:
    """Make a function that evaluates its arguments itself, such as once for each item."""

    def bind(source: Run, arguments: list[Run]) -> Run:
        match arguments:
            case [first]:
                return lambda environment, focus: calculate(
                    environment, source(environment, focus), first
                )
        return lambda environment, focus: calculate(
            environment, source(environment, focus), *arguments
        )

    return Function(minimum, minimum if maximum is None else maximum, bind)


def each(environment: Environment, items: Items, expression: Run) -> list[Items]:
    """Return what `expression` gives for each item as $this, with its $index."""
    this, index = environment.this, environment.index
    results = []
    for place, item in enumerate(items):
        environment.spend(1)
        environment.index = place
        environment.this = focus = [item]
        results.append(expression(environment, focus))
    environment.this, environment.index = this, index
    return results


def only(environment: Environment, item: Item, expression: Run) -> Items:
    """Return what `expression` gives for one item as $this; $index stays as it is."""
    this = environment.this
    environment.this = focus = [item]
    result = expression(environment, focus)
    environment.this = this
    return result
