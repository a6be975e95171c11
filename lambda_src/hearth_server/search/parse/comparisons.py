"""What the operators of `_filter` ask of each type of parameter.

https://hl7.org/fhir/R4/search_filter.html#ops
"""

from __future__ import annotations

from collections.abc import Callable

from hearth_server.fhir.definitions import is_resource_type
from hearth_server.search import moments, parameters
from hearth_server.search.folding import cut, fold
from hearth_server.search.parameters import Parameter
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.filters import Comparison, Follower
from hearth_server.search.parse.plain import plain
from hearth_server.search.parse.problems import unknown, wrong_value
from hearth_server.search.parse.references import canonical, followed
from hearth_server.search.query import (
    Bounds,
    CanonicalChain,
    Chain,
    Condition,
    Moments,
    Not,
    Or,
    Terms,
    TermTest,
    Updated,
)

PREFIXES = frozenset({"eq", "ne", "gt", "lt", "ge", "le", "ap", "sa", "eb"})

MODIFIER = {"in": "in", "ni": "not-in", "ss": "above", "sb": "below"}
"""The modifier that says what an operator says."""


def follower(types: tuple[str, ...], context: Context) -> Follower:
    """Return what reads a filter about resources of some types."""

    def follow(name: str) -> tuple[Follower, Callable[[Condition], Condition]]:
        code, _, modifier = name.partition(":")
        parameter = _known(types, code)
        targets = (modifier,) if modifier else parameter.targets
        if parameter.kind != "reference" or not targets:
            raise wrong_value("_filter", f"what follows {code} must be one known type of target")
        if modifier and not is_resource_type(modifier):
            raise wrong_value("_filter", f"what follows {code}: is no resource type")
        served = tuple(each for each in targets if each)
        if canonical(parameter):
            return follower(served, context), lambda inner: Or(
                tuple(CanonicalChain(parameter.fields, each, inner) for each in served)
            )
        fields = followed(parameter.fields, context)
        return follower(served, context), lambda inner: Chain(fields, served, inner)

    return Follower(lambda one: _compared(types, one, context), follow)


def _known(types: tuple[str, ...], name: str) -> Parameter:
    """Return a parameter; of several types, of those that have it."""
    having = tuple(each for each in types if parameters.find(each, name) is not None)
    parameter = parameters.shared(having, name) if having else None
    if parameter is None:
        where = types[0] if len(types) == 1 else "the types that it could be"
        raise unknown(name, where, parameters.names(types[0]), "_filter")
    return parameter


def _compared(types: tuple[str, ...], one: Comparison, context: Context) -> Condition:
    parameter = _known(types, one.path)
    operator, value, kind = one.operator, one.value, parameter.kind
    if operator == "pr":
        return _present(parameter, value, context)
    escaped = value.replace("\\", "\\\\").replace(",", "\\,").replace("$", "\\$")
    if kind in ("date", "number", "quantity"):
        if operator == "po" and kind == "date":
            return _overlapping(parameter, value)
        if operator in PREFIXES:
            return _meant(plain(parameter, None, operator + escaped, context))
    elif kind == "string" and operator in ("eq", "ne", "co", "sw", "ew"):
        return _text(parameter, operator, value)
    elif operator in ("eq", "ne", "re"):
        found = _meant(plain(parameter, None, escaped, context))
        return Not(found) if operator == "ne" else found
    elif kind in ("token", "uri") and operator in MODIFIER:
        return _meant(plain(parameter, MODIFIER[operator], escaped, context))
    raise wrong_value("_filter", f"{operator} is not for {one.path}, a {kind} parameter")


def _present(parameter: Parameter, value: str, context: Context) -> Condition:
    if value not in ("true", "false"):
        raise wrong_value("_filter", "after pr comes true or false")
    return _meant(plain(parameter, "missing", "false" if value == "true" else "true", context))


def _overlapping(parameter: Parameter, value: str) -> Condition:
    found = moments.span(value)
    if found is None:
        raise wrong_value("_filter", "the date cannot be read")
    bounds = (Bounds(low_max=found[1] - 1, high_min=found[0] + 1),)
    return (
        Updated(bounds) if parameter.name == "_lastUpdated" else Moments(parameter.fields, bounds)
    )


def _text(parameter: Parameter, operator: str, value: str) -> Condition:
    folded = fold(value)
    if not folded:
        raise wrong_value("_filter", "the text has no letters and no digits")
    fields = parameter.fields
    match operator:
        case "co":
            return Terms(fields, (TermTest(inside=folded),))
        case "sw":
            return Terms(fields, (TermTest(start=folded[:100]),))
        case "ew":
            return Terms(fields, (TermTest(end=folded),))
    equal = Terms(fields, (TermTest(keys=(cut(folded),)),))
    return Not(equal) if operator == "ne" else equal


def _meant(condition: Condition | None) -> Condition:
    return Or(()) if condition is None else condition
