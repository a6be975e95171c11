"""`:above` and `:below` on references to types that form a hierarchy.

`location:below=Location/house` is the house and all that is part of it, at any depth up to DEPTH.
https://hl7.org/fhir/R4/search.html#recursive
"""

from __future__ import annotations

from hearth_server.search import parameters
from hearth_server.search.fields import Field
from hearth_server.search.parameters import Parameter
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.problems import wrong_modifier, wrong_value
from hearth_server.search.parse.references import followed
from hearth_server.search.query import Chain, Condition, Ids, Links, Or, Referenced, Target

PARENT = {
    "Location": "partof",
    "Encounter": "part-of",
    "Organization": "partof",
    "ResearchStudy": "partof",
    "Task": "part-of",
}
"""The types whose resources are parts of each other, and the parameter that says of which."""

DEPTH = 8
"""Levels above or below a resource that are looked at."""


def related(
    parameter: Parameter, modifier: str, targets: list[Target], context: Context
) -> Condition:
    """Return that a reference points at a resource, or above or below it.

    Raises InvalidRequest for a parameter that points at no hierarchy, and for a URL elsewhere.
    """
    name, types = parameter.name, parameter.targets
    if len(types) != 1 or types[0] not in PARENT:
        raise wrong_modifier(name, modifier, ("missing", "identifier", "[type]"))
    type = types[0]
    ids = tuple(target.id for target in targets if target.type == type)
    if not ids:
        raise wrong_value(name, f":{modifier} needs a {type} of this server")
    parent = parameters.find(type, PARENT[type])
    assert parent is not None
    itself = Links(parameter.fields, tuple(targets))
    fields = followed(parameter.fields, context)
    above = followed(parent.fields, context)
    if modifier == "below":
        first = Links(parent.fields, tuple(targets))
        return Or((itself, *_below(fields, above, type, first)))
    return Or((itself, *_above(fields, above, type, ids)))


def _below(
    fields: tuple[Field, ...], parent: tuple[Field, ...], type: str, first: Condition
) -> list[Condition]:
    """Return, for each level, that the target's parent's ... parent meets `first`."""
    found: list[Condition] = []
    inner = first
    for _ in range(DEPTH):
        found.append(Chain(fields, (type,), inner))
        inner = Chain(parent, (type,), inner)
    return found


def _above(
    fields: tuple[Field, ...], parent: tuple[Field, ...], type: str, ids: tuple[str, ...]
) -> list[Condition]:
    """Return, for each level, that the target is the parent's ... parent of one with these ids."""
    found: list[Condition] = []
    inner: Condition = Ids(ids)
    for _ in range(DEPTH):
        inner = Referenced(type, parent, inner)
        found.append(Chain(fields, (type,), inner))
    return found
