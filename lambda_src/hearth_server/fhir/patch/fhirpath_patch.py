"""FHIRPath Patch: add, insert, delete, replace and move elements that FHIRPath names.

https://hl7.org/fhir/R4/fhirpatch.html
"""

from __future__ import annotations

from typing import Any, NoReturn

from hearth_server.errors import InvalidRequest, Unprocessable
from hearth_server.fhir import fhirpath
from hearth_server.fhir.definitions import release
from hearth_server.fhir.fhirpath import Environment, FHIRPathError, Node
from hearth_server.fhir.fhirpath.ast import Expression, Member
from hearth_server.fhir.fhirpath.shape import Model, Property, shapes_of
from hearth_server.fhir.patch.copies import Copier, depth_exceeds
from hearth_server.fhir.patch.elements import (
    Content,
    Place,
    content_of,
    place_of,
    read_items,
    remove,
    write,
    write_items,
)
from hearth_server.fhir.patch.parameters import Operation, operations
from hearth_server.fhir.patch.typed import properties, typed

PATH_BUDGET = 100_000
"""Steps that the evaluation of one path may take."""


def apply(patch: Any, resource: dict[str, Any], *, model: Model | None = None) -> dict[str, Any]:
    """Return `resource` with the operations of the Parameters `patch` done, or not at all.

    Raises InvalidRequest for what is no patch or no FHIRPath, Unprocessable for a patch that does
    not fit the resource, and TooLarge.
    """
    todo = operations(patch)
    copier = Copier()
    document: dict[str, Any] = copier.copy(resource)
    for operation in todo:
        step = _Step(operation, document, model or release(), copier)
        try:
            step.run()
        except FHIRPathError as error:
            text = f"{operation.location}: {error}"
            raise InvalidRequest(text, expression=operation.location) from None
    if depth_exceeds(document):
        raise Unprocessable("The patch nests the resource too deep.", code="processing")
    return document


class _Step:
    """One operation on the document, which it changes in place."""

    def __init__(
        self, operation: Operation, document: dict[str, Any], model: Model, copier: Copier
    ) -> None:
        self._operation = operation
        self._model = model
        self._copier = copier
        self._root = Node(document, shapes_of(model).of_resource(document))

    def run(self) -> None:
        """Do the operation. Raises FHIRPathError, InvalidRequest and Unprocessable."""
        path = fhirpath.parse(self._operation.path)
        match self._operation.kind:
            case "add":
                self._add(path)
            case "insert":
                self._insert(path)
            case "delete":
                self._delete(path)
            case "replace":
                self._replace(path)
            case "move":
                self._move(path)

    def _add(self, path: Expression) -> None:
        parent = self._one(path)
        operation = self._operation
        choices = properties(parent.shape, operation.name, operation.location)
        known, content = typed(operation.value, choices, self._copier, operation.location)
        holder = content_of(parent)
        if known.many:
            write_items(holder, known, [*read_items(holder, known), content])
            return
        if any(each.key in holder or each.sibling in holder for each in choices):
            self._refuse(f"{operation.name[:64]!r} is there already, and can be there only once")
        write(holder, known, content)

    def _insert(self, path: Expression) -> None:
        holder, known = self._list(path)
        operation = self._operation
        items = read_items(holder, known)
        if not 0 <= operation.index <= len(items):
            self._refuse(f"the index {operation.index} is outside a list of {len(items)}")
        _, content = typed(operation.value, [known], self._copier, operation.location)
        items.insert(operation.index, content)
        write_items(holder, known, items)

    def _delete(self, path: Expression) -> None:
        found = self._nodes(path)
        if len(found) > 1:
            self._refuse(f"the path finds {len(found)} elements, and one at most is deleted")
        for node in found:
            self._place(node)
            remove(node)

    def _replace(self, path: Expression) -> None:
        node = self._one(path)
        place = self._place(node)
        operation = self._operation
        assert node.parent is not None
        choices = properties(node.parent.shape, node.name, operation.location)
        known, content = typed(operation.value, choices, self._copier, operation.location)
        if known is not place.property:  # another type of a choice stands under another name
            write(place.holder, place.property, Content(None))
        Place(place.holder, known, node.index).fill(content)

    def _move(self, path: Expression) -> None:
        holder, known = self._list(path)
        operation = self._operation
        items = read_items(holder, known)
        for index in (operation.source, operation.destination):
            if not 0 <= index < len(items):
                self._refuse(f"the index {index} is outside a list of {len(items)}")
        items.insert(operation.destination, items.pop(operation.source))
        write_items(holder, known, items)

    def _list(self, path: Expression) -> tuple[dict[str, Any], Property]:
        """Return what holds the list that `path` names, which may be empty, and its property."""
        if not isinstance(path, Member):
            self._refuse("the path does not end in the name of a list")
        parent = self._root if path.source is None else self._one(path.source)
        known = properties(parent.shape, path.name, self._operation.location)[0]
        if not known.many:
            self._refuse(f"{path.name[:64]!r} is no list")
        return content_of(parent), known

    def _one(self, path: Expression) -> Node:
        found = self._nodes(path)
        if len(found) != 1:
            self._refuse(f"the path finds {len(found)} elements where one is wanted")
        return found[0]

    def _nodes(self, path: Expression) -> list[Node]:
        compiled = fhirpath.compile(path, model=self._model, strict=True)
        found = compiled(self._root, Environment(budget=PATH_BUDGET))
        nodes = [item for item in found if isinstance(item, Node)]
        if len(nodes) != len(found):
            self._refuse("the path finds values that are no part of the resource")
        return nodes

    def _place(self, node: Node) -> Place:
        place = place_of(node)
        if place is None:
            self._refuse("the resource itself is neither deleted nor replaced")
        return place

    def _refuse(self, problem: str) -> NoReturn:
        location = self._operation.location
        text = f"{location} ({self._operation.kind}): {problem}."
        raise Unprocessable(text, code="processing", expression=location)
