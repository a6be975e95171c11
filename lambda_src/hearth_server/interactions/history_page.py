"""What a request for a history asks for: which time, how many versions, in which order.

https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from hearth_server.errors import InvalidRequest, NotSupported
from hearth_server.rest.views import View, check_names, view_of
from hearth_server.search.moments import span
from hearth_server.store.protocol import HistoryQuery, Scope

DEFAULT_COUNT = 50
LARGEST_COUNT = 1000

_ORDERS = {"-_lastUpdated": False, "_lastUpdated": True}
_PAGE = "_page"
_VIEW = frozenset({"_summary", "_elements"})
_KNOWN = frozenset({"_count", "_since", "_at", "_sort", _PAGE, "_format", "_pretty"}) | _VIEW


@dataclass(frozen=True, slots=True)
class Asked:
    """A history's parameters, read."""

    scope: Scope
    count: int = DEFAULT_COUNT
    since: int | None = None
    """Milliseconds since 1970."""
    at: int | None = None
    """The start of the time in which a version was current."""
    before: int | None = None
    """The end of that time."""
    oldest_first: bool = False
    after: str | None = None
    horizon: int | None = None
    """Of the first page, on the others: what has been written since may have been passed by."""
    max_bytes: int | None = None
    types: frozenset[str] | None = None
    """In a scope of every type: those that the caller may see; None for all of them."""
    view: View | None = None
    """Which parts of each version are shown; None for whole resources."""
    sent: tuple[tuple[str, str], ...] = ()
    """The parameters as they were sent, but for the page."""

    def query(self) -> HistoryQuery:
        """Return what the store is asked."""
        return HistoryQuery(
            scope=self.scope,
            count=self.count,
            since=self.since,
            before=self.before,
            after=self.after,
            oldest_first=self.oldest_first,
            max_bytes=self.max_bytes,
            types=self.types,
        )

    def going_on(self, count: int, after: str | None, max_bytes: int | None) -> Asked:
        """Return the same for the rest of a page."""
        return replace(self, count=count, after=after, max_bytes=max_bytes)

    def text(self, after: str | None, horizon: int) -> str:
        """Return the parameters of a link to a page of the same history."""
        pairs = [("_count", str(self.count)), *self.sent]
        return urlencode(pairs if after is None else [*pairs, (_PAGE, f"{horizon}.{after}")])


def asked_of(query: Sequence[tuple[str, str]], scope: Scope) -> Asked:
    """Return what the parameters ask for. Raises InvalidRequest, NotSupported."""
    given = dict(query)
    for name, _ in query:
        if name == "_list":
            raise NotSupported("_list is not served on a history", expression="http._list")
        if name not in _KNOWN or len([one for one, _ in query if one == name]) > 1:
            problem = "is given more than once" if name in _KNOWN else "is no parameter here"
            raise InvalidRequest(f"A parameter {problem}", expression=f"http.{name[:64]}")
    at = _moments("_at", given)
    since = _moments("_since", given)
    order = given.get("_sort", "-_lastUpdated")
    if order not in _ORDERS or (at is not None and _ORDERS[order]):
        raise InvalidRequest("_sort is _lastUpdated or -_lastUpdated", expression="http._sort")
    view = view_of(query)
    if view is not None and scope.type is not None:
        check_names(view, scope.type)
    horizon, after = _place(given.get(_PAGE))
    only_counted = view is not None and view.summary == "count"
    return Asked(
        scope=scope,
        count=0 if only_counted else _count(given.get("_count")),
        since=since and since[0],
        at=at and at[0],
        before=at and at[1],
        oldest_first=_ORDERS[order],
        after=after,
        horizon=horizon,
        view=view,
        sent=tuple(pair for pair in query if pair[0] not in ("_count", _PAGE)),
    )


def _count(text: str | None) -> int:
    if text is None:
        return DEFAULT_COUNT
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest("_count is not a number of entries", expression="http._count")
    return min(int(text), LARGEST_COUNT)


def _place(text: str | None) -> tuple[int | None, str | None]:
    """Return the horizon that a page's link carries, and what the store goes on from."""
    if text is None:
        return None, None
    horizon, _, after = text.partition(".")
    if not horizon.isascii() or not horizon.isdigit() or len(horizon) > 15:
        raise InvalidRequest("This is no link to a page of this server")
    return int(horizon), after


def _moments(name: str, given: dict[str, str]) -> tuple[int, int] | None:
    """Return the first millisecond of a parameter's time, and the first after it."""
    text = given.get(name)
    if text is None:
        return None
    # A `+` before the zone that the client forgot to encode arrives as a space.
    range = span(text.replace(" ", "+"))
    if range is None:
        raise InvalidRequest(
            f"{name} is not a date, dateTime or instant", code="value", expression=f"http.{name}"
        )
    return range[0] // 1000, -(-range[1] // 1000)
