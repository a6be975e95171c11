"""A whole search: its conditions, and how the answer is shaped.

https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from hearth_server.errors import InvalidRequest, Issue, NotSupported
from hearth_server.fhir.definitions import is_resource_type, resource_types
from hearth_server.search.parse.conditions import condition
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.cost import check_cost
from hearth_server.search.parse.problems import UnknownParameter, place, wrong_value
from hearth_server.search.parse.results import (
    DEFAULT_COUNT,
    PAGE,
    RESULT_PARAMETERS,
    Include,
    Total,
    count_of,
    include_of,
    single,
    sort_key,
    sort_names,
    total_of,
)
from hearth_server.search.query import And, Condition, Query, SortKey

MAXIMUM_PARAMETERS = 200
"""Parameters of one search."""

MAXIMUM_LENGTH = 200_000
"""Characters of all values together."""

Summary = Literal["true", "text", "data", "count", "false"]
Pair = tuple[str, str]


@dataclass(slots=True)
class SearchRequest:
    """What a client asks for, read."""

    query: Query
    count: int = DEFAULT_COUNT
    total: Total | None = None
    summary: Summary | None = None
    includes: list[Include] = field(default_factory=list)
    page: str | None = None
    applied: list[Pair] = field(default_factory=list)
    """The parameters that were used, for the links: ignored ones left out, capped ones capped."""
    ignored: list[Issue] = field(default_factory=list)
    """Warnings about the parameters that were not used."""

    @property
    def only_total(self) -> bool:
        """Whether no matches are asked for, just their number."""
        return self.count == 0 or self.summary == "count"


def search_request(
    types: tuple[str, ...] | None,
    pairs: Sequence[Pair],
    context: Context,
    *,
    lenient: bool,
    within: Condition | None = None,
) -> SearchRequest:
    """Return what the parameters ask for of some types, or of those that `_type` names.

    `lenient` has unknown parameters ignored with a warning. `within` is a condition that the
    path makes, such as a compartment's. Raises InvalidRequest and NotSupported.
    """
    _check_size(pairs)
    everywhere = types is None
    reader = _Reader(types or _types_of(pairs), context, lenient)
    for name, value in pairs:
        if name == "_type" and everywhere:
            reader.keep(name, value)
        else:
            reader.read(name, value)
    return reader.finished(within)


class _Reader:
    """Reads one parameter after the other."""

    def __init__(self, types: tuple[str, ...], context: Context, lenient: bool) -> None:
        self._types = types
        self._context = context
        self._lenient = lenient
        self._conditions: list[Condition] = []
        self._sort: list[SortKey] = []
        self._seen: set[str] = set()
        self._asked = SearchRequest(Query(types))

    def keep(self, name: str, value: str) -> None:
        """Take in a parameter that has had its effect."""
        self._asked.applied.append((name, value))

    def read(self, name: str, value: str) -> None:
        """Take in one parameter; an empty value counts for nothing."""
        if not value:
            return
        try:
            kept = self._shape(name, value) if _is_result(name) else self._condition(name, value)
        except (UnknownParameter, NotSupported) as problem:
            if not self._lenient:
                raise
            self._ignore(problem)
            return
        if kept is not None:
            self._asked.applied.append((name, kept))

    def finished(self, within: Condition | None) -> SearchRequest:
        """Return what has been asked for. Raises InvalidRequest for a contradiction."""
        asked = self._asked
        if asked.summary == "text" and asked.includes:
            raise wrong_value("_include", "it does not go with _summary=text")
        check_cost(self._conditions)
        if within is not None:
            self._conditions.append(within)
        asked.query = Query(self._types, And(tuple(self._conditions)), tuple(self._sort))
        return asked

    def _condition(self, name: str, value: str) -> str | None:
        found = condition(self._types, name, value, self._context)
        if found is None:
            return None
        self._conditions.append(found)
        return value

    def _shape(self, name: str, value: str) -> str | None:
        """Take in a parameter about the answer; return its value as it is applied."""
        if name.partition(":")[0] in ("_include", "_revinclude"):
            self._asked.includes.append(include_of(name, value, self._types))
            return value
        if name in self._seen:
            single(name, [value, value])
        self._seen.add(name)
        return _SHAPES[name](self, value)

    def shape_count(self, value: str) -> str:
        """Take in `_count`."""
        self._asked.count = count_of(value)
        return str(self._asked.count)

    def shape_sort(self, value: str) -> str | None:
        """Take in `_sort`; in lenience, without what cannot be sorted by."""
        kept = []
        for name in sort_names(value):
            try:
                self._sort.append(sort_key(self._types, name))
            except (InvalidRequest, NotSupported) as problem:
                if not self._lenient:
                    raise
                self._ignore(problem)
            else:
                kept.append(name)
        return ",".join(kept) or None

    def shape_total(self, value: str) -> str:
        """Take in `_total`."""
        self._asked.total = total_of(value)
        return value

    def shape_summary(self, value: str) -> str:
        """Take in `_summary`."""
        if value not in get_args(Summary):
            raise wrong_value("_summary", f"it is one of {', '.join(get_args(Summary))}")
        self._asked.summary = cast(Summary, value)
        return value

    def shape_page(self, value: str) -> None:
        """Take in the place of a page, which no self link repeats."""
        self._asked.page = value

    def shape_nothing(self, value: str) -> str:
        """Take in what others look after."""
        return value

    def shape_contained(self, value: str) -> str:
        """Take in `_contained`, of which only the default is served."""
        if value != "false":
            raise NotSupported(
                "Contained resources are not found by themselves: _contained is false here",
                expression=place("_contained"),
            )
        return value

    def shape_unsupported(self, value: str) -> str:
        """Refuse what is known and not served."""
        raise NotSupported("_containedType and _score are not served", expression="http._score")

    def _ignore(self, problem: InvalidRequest | NotSupported) -> None:
        issue = problem.issues[0]
        text = f"Ignored, as handling=lenient asks: {issue.text}"
        self._asked.ignored.append(Issue("warning", issue.code, text, issue.expression))


_SHAPES: dict[str, Callable[[_Reader, str], str | None]] = {
    "_count": _Reader.shape_count,
    "_sort": _Reader.shape_sort,
    "_total": _Reader.shape_total,
    "_summary": _Reader.shape_summary,
    "_elements": _Reader.shape_nothing,
    "_format": _Reader.shape_nothing,
    "_pretty": _Reader.shape_nothing,
    "_contained": _Reader.shape_contained,
    "_containedType": _Reader.shape_unsupported,
    "_score": _Reader.shape_unsupported,
    PAGE: _Reader.shape_page,
}


def _is_result(name: str) -> bool:
    return name in RESULT_PARAMETERS


def _check_size(pairs: Sequence[Pair]) -> None:
    if len(pairs) > MAXIMUM_PARAMETERS:
        raise InvalidRequest(
            f"The search has more than {MAXIMUM_PARAMETERS} parameters", code="too-long"
        )
    if sum(len(name) + len(value) for name, value in pairs) > MAXIMUM_LENGTH:
        raise InvalidRequest(
            f"The search has more than {MAXIMUM_LENGTH} characters", code="too-long"
        )


def _types_of(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Return the types that `_type` names, all without it. Raises InvalidRequest."""
    named = list(_named_types(pairs))
    if not named:
        return tuple(sorted(resource_types()))
    if not all(is_resource_type(each) for each in named):
        raise wrong_value("_type", "it lists something that is no resource type")
    return tuple(dict.fromkeys(named))


def _named_types(pairs: Sequence[Pair]) -> Iterator[str]:
    for name, value in pairs:
        if name == "_type":
            yield from filter(None, value.split(","))
