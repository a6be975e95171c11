"""Values of reference parameters.

https://hl7.org/fhir/R4/search.html#reference
"""

from __future__ import annotations

import re

from hearth_server.fhir.definitions import is_resource_type
from hearth_server.search.converters import absolute_reference_to, reference_to
from hearth_server.search.fields import Field
from hearth_server.search.parameters import CANONICAL, Parameter
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.problems import wrong_value
from hearth_server.search.query import Condition, Links, Target, any_of

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


def reference_targets(
    value: str, parameter: Parameter, type: str | None, context: Context
) -> list[Target]:
    """Return what a reference may point at; `type` is the modifier that names one.

    Raises InvalidRequest for a bare id that could be of several types, and for nonsense.
    """
    name = parameter.name
    if type is not None:
        return _typed(value, type, name, context)
    if canonical(parameter):
        url, _, version = value.partition("|")
        return [Target("", url, version or None)]
    if ":" in value:
        return _absolute(value, context)
    if "/" in value:
        found, id, version = reference_to(value)
        if not found or not is_resource_type(found):
            raise wrong_value(name, "the reference is not an id, Type/id or an absolute URL")
        return local(found, id, version or None, context)
    if not _ID.fullmatch(value):
        raise wrong_value(name, "the reference is not an id, Type/id or an absolute URL")
    if len(parameter.targets) != 1:
        kinds = ", ".join(parameter.targets) or "any type"
        raise wrong_value(name, f"the id needs its type, as in Type/id; it may be of {kinds}")
    return local(parameter.targets[0], value, None, context)


def canonical(parameter: Parameter) -> bool:
    """Whether a parameter's references are canonical URLs."""
    return bool(parameter.leaves) and parameter.leaves <= CANONICAL


def branches(parameter: Parameter, texts: list[str]) -> Condition:
    """Return that a canonical URL is of a version that starts with the parts that are named."""
    named = [text.partition("|")[::2] for text in texts]
    versions = tuple(Target("", url, branch) for url, branch in named if branch)
    urls = tuple(Target("", url) for url, branch in named if not branch)
    fields = tuple(field.with_part("branch") for field in parameter.fields)
    found = [Links(fields, versions)] if versions else []
    found += [Links(parameter.fields, urls)] if urls else []
    return any_of(found)


def local(type: str, id: str, version: str | None, context: Context) -> list[Target]:
    """Return the targets of a resource of this server: relative, and by its absolute URLs."""
    absolute = (f"{base}/{type}/{id}" for base in context.base_urls)
    return [Target(type, id, version), *(Target("", url, version) for url in absolute)]


def followed(fields: tuple[Field, ...], context: Context) -> tuple[Field, ...]:
    """Return the fields of references to resources of this server, relative and absolute ones."""
    return (*fields, *(field.at(base) for base in context.base_urls for field in fields))


def _typed(value: str, type: str, name: str, context: Context) -> list[Target]:
    if not _ID.fullmatch(value):
        raise wrong_value(name, f"an id alone belongs after :{type}")
    return local(type, value, None, context)


def _absolute(value: str, context: Context) -> list[Target]:
    """Return the targets of an URL; one of this server is the same as Type/id."""
    absolute = absolute_reference_to(value)
    if absolute and absolute[0] in context.base_urls:
        _, type, id, version = absolute
        return local(type, id, version or None, context)
    _, url, version = reference_to(value)
    found = [Target("", url, version or None)]
    if "|" in value:
        canonical, _, business = value.partition("|")
        found.append(Target("", canonical, business))
    return found
