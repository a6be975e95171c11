"""From one parameter, with its chains, modifiers and values, to a condition.

https://hl7.org/fhir/R4/search.html#chaining
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hearth_server.fhir.definitions import is_resource_type
from hearth_server.search import parameters
from hearth_server.search.parameters import Parameter
from hearth_server.search.parse.comparisons import follower
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.escapes import split
from hearth_server.search.parse.filters import filtered
from hearth_server.search.parse.plain import check_target, plain
from hearth_server.search.parse.problems import unknown, wrong_modifier, wrong_value
from hearth_server.search.parse.references import canonical, followed
from hearth_server.search.query import (
    CanonicalChain,
    CanonicalReferenced,
    Chain,
    Condition,
    Listed,
    Or,
    Referenced,
    any_of,
)

MAXIMUM_DEPTH = 8
"""How many chains and `_has` a parameter may have in a row."""

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


def condition(
    types: tuple[str, ...], name: str, value: str, context: Context, depth: int = 0
) -> Condition | None:
    """Return what a parameter asks of resources of all of `types`; None if its value is empty.

    Raises UnknownParameter, InvalidRequest and NotSupported.
    """
    if depth > MAXIMUM_DEPTH:
        raise wrong_value(name, f"more than {MAXIMUM_DEPTH} references are followed in a row")
    if name.startswith("_has:"):
        return _referenced(types, name, value, context, depth)
    first, dot, rest = name.partition(".")
    code, colon, modifier = first.partition(":")
    if name == "_filter":
        return filtered(value, follower(types, context)) if value else None
    if code == "_list" and not dot:
        return _listed(modifier if colon else None, value, context)
    parameter = parameters.shared(types, code)
    if parameter is None:
        raise unknown(code, _where(types), _known(types))
    if dot:
        return _chained(parameter, modifier if colon else None, rest, value, context, depth)
    return plain(parameter, modifier if colon else None, value, context)


def _chained(
    parameter: Parameter,
    modifier: str | None,
    rest: str,
    value: str,
    context: Context,
    depth: int,
) -> Condition | None:
    """Return the condition of `parameter:modifier.rest`: on the resource that is pointed at."""
    name = parameter.name
    if parameter.kind != "reference":
        raise wrong_value(name, "it is no reference, so nothing can follow it after a point")
    if modifier is not None:
        if not is_resource_type(modifier):
            raise wrong_modifier(name, modifier, ("[type]",))
        check_target(parameter, modifier)
        return _chain(parameter, modifier, rest, value, context, depth)
    if not parameter.targets:
        raise wrong_value(name, f"the type that it points at must be named, as in {name}:Patient")
    code = rest.partition(".")[0].partition(":")[0]
    types = [each for each in parameter.targets if _known_to(each, code)]
    if not types:
        known = {name for each in parameter.targets for name in parameters.names(each)}
        raise unknown(code, " or ".join(parameter.targets), sorted(known))
    chains = [_chain(parameter, each, rest, value, context, depth) for each in types]
    found = [each for each in chains if each is not None]
    return any_of(found) if found else None


def _chain(
    parameter: Parameter, type: str, rest: str, value: str, context: Context, depth: int
) -> Condition | None:
    inner = condition((type,), rest, value, context, depth + 1)
    if inner is not None and canonical(parameter):
        return CanonicalChain(parameter.fields, type, inner)
    return inner and Chain(followed(parameter.fields, context), (type,), inner)


def _known_to(type: str, code: str) -> bool:
    return code == "_has" or parameters.find(type, code) is not None


def _referenced(
    types: tuple[str, ...], name: str, value: str, context: Context, depth: int
) -> Condition | None:
    """Return the condition of `_has:Type:reference:rest`: on a resource that points here."""
    pieces = name.split(":", 3)
    if len(pieces) < 4 or not all(pieces):
        raise wrong_value(name, "it is _has:Type:reference parameter:parameter")
    _, type, code, rest = pieces
    if not is_resource_type(type):
        raise wrong_value(name, "what follows _has: is no resource type")
    parameter = parameters.find(type, code)
    if parameter is None:
        raise unknown(code, type, parameters.references(type))
    if parameter.kind != "reference":
        raise wrong_value(name, f"{code} of {type} is no reference")
    if parameter.targets and not set(types) & set(parameter.targets):
        raise wrong_value(name, f"{code} of {type} cannot point at {_where(types)}")
    inner = condition((type,), rest, value, context, depth + 1)
    if inner is not None and canonical(parameter):
        named = tuple(each for each in types if each in parameter.targets)
        return CanonicalReferenced(named, type, parameter.fields, inner)
    return inner and Referenced(type, followed(parameter.fields, context), inner)


def _listed(modifier: str | None, value: str, context: Context) -> Condition | None:
    if modifier is not None:
        raise wrong_modifier("_list", modifier, ())
    ids = [piece for piece in split(value, ",") if piece]
    if not ids:
        return None
    if not all(_ID.fullmatch(each) for each in ids):
        raise wrong_value("_list", "it is the id of a List; lists such as $current- are not kept")
    item = parameters.find("List", "item")
    assert item is not None
    fields = followed(item.fields, context)
    return Or(tuple(Listed("List", each, fields) for each in ids))


def _where(types: Sequence[str]) -> str:
    return types[0] if len(types) == 1 else "all the types that are searched"


def _known(types: Sequence[str]) -> list[str]:
    """Return the names of the parameters that all of the types have."""
    names = (set(parameters.names(type)) for type in types)
    return sorted(set.intersection(*names))
