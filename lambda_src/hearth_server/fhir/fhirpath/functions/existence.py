"""Questions about a whole collection.

https://hl7.org/fhirpath/N1/#existence
"""

from __future__ import annotations

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.equality import identity
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Items, plain
from hearth_server.fhir.fhirpath.operators import distinct
from hearth_server.fhir.fhirpath.run import Function, Run, aware, eager, lazy
from hearth_server.fhir.fhirpath.singles import truth


def _empty(items: Items) -> Items:
    return [not items]


def _exists(environment: Environment, items: Items, criteria: Run | None = None) -> Items:
    if criteria is None:
        return [bool(items)]
    this, index = environment.this, environment.index
    found = False
    for place, item in enumerate(items):
        environment.spend(1)
        environment.index = place
        environment.this = focus = [item]
        if truth(criteria(environment, focus)):
            found = True
            break
    environment.this, environment.index = this, index
    return [found]


def _all(environment: Environment, items: Items, criteria: Run) -> Items:
    this, index = environment.this, environment.index
    every = True
    for place, item in enumerate(items):
        environment.spend(1)
        environment.index = place
        environment.this = focus = [item]
        if not truth(criteria(environment, focus)):
            every = False
            break
    environment.this, environment.index = this, index
    return [every]


def _not(items: Items) -> Items:
    value = truth(items, "not()")
    return [] if value is None else [not value]


def _count(items: Items) -> Items:
    return [len(items)]


def _booleans(items: Items) -> list[bool]:
    values = [plain(item) for item in items]
    if any(value.__class__ is not bool for value in values):
        raise FHIRPathEvaluationError("FHIRPath: allTrue() and its like take booleans.")
    return values  # type: ignore[return-value]


def _all_true(items: Items) -> Items:
    return [all(_booleans(items))]


def _any_true(items: Items) -> Items:
    return [any(_booleans(items))]


def _all_false(items: Items) -> Items:
    return [not any(_booleans(items))]


def _any_false(items: Items) -> Items:
    return [not all(_booleans(items))]


def _is_within(environment: Environment, items: Items, others: Items) -> bool:
    known = {identity(environment, other) for other in others}
    return all(identity(environment, item) in known for item in items)


def _subset_of(environment: Environment, items: Items, others: Items) -> Items:
    return [_is_within(environment, items, others)]


def _superset_of(environment: Environment, items: Items, others: Items) -> Items:
    return [_is_within(environment, others, items)]


def _is_distinct(environment: Environment, items: Items) -> Items:
    return [len(distinct(environment, items)) == len(items)]


FUNCTIONS: dict[str, Function] = {
    "empty": eager(_empty),
    "exists": lazy(_exists, 0, 1),
    "all": lazy(_all, 1),
    "not": eager(_not),
    "count": eager(_count),
    "allTrue": eager(_all_true),
    "anyTrue": eager(_any_true),
    "allFalse": eager(_all_false),
    "anyFalse": eager(_any_false),
    "subsetOf": aware(_subset_of, 1),
    "supersetOf": aware(_superset_of, 1),
    "distinct": aware(distinct),
    "isDistinct": aware(_is_distinct),
}
