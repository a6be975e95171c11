"""What FHIR adds: extensions, references, value sets, profiles.

https://hl7.org/fhir/R4/fhirpath.html#functions
"""

from __future__ import annotations

from typing import Any

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Items, Node, plain
from hearth_server.fhir.fhirpath.run import Function, Run, aware, each, eager, lazy
from hearth_server.fhir.fhirpath.singles import string

_DEFINITIONS = "http://hl7.org/fhir/StructureDefinition/"


def _extension(items: Items, url: Items) -> Items:
    wanted = string(url, "extension()")
    found: Items = []
    for item in items:
        if wanted is not None and isinstance(item, Node):
            extensions: Items = []
            item.collect("extension", extensions)
            found += [each for each in extensions if _url(each) == wanted]
    return found


def _url(extension: Any) -> Any:
    value = extension.value
    return value.get("url") if isinstance(value, dict) else None


def _has_value(items: Items) -> Items:
    if len(items) != 1:
        return [False]
    item = items[0]
    if item.__class__ is Node:
        return [item.shape.primitive and item.value is not None]
    return [True]


def _get_value(items: Items) -> Items:
    if len(items) != 1:
        return []
    value = plain(items[0])
    return [] if value.__class__ is Node else [value]


def _resolve(environment: Environment, items: Items) -> Items:
    found: Items = []
    for item in items:
        if isinstance(item, Node):
            text = item.value.get("reference") if isinstance(item.value, dict) else item.value
            if isinstance(text, str):
                found += _resolved(environment, text, item)
    return found


def _resolved(environment: Environment, text: str, item: Node) -> Items:
    top = item.root_resource()
    environment.spend(1)
    if text.startswith("#"):
        if text == "#":
            return [top]
        contained: Items = []
        top.collect("contained", contained)
        environment.spend(len(contained))
        return [each for each in contained if _id(each) == text[1:]]
    found = environment.resolve(text, item) if environment.resolve else None
    if found is None:
        return []
    if isinstance(found, Node):
        return [found]
    return [Node(found, item.shape.shapes.of_resource(found))]


def _id(contained: Any) -> Any:
    return contained.value.get("id") if isinstance(contained.value, dict) else None


def _member_of(environment: Environment, items: Items, value_set: Items) -> Items:
    url = string(value_set, "memberOf()")
    if len(items) != 1 or url is None or not isinstance(items[0], Node):
        return []
    if environment.member_of is None:
        raise _unserved("memberOf()")
    return _answer(environment.member_of(items[0], url))


def _conforms_to(environment: Environment, items: Items, profile: Items) -> Items:
    url = string(profile, "conformsTo()")
    if len(items) != 1 or url is None or not isinstance(items[0], Node):
        return []
    node = items[0]
    name = url.removeprefix(_DEFINITIONS)
    if name != url and node.shape.shapes.find(name) is not None:
        return [name in node.shape.ancestors]
    answer = environment.conforms_to(node, url) if environment.conforms_to else None
    if answer is None:
        raise FHIRPathEvaluationError("FHIRPath: conformsTo() names a profile that is not known.")
    return [answer]


def _html_checks(environment: Environment, items: Items) -> Items:
    text = string(items, "htmlChecks()")
    if text is None:
        return []
    if environment.html_checks is None:
        raise _unserved("htmlChecks()")
    return [environment.html_checks(text)]


def _subsumes(environment: Environment, items: Items, other: Items) -> Items:
    if len(items) != 1 or len(other) != 1:
        return []
    left, right = items[0], other[0]
    if environment.subsumes is None or not isinstance(left, Node) or not isinstance(right, Node):
        raise _unserved("subsumes()")
    return _answer(environment.subsumes(left, right))


def _subsumed_by(environment: Environment, items: Items, other: Items) -> Items:
    return _subsumes(environment, other, items)


def _trace(
    environment: Environment, items: Items, name: Items, projection: Run | None = None
) -> Items:
    if environment.trace is not None:
        shown = items
        if projection is not None:
            shown = [item for result in each(environment, items, projection) for item in result]
        environment.trace(string(name, "trace()") or "", shown)
    return items


def _answer(known: bool | None) -> Items:
    return [] if known is None else [known]


def _unserved(function: str) -> FHIRPathEvaluationError:
    return FHIRPathEvaluationError(f"FHIRPath: {function} cannot be evaluated here.")


def _traced(
    environment: Environment, items: Items, name: Run, projection: Run | None = None
) -> Items:
    return _trace(environment, items, name(environment, items), projection)


FUNCTIONS: dict[str, Function] = {
    "extension": eager(_extension, 1),
    "hasValue": eager(_has_value),
    "getValue": eager(_get_value),
    "resolve": aware(_resolve),
    "memberOf": aware(_member_of, 1),
    "conformsTo": aware(_conforms_to, 1),
    "htmlChecks": aware(_html_checks),
    "subsumes": aware(_subsumes, 1),
    "subsumedBy": aware(_subsumed_by, 1),
    "trace": lazy(_traced, 1, 2),
}
