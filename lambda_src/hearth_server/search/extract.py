"""Extraction: from a resource to the entries of every search parameter of its type.

The paths of all parameters of a type are one tree of property names, so that a resource is
walked once however many parameters look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from hearth_server.search import definitions
from hearth_server.search.converters import converter
from hearth_server.search.definitions import COMMON, Definition
from hearth_server.search.entries import Converter, Entries
from hearth_server.search.fields import FieldKind, field_at
from hearth_server.search.parameters import FIELD_KIND
from hearth_server.search.paths import WHERE, Path

Test = Callable[[Any], bool]


class _Node:
    """One step of the paths of a type, and what to do with what stands there."""

    __slots__ = ("children", "converters", "counted", "either", "first", "tests")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.converters: list[Converter] = []
        self.tests: list[tuple[Test, _Node]] = []
        self.first: _Node | None = None
        """What looks at the first item only."""
        self.either: list[tuple[tuple[str, ...], Converter]] = []
        """Converters of `a|b`, which are also told when neither is there."""
        self.counted = False
        """Whether its items are a composite's elements, so that their ordinals count."""


def extract(resource: Mapping[str, Any]) -> Entries:
    """Return the entries of a valid resource."""
    entries = Entries()
    _visit(_tree(resource["resourceType"]), resource, 0, entries)
    return entries


def _visit(node: _Node, value: Any, ordinal: int, entries: Entries) -> None:
    for convert in node.converters:
        convert(value, ordinal, entries)
    if node.children and type(value) is dict:
        get = value.get
        for name, child in node.children.items():
            found = get(name)
            if found is None:
                continue
            if type(found) is list:
                _each(child, found, ordinal, entries)
            elif child.children or child.tests or child.counted:
                _visit(child, found, 1 if child.counted else ordinal, entries)
            else:
                for convert in child.converters:
                    convert(found, ordinal, entries)
        if node.either:
            _either(node, value, ordinal, entries)
    for test, child in node.tests:
        if test(value):
            _visit(child, value, ordinal, entries)


def _either(node: _Node, value: Mapping[str, Any], ordinal: int, entries: Entries) -> None:
    for names, convert in node.either:
        convert(next((value[name] for name in names if name in value), None), ordinal, entries)


def _each(node: _Node, value: list[Any], ordinal: int, entries: Entries) -> None:
    if node.first is not None and value:
        _visit(node.first, value[0], ordinal, entries)
    for at, item in enumerate(value, 1):
        if item is not None:
            _visit(node, item, at if node.counted else ordinal, entries)


@lru_cache(maxsize=256)
def _tree(type: str) -> _Node:
    root = _Node()
    seen: set[tuple[str, tuple[str, ...], FieldKind]] = set()
    for path, kind in _paths(type):
        if (path.text, path.steps, kind) not in seen:
            seen.add((path.text, path.steps, kind))
            _plant(root, path, converter(field_at(type, path, kind), path))
    for definition in definitions.definitions(type).values():
        if definition.kind == "composite":
            for element in definition.paths:
                _reached(root, element.steps).counted = bool(element.steps)
    return root


def _paths(type: str) -> Iterator[tuple[Path, FieldKind]]:
    for name in (COMMON, type):
        for definition in definitions.definitions(name).values():
            if definition.refused or definition.url in _BUILT_IN:
                continue
            if definition.kind == "composite":
                yield from _composite_paths(definition)
            else:
                for path in definition.paths:
                    yield path, FIELD_KIND[definition.kind]


_BUILT_IN = frozenset(
    f"http://hl7.org/fhir/SearchParameter/Resource-{name}" for name in ("id", "lastUpdated")
)


def _composite_paths(definition: Definition) -> Iterator[tuple[Path, FieldKind]]:
    for component in definition.components:
        for element, below in zip(definition.paths, component.paths, strict=True):
            for path in below:
                yield path.below(element), FIELD_KIND[component.kind]


def _plant(root: _Node, path: Path, convert: Converter) -> None:
    *before, last = path.steps
    if "|" in last and not last.startswith(WHERE):
        _reached(root, tuple(before)).either.append((tuple(last.split("|")), convert))
    else:
        _reached(root, path.steps).converters.append(convert)


def _reached(node: _Node, steps: tuple[str, ...]) -> _Node:
    """Return the node that the steps lead to, made where it is missing."""
    for step in steps:
        if not step.startswith(WHERE):
            node = node.children.setdefault(step, _Node())
        elif step == f"{WHERE}#0":
            node.first = node.first or _Node()
            node = node.first
        else:
            tested = _Node()
            node.tests.append((_test(step.removeprefix(WHERE)), tested))
            node = tested
    return node


def _test(condition: str) -> Test:
    """Return the test that a step such as `?system=phone` makes."""
    if condition.startswith("@"):
        url = condition[1:]
        return lambda value: any(each.get("url") == url for each in value.get("extension", ()))
    name, _, expected = condition.partition("=")
    return lambda value: value.get(name) == expected
