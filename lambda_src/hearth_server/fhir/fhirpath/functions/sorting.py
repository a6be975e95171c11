"""Putting a collection in order.

https://build.fhir.org/ig/HL7/FHIRPath/#sort
"""

from __future__ import annotations

from functools import cmp_to_key

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.equality import order
from hearth_server.fhir.fhirpath.node import Item, Items
from hearth_server.fhir.fhirpath.run import Descending, Function, Run, each
from hearth_server.fhir.fhirpath.singles import single


def _bind(source: Run, arguments: list[Run]) -> Run:
    signs = [-1 if isinstance(key, Descending) else 1 for key in arguments] or [1]
    expressions: list[Run] = arguments or [lambda _, focus: focus]

    def sort(environment: Environment, focus: Items) -> Items:
        items = source(environment, focus)
        keys = [
            [single(key, "a sort key") for key in each(environment, items, expression)]
            for expression in expressions
        ]

        def compare(left: int, right: int) -> int:
            environment.spend(1)
            pairs = ((column[left], column[right]) for column in keys)
            orders = (_compare(*pair, sign) for pair, sign in zip(pairs, signs, strict=True))
            return next(filter(None, orders), 0)

        return [items[place] for place in sorted(range(len(items)), key=cmp_to_key(compare))]

    return sort


def _compare(left: Item | None, right: Item | None, sign: int) -> int:
    """Order two keys: an empty one first, both ways; what cannot be told apart stays in place."""
    if left is None or right is None:
        return (left is not None) - (right is not None)
    return sign * (order(left, right) or 0)


FUNCTIONS: dict[str, Function] = {"sort": Function(0, 20, _bind)}
