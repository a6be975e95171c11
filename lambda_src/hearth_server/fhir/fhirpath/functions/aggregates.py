"""One value out of many.

https://hl7.org/fhirpath/N1/#aggregates
"""

from __future__ import annotations

from functools import reduce

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.equality import order
from hearth_server.fhir.fhirpath.node import Items
from hearth_server.fhir.fhirpath.operators import OPERATIONS
from hearth_server.fhir.fhirpath.run import Function, Run, aware, lazy


def _aggregate(
    environment: Environment, items: Items, step: Run, start: Run | None = None
) -> Items:
    this, index, total = environment.this, environment.index, environment.total
    environment.total = [] if start is None else start(environment, environment.this)
    for place, item in enumerate(items):
        environment.spend(1 + len(environment.total))
        environment.index = place
        environment.this = focus = [item]
        environment.total = step(environment, focus)
    result = environment.total
    environment.this, environment.index, environment.total = this, index, total
    return result


def _sum(environment: Environment, items: Items) -> Items:
    if not items:
        return []
    add = OPERATIONS["+"]
    return reduce(lambda total, item: add(environment, total, [item]), items[1:], items[:1])


def _average(environment: Environment, items: Items) -> Items:
    return OPERATIONS["/"](environment, _sum(environment, items), [len(items)])


def _minimum(items: Items) -> Items:
    return _extreme(items, -1)


def _maximum(items: Items) -> Items:
    return _extreme(items, 1)


def _extreme(items: Items, wanted: int) -> Items:
    best = items[:1]
    for item in items[1:]:
        found = order(item, best[0])
        if found is None:
            return []
        if found == wanted:
            best = [item]
    return best


FUNCTIONS: dict[str, Function] = {
    "aggregate": lazy(_aggregate, 1, 2),
    "sum": aware(_sum),
    "avg": aware(_average),
    "min": aware(lambda _, items: _minimum(items)),
    "max": aware(lambda _, items: _maximum(items)),
}
