"""Parameters that shape the answer: which page, in which order, with what beside the matches.

https://hl7.org/fhir/R4/search.html#return
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from hearth_server.errors import NotSupported
from hearth_server.fhir.definitions import is_resource_type
from hearth_server.search import parameters
from hearth_server.search.parameters import Parameter
from hearth_server.search.parse.problems import place, unknown, wrong_value
from hearth_server.search.query import SortKey

DEFAULT_COUNT = 20
"""Matches on a page unless `_count` says otherwise."""

MAXIMUM_COUNT = 1000
"""Matches on a page at most; a larger `_count` is capped, and the self link says so."""

MAXIMUM_SORT_KEYS = 8

PAGE = "_page"
"""Carries a page's place in links; clients take it as it is."""

RESULT_PARAMETERS = frozenset(
    {"_count", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude"}
    | {"_include:iterate", "_revinclude:iterate", "_include:recurse", "_revinclude:recurse"}
    | {"_contained", "_containedType", "_format", "_pretty", "_score", PAGE}
)

Total = Literal["none", "estimate", "accurate"]


@dataclass(frozen=True, slots=True)
class Include:
    """What to add to the matches: what they point at, or what points at them."""

    type: str
    """The type that holds the reference; `*` for any."""
    name: str
    """The reference parameter; `*` for all."""
    target: str | None = None
    """Only resources of this type, or only references from them."""
    iterate: bool = False
    """Whether it also starts from what has been included."""
    reverse: bool = False


def count_of(text: str) -> int:
    """Return the number of matches on a page. Raises InvalidRequest for no whole number."""
    if not text.isascii() or not text.isdigit():
        raise wrong_value("_count", "it is a whole number from 0 on")
    return min(int(text[-9:]) if len(text) <= 9 else MAXIMUM_COUNT, MAXIMUM_COUNT)


def total_of(text: str) -> Total:
    """Return how exactly to count. Raises InvalidRequest."""
    if text not in get_args(Total):
        raise wrong_value("_total", f"it is one of {', '.join(get_args(Total))}")
    return cast(Total, text)


def sort_names(text: str) -> list[str]:
    """Return the names in `_sort`. Raises InvalidRequest for too many."""
    names = [name for name in text.split(",") if name]
    if len(names) > MAXIMUM_SORT_KEYS:
        raise wrong_value("_sort", f"it names more than {MAXIMUM_SORT_KEYS} parameters")
    return names


def sort_key(types: tuple[str, ...], written: str) -> SortKey:
    """Return the key of a name. Raises InvalidRequest for what cannot be sorted by."""
    descending = written.startswith("-")
    name = written.removeprefix("-")
    if name == "_id":
        return SortKey("id", descending)
    if name == "_lastUpdated":
        return SortKey("updated", descending)
    if name == "_score":
        raise NotSupported("Matches have no score here", expression=place("_sort"))
    parameter = parameters.shared(types, name)
    if parameter is None:
        where = types[0] if len(types) == 1 else "all the types that are searched"
        raise unknown(name, where, parameters.names(types[0]), "_sort")
    if parameter.kind in ("composite", "special") or not parameter.fields:
        raise wrong_value("_sort", f"{name} has no order")
    return SortKey(parameter.fields, descending, parameter.only)


def include_of(name: str, value: str, types: tuple[str, ...]) -> Include:
    """Return what `_include` or `_revinclude` asks for. Raises InvalidRequest."""
    directive, _, modifier = name.partition(":")
    if modifier == "recurse":
        raise wrong_value(name, "R4 calls it :iterate")
    reverse = directive == "_revinclude"
    pieces = value.split(":")
    if pieces == ["*"] and not reverse:
        return Include("*", "*", None, bool(modifier))
    if not 2 <= len(pieces) <= 3 or not all(pieces):
        raise wrong_value(name, "it is Type:parameter or Type:parameter:target type")
    type, code, target = pieces[0], pieces[1], pieces[2] if len(pieces) == 3 else None
    if not is_resource_type(type) or (target is not None and not is_resource_type(target)):
        raise wrong_value(name, "it names something that is no resource type")
    if code != "*":
        parameter = parameters.find(type, code)
        if parameter is None:
            raise unknown(code, type, parameters.references(type), name)
        _check_reference(name, type, parameter, target)
    return Include(type, code, target, bool(modifier), reverse)


def _check_reference(name: str, type: str, parameter: Parameter, target: str | None) -> None:
    if parameter.kind != "reference":
        raise wrong_value(name, f"{parameter.name} of {type} is no reference")
    if target is not None and parameter.targets and target not in parameter.targets:
        kinds = ", ".join(parameter.targets)
        raise wrong_value(name, f"{parameter.name} of {type} cannot point at {target}: {kinds}")


def single(name: str, values: Sequence[str]) -> str:
    """Return the value of a parameter that may stand once. Raises InvalidRequest."""
    if len(values) > 1:
        raise wrong_value(name, "it is given more than once")
    return values[0]
