"""Turns a SearchParameter's FHIRPath into paths, where it is of the kind that paths can say.

Search parameters use a small part of FHIRPath: children, choices by type, unions, and tests of
an element's own code or of a reference's target. What is beyond is refused with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hearth_server.fhir import fhirpath
from hearth_server.fhir.definitions import Element, Release, Type, TypeUse
from hearth_server.fhir.fhirpath import ast
from hearth_server.search.paths import NOT_FALSE, WHERE, Path

INDEXED: dict[str, frozenset[str]] = {
    "token": frozenset(
        {"Coding", "CodeableConcept", "Identifier", "ContactPoint", "code", "boolean", "string"}
        | {"uri", "id", NOT_FALSE}
    ),
    "string": frozenset({"string", "markdown", "HumanName", "Address"}),
    "date": frozenset({"date", "dateTime", "instant", "Period", "Timing"}),
    "number": frozenset({"integer", "decimal", "positiveInt", "unsignedInt", "Range"}),
    "quantity": frozenset(
        {"Quantity", "Age", "Duration", "Money", "Range", "SampledData", "Count", "Distance"}
        | {"SimpleQuantity", "MoneyQuantity"}
    ),
    "reference": frozenset({"Reference", "canonical", "uri"}),
    "uri": frozenset({"uri", "url", "canonical", "oid", "uuid"}),
    "special": frozenset({"Location.position"}),
}
"""Which FHIR types each type of search parameter can look at."""

SystemOf = Callable[[Element], str]
"""Answers the code system that an element's value set implies, or an empty string."""


class CannotLower(Exception):
    """An expression that paths cannot say; the text is the reason, for people."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression has come to: a type that is settled, or a choice that is not yet."""

    steps: tuple[str, ...]
    type: str
    many: bool = False
    element: Element | None = None
    """The element whose choice of type is open, else the one that has been taken."""
    open: bool = False
    use: TypeUse | None = None
    only: tuple[str, ...] = ()
    root: bool = False
    whole_choice: bool = False
    """Whether the type is one of several that the expression leaves open."""


