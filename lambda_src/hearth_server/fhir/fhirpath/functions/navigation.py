"""Walking the tree of a resource.

https://hl7.org/fhirpath/N1/#tree-navigation
"""

from __future__ import annotations

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.node import Items, Node
from hearth_server.fhir.fhirpath.run import Function, aware


def _children(environment: Environment, items: Items) -> Items:
    found: Items = []
    for item in items:
        if isinstance(item, Node):
            found += item.children()
    environment.spend(len(found))
    return found


def _descendants(environment: Environment, items: Items) -> Items:
    found: Items = []
    level = items
    while level:
        level = _children(environment, level)
        found += level
    return found


FUNCTIONS: dict[str, Function] = {
    "children": aware(_children),
    "descendants": aware(_descendants),
}
