"""The logical operators, which know three values and stop when the answer is certain.

https://hl7.org/fhirpath/N1/#boolean-logic
"""

from __future__ import annotations

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.node import Items
from hearth_server.fhir.fhirpath.run import Run
from hearth_server.fhir.fhirpath.singles import truth


def conjunction(left: Run, right: Run) -> Run:
    """Return the compiled `and`."""

    def run(environment: Environment, focus: Items) -> Items:
        one = truth(left(environment, focus), "and")
        if one is False:
            return [False]
        other = truth(right(environment, focus), "and")
        if other is False:
            return [False]
        return [] if one is None or other is None else [True]

    return run


def disjunction(left: Run, right: Run) -> Run:
    """Return the compiled `or`."""

    def run(environment: Environment, focus: Items) -> Items:
        one = truth(left(environment, focus), "or")
        if one:
            return [True]
        other = truth(right(environment, focus), "or")
        if other:
            return [True]
        return [] if one is None or other is None else [False]

    return run


def exclusion(left: Run, right: Run) -> Run:
    """Return the compiled `xor`."""

    def run(environment: Environment, focus: Items) -> Items:
        one = truth(left(environment, focus), "xor")
        other = truth(right(environment, focus), "xor")
        return [] if one is None or other is None else [one is not other]

    return run


def implication(left: Run, right: Run) -> Run:
    """Return the compiled `implies`."""

    def run(environment: Environment, focus: Items) -> Items:
        one = truth(left(environment, focus), "implies")
        if one is False:
            return [True]
        other = truth(right(environment, focus), "implies")
        if other:
            return [True]
        return [] if one is None or other is None else [False]

    return run


LOGIC = {"and": conjunction, "or": disjunction, "xor": exclusion, "implies": implication}
