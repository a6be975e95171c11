"""Going from items to their children by name.

https://hl7.org/fhirpath/N1/#path-selection
"""

from __future__ import annotations

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.errors import FHIRPathEvaluationError
from hearth_server.fhir.fhirpath.node import Items, Node, TypeInfo
from hearth_server.fhir.fhirpath.run import Run


def child(source: Run, name: str, *, strict: bool) -> Run:
    """Return the compiled `source.name`; strict: a name that a type does not have is an error."""

    def members(environment: Environment, focus: Items) -> Items:
        found: Items = []
        for item in source(environment, focus):
            if item.__class__ is Node:
                if not item.collect(name, found) and strict:
                    raise _unknown(name, item)
            elif item.__class__ is TypeInfo and name in ("namespace", "name"):
                found.append(getattr(item, name))
        environment.steps -= len(found)  # looked at by the next loop that asks for more
        return found

    return members


def rooted(name: str, *, strict: bool) -> Run:
    """Return the compiled name at the start of a path: of children, or of the type of the focus."""
    below = child(_focus, name, strict=strict)
    if not name[:1].isupper():
        return below

    def start(environment: Environment, focus: Items) -> Items:
        of_type: Items = [
            item for item in focus if item.__class__ is Node and name in item.shape.ancestors
        ]
        return of_type or below(environment, focus)

    return start


def presence(source: Run, name: str, wanted: bool, *, strict: bool) -> Run:
    """Return the compiled `source.name.exists()`, or `.empty()`, which needs no children made."""

    def present(environment: Environment, focus: Items) -> Items:
        for item in source(environment, focus):
            if item.__class__ is Node:
                found = item.has(name)
                if found:
                    return [wanted]
                if found is None and strict:
                    raise _unknown(name, item)
            elif item.__class__ is TypeInfo and name in ("namespace", "name"):
                return [wanted]
        return [not wanted]

    return present


def _focus(_: Environment, focus: Items) -> Items:
    return focus


def _unknown(name: str, item: Node) -> FHIRPathEvaluationError:
    return FHIRPathEvaluationError(f"FHIRPath: {item.shape.public_name} has no {name[:64]!r}.")
