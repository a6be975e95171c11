"""`_summary` and `_elements`: parts of a resource, marked as SUBSETTED.

https://hl7.org/fhir/R4/search.html#summary
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast, get_args

from msgspec import structs

from hearth_server.errors import InvalidRequest
from hearth_server.fhir import definitions, json
from hearth_server.fhir.definitions import Element, Type
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response

Summary = Literal["true", "text", "data", "count"]

SUBSETTED: Mapping[str, str] = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}

_ALWAYS = frozenset({"resourceType", "id", "meta"})


@dataclass(frozen=True, slots=True)
class View:
    """Which parts of a resource an answer shows."""

    summary: Summary | None = None
    elements: frozenset[str] | None = None
    """Names at the root of a resource; `Patient.name` stands for that type only."""

    def part(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts of a resource that the view shows, with the tag SUBSETTED."""
        type = definitions.release().type(resource["resourceType"])
        if type is None:
            return dict(resource)
        if self.elements is not None:
            part = _picked(resource, _asked(type, self.elements))
        elif self.summary == "true":
            part = _summarized(resource, type)
        elif self.summary == "text":
            part = _picked(resource, _required(type) | {"text"})
        else:
            part = _picked(resource, frozenset(type.elements) - {"text"})
        meta = dict(part.get("meta", {}))
        tags = [tag for tag in meta.get("tag", ()) if tag.get("code") != SUBSETTED["code"]]
        return {**part, "meta": {**meta, "tag": [*tags, dict(SUBSETTED)]}}


def view_of(query: Sequence[tuple[str, str]]) -> View | None:
    """Return the view that the parameters ask for, None for whole resources.

    Raises InvalidRequest for a parameter that is repeated, contradicted or not understood.
    """
    summary = _single(query, "_summary")
    elements = _single(query, "_elements")
    if elements is not None:
        if summary not in (None, "false"):
            raise InvalidRequest(
                "_summary and _elements exclude each other", expression="http._elements"
            )
        names = frozenset(name.strip() for name in elements.split(","))
        return View(elements=names - {""})
    if summary in (None, "false"):
        return None
    if summary not in get_args(Summary):
        raise InvalidRequest(
            "_summary is one of true, text, data, count and false", expression="http._summary"
        )
    return View(summary=cast(Summary, summary))


def check_view(query: Sequence[tuple[str, str]], type: str) -> None:
    """Raise InvalidRequest where no resource of `type` can be shown as the parameters ask."""
    view = view_of(query)
    if view is not None:
        _check_one(view, type)


def viewed(request: Request, response: Response) -> Response:
    """Return an answer with one resource as the request's view shows it. Raises InvalidRequest."""
    view = view_of(request.query) if request.query else None
    if view is None or not response.body or response.is_outcome:
        return response
    resource = json.stored(response.body)
    _check_one(view, resource["resourceType"])
    return structs.replace(response, body=json.encode(view.part(resource)))


def check_names(view: View, name: str) -> None:
    """Raise InvalidRequest for an element that the type of this name does not have."""
    type = definitions.release().type(name)
    unknown = sorted(_asked_names(name, view.elements or ()) - set(type.elements if type else ()))
    if unknown:
        raise InvalidRequest(
            f"_elements names what {name} does not have: {', '.join(unknown)}",
            expression="http._elements",
        )


def _single(query: Sequence[tuple[str, str]], name: str) -> str | None:
    values = [value for key, value in query if key == name]
    if len(values) > 1:
        raise InvalidRequest(f"{name} is given more than once", expression=f"http.{name}")
    return values[0] if values else None


def _check_one(view: View, name: str) -> None:
    if view.summary == "count":
        raise InvalidRequest(
            "_summary=count is for searches and histories only", expression="http._summary"
        )
    check_names(view, name)


def _asked_names(type: str, names: Iterable[str]) -> set[str]:
    return {name.removeprefix(f"{type}.") for name in names}


def _asked(type: Type, names: frozenset[str]) -> frozenset[str]:
    """Return the names asked for, and what a reader may never miss."""
    modifiers = {element.name for element in type.elements.values() if element.modifier}
    return frozenset(_asked_names(type.name, names)) | _required(type) | modifiers


@cache
def _required(type: Type) -> frozenset[str]:
    return frozenset(element.name for element in type.elements.values() if element.min > 0)


def _picked(resource: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    type = definitions.release().type(resource["resourceType"])
    return {
        name: value
        for name, value in resource.items()
        if name in _ALWAYS or ((element := _element(type, name)) and element.name in names)
    }


def _summarized(value: Mapping[str, Any], type: Type) -> dict[str, Any]:
    part: dict[str, Any] = {}
    for name, child in value.items():
        element = _element(type, name)
        if name in _ALWAYS or (element is not None and (element.summary or element.min > 0)):
            part[name] = _summarized_child(child, element)
    return part


def _summarized_child(child: Any, element: Element | None) -> Any:
    type = definitions.release().type(element.node) if element and element.node else None
    if type is None:
        return child
    if isinstance(child, list):
        return [_summarized(one, type) for one in child]
    return _summarized(child, type)


def _element(type: Type | None, name: str) -> Element | None:
    found = type.properties.get(name.removeprefix("_")) if type else None
    return found.element if found else None
