"""Choosing items, transforming each, and putting collections together.

https://hl7.org/fhirpath/N1/#filtering-and-projection
"""

from __future__ import annotations

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.equality import identity
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Items
from hearth_server.fhir.fhirpath.operators import distinct, union
from hearth_server.fhir.fhirpath.run import Function, Run, aware, each, eager, lazy, only
from hearth_server.fhir.fhirpath.singles import integer, single, truth


def _where(environment: Environment, items: Items, criteria: Run) -> Items:
    kept = each(environment, items, criteria)
    return [item for item, result in zip(items, kept, strict=True) if truth(result)]


def _select(environment: Environment, items: Items, projection: Run) -> Items:
    return [item for result in each(environment, items, projection) for item in result]


def _repeat(environment: Environment, items: Items, projection: Run) -> Items:
    found: Items = []
    seen = set()
    while items:
        fresh = []
        for item in _select(environment, items, projection):
            key = identity(environment, item)
            if key not in seen:
                seen.add(key)
                fresh.append(item)
        found += fresh
        items = fresh
    return found


def _iif(
    environment: Environment,
    items: Items,
    criterion: Run,
    positive: Run,
    negative: Run | None = None,
) -> Items:
    if len(items) > 1:
        raise FHIRPathEvaluationError("FHIRPath: iif() takes one item at most.")
    if items:
        return only(environment, items[0], lambda inner, _: _chosen(
            inner, items, criterion, positive, negative))  # fmt: skip
    return _chosen(environment, items, criterion, positive, negative)


def _chosen(
    environment: Environment, focus: Items, criterion: Run, positive: Run, negative: Run | None
) -> Items:
    condition = single(criterion(environment, focus), "the condition of iif()")
    if condition is not None and condition.__class__ is not bool:
        raise FHIRPathEvaluationError("FHIRPath: the condition of iif() is no boolean.")
    if condition:
        return positive(environment, focus)
    return [] if negative is None else negative(environment, focus)


def _single(items: Items) -> Items:
    if len(items) > 1:
        raise FHIRPathEvaluationError(f"FHIRPath: single() found {len(items)} items.")
    return items


def _first(items: Items) -> Items:
    return items[:1]


def _last(items: Items) -> Items:
    return items[-1:]


def _tail(items: Items) -> Items:
    return items[1:]


def _skip(items: Items, number: Items) -> Items:
    count = integer(number, "skip()")
    return [] if count is None else items[max(count, 0) :]


def _take(items: Items, number: Items) -> Items:
    count = integer(number, "take()")
    return [] if count is None else items[: max(count, 0)]


def _intersect(environment: Environment, items: Items, others: Items) -> Items:
    known = {identity(environment, other) for other in others}
    return [item for item in distinct(environment, items) if identity(environment, item) in known]


def _exclude(environment: Environment, items: Items, others: Items) -> Items:
    known = {identity(environment, other) for other in others}
    return [item for item in items if identity(environment, item) not in known]


def _combine(environment: Environment, items: Items, others: Items) -> Items:
    environment.spend(len(others))
    return items + others


def _coalesce(environment: Environment, items: Items, *choices: Run) -> Items:
    for choice in choices:
        if found := choice(environment, items):
            return found
    return []


FUNCTIONS: dict[str, Function] = {
    "where": lazy(_where, 1),
    "select": lazy(_select, 1),
    "repeat": lazy(_repeat, 1),
    "iif": lazy(_iif, 2, 3),
    "single": eager(_single),
    "first": eager(_first),
    "last": eager(_last),
    "tail": eager(_tail),
    "skip": eager(_skip, 1),
    "take": eager(_take, 1),
    "intersect": aware(_intersect, 1),
    "exclude": aware(_exclude, 1),
    "union": aware(union, 1),
    "combine": aware(_combine, 1),
    "coalesce": lazy(_coalesce, 1, 99),
}