class Lowering:
    """Lowers the expressions of one resource type."""

    def __init__(self, release: Release, base: str, system_of: SystemOf = lambda _: "") -> None:
        self._release = release
        self._base = base
        self._system_of = system_of

    def values(self, expression: str, kind: str) -> tuple[Path, ...]:
        """Return the paths to the values of a parameter of type `kind`.

        Raises CannotLower; also when nothing on the way can be indexed as `kind`.
        """
        places = [*self._places(_parsed(expression), _Place((), self._base))]
        return self._indexed(places, kind)

    def elements(self, expression: str) -> tuple[Path, ...]:
        """Return the paths to the elements that a composite parameter looks into."""
        places = self._places(_parsed(expression), _Place((), self._base))
        return tuple(Path(place.steps, place.type, place.many) for place in places)

    def parts(self, expression: str, kind: str, element: Path) -> tuple[Path, ...]:
        """Return the paths from a composite's element to the values of one component."""
        start = _Place((), element.type)
        return self._indexed([*self._places(_parsed(expression), start)], kind)

    def _indexed(self, places: list[_Place], kind: str) -> tuple[Path, ...]:
        settled = [
            replace(each, whole_choice=place.open)
            for place in self._with_values(places)
            for each in self._settled(place)
        ]
        if not settled:
            raise CannotLower(f"it finds nothing in {self._base}")
        paths = [self._path(place) for place in settled if place.type in INDEXED[kind]]
        if not paths:
            types = sorted({place.type for place in settled})
            raise CannotLower(f"a {kind} parameter cannot look at {', '.join(types)}")
        return tuple(dict.fromkeys(paths))

    def _with_values(self, places: list[_Place]) -> Iterator[_Place]:
        """Yield the places; where an expression ends at an extension, its value is meant."""
        for place in places:
            if place.type == "Extension":
                yield from self._child(place, "value")
            else:
                yield place

    def _path(self, place: _Place) -> Path:
        code = place.type == "code" and place.element
        system = self._system_of(place.element) if code and place.element else ""
        choice = place.element.name if place.whole_choice and place.element else ""
        return Path(place.steps, place.type, place.many, system, place.only, place.root, choice)

    def targets(self, expression: str) -> frozenset[str]:
        """Return the resource types that a reference parameter may point at; empty for any."""
        places = self._places(_parsed(expression), _Place((), self._base))
        found: set[str] = set()
        for place in (each for one in places for each in self._settled(one)):
            targets = place.only or (place.use.targets if place.use else ())
            if not targets or "Resource" in targets:
                return frozenset()
            found.update(targets)
        return frozenset(found)

    def _places(self, node: ast.Expression, start: _Place) -> Iterator[_Place]:
        match node:
            case ast.Binary(operator="|", left=left, right=right):
                yield from self._places(left, start)
                yield from self._places(right, start)
            case ast.Member(source=None, name=name):
                yield from self._first(name, start)
            case ast.Member(source=source, name=name) if source is not None:
                for place in self._places(source, start):
                    yield from self._child(place, name)
            case ast.ExternalConstant(name="resource"):
                yield _Place((), self._base, root=True)
            case ast.TypeOperation(operator="as", operand=operand, type=type):
                for place in self._places(operand, start):
                    yield from self._narrowed(place, type.name)
            case ast.Indexer(source=source, index=ast.Literal(kind="integer", value=index)):
                for place in self._places(source, start):
                    yield replace(place, steps=(*place.steps, f"{WHERE}#{index}"))
            case ast.Call(source=source) if source is not None:
                for place in self._places(source, start):
                    yield from self._called(place, node)
            case ast.Binary(operator="and"):
                yield self._not_false(node, start)
            case _:
                raise CannotLower(f"paths cannot say {fhirpath.unparse(node)}")

    def _first(self, name: str, start: _Place) -> Iterator[_Place]:
        """Yield what a name at the start of an expression means: a type, or a child."""
        if start.steps or not name[:1].isupper():
            yield from self._child(start, name)
        elif name in (self._base, "Resource", "DomainResource"):
            yield start

    def _child(self, place: _Place, name: str) -> Iterator[_Place]:
        for settled in self._settled(place):
            type = self._release.type(settled.type)
            if type is None:
                continue
            if name in type.elements:
                yield self._entered(settled, type, type.elements[name])
            elif name in type.properties:  # guides also write valueDateTime for a choice
                yield self._named(settled, type, name)

    def _entered(self, place: _Place, type: Type, element: Element) -> _Place:
        many = place.many or element.many
        steps = (*place.steps, element.name)
        if element.choice and len(element.types) > 1:
            return _Place(steps, "", many, element, open=True, root=place.root)
        name = next(
            name for name, each in type.properties.items() if each.element.name == element.name
        )
        property = type.properties[name]
        steps = (*place.steps, name)
        return _Place(steps, property.type, many, element, use=property.use, root=place.root)

    def _named(self, place: _Place, type: Type, name: str) -> _Place:
        found = type.properties[name]
        many = place.many or found.element.many
        steps = (*place.steps, name)
        return _Place(steps, found.type, many, found.element, use=found.use, root=place.root)

    def _settled(self, place: _Place) -> Iterator[_Place]:
        """Yield a place of each type that an open choice may have."""
        if not place.open or place.element is None:
            yield place
            return
        for use in place.element.types:
            yield self._chosen(place, use)

    def _chosen(self, place: _Place, use: TypeUse) -> _Place:
        name = place.steps[-1] + use.code[:1].upper() + use.code[1:]
        steps = (*place.steps[:-1], name)
        return replace(place, steps=steps, type=use.code, use=use, open=False)

    def _narrowed(self, place: _Place, type: str) -> Iterator[_Place]:
        for settled in self._settled(place):
            if settled.type.lower() == type.lower():  # R4 once writes DateTime for dateTime
                yield settled

    def _called(self, place: _Place, call: ast.Call) -> Iterator[_Place]:
        match call.name, call.arguments:
            case (("as" | "ofType"), (ast.Member(name=type),)):
                yield from self._narrowed(place, type)
            case "where", (test,):
                yield self._tested(place, test)
            case "extension", (ast.Literal(kind="string", value=url),):
                for extension in self._child(place, "extension"):
                    yield replace(extension, steps=(*extension.steps, f"{WHERE}url={url}"))
            case "first", ():
                yield replace(place, steps=(*place.steps, f"{WHERE}#0"))
            case _:
                raise CannotLower(f"paths cannot say {fhirpath.unparse(call)}")

    def _tested(self, place: _Place, test: ast.Expression) -> _Place:
        """Return the place with the test of `where()` on it."""
        match test:
            case ast.TypeOperation(
                operator="is", operand=ast.Call(source=None, name="resolve"), type=type
            ):
                return replace(place, only=(type.name,))
            case ast.Binary(
                operator="=",
                left=ast.Member(source=None, name=name),
                right=ast.Literal(kind="string", value=value),
            ):
                return replace(place, steps=(*place.steps, f"{WHERE}{name}={value}"))
            case ast.Call(
                source=None, name="hasExtension", arguments=(ast.Literal(value=str() as url),)
            ):
                return replace(place, steps=(*place.steps, f"{WHERE}@{url}"))
        raise CannotLower(f"paths cannot say {fhirpath.unparse(test)}")

    def _not_false(self, node: ast.Binary, start: _Place) -> _Place:
        """Return the place of `x.exists() and x != false`, as Patient.deceased writes it."""
        match node:
            case ast.Binary(
                left=ast.Call(source=asked, name="exists", arguments=()),
                right=ast.Binary(
                    operator="!=", left=compared, right=ast.Literal(kind="boolean", value=False)
                ),
            ) if asked is not None and asked == compared:
                settled = [
                    each for place in self._places(asked, start) for each in self._settled(place)
                ]
                names = "|".join(place.steps[-1] for place in settled)
                return _Place((*settled[0].steps[:-1], names), NOT_FALSE)
        raise CannotLower(f"paths cannot say {fhirpath.unparse(node)}")


def _parsed(expression: str) -> ast.Expression:
    try:
        return fhirpath.parse(expression)
    except fhirpath.FHIRPathError as error:
        raise CannotLower(f"its expression cannot be read: {error}") from None
