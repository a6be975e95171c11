"""One page of a search: the matches, what is included beside them, and links to its neighbours.

https://hl7.org/fhir/R4/search.html#Paging
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

import msgspec

from hearth_server.access.principal import Principal
from hearth_server.errors import Issue, NotSupported
from hearth_server.fhir import json
from hearth_server.fhir.dates import instant
from hearth_server.interactions.included import MAXIMUM, Included, Including
from hearth_server.interactions.page_links import PageLinks
from hearth_server.rest.limits import ANSWER_LIMIT, REQUEST_LIMIT, encoded_size, fits
from hearth_server.rest.outcome import operation_outcome
from hearth_server.rest.views import View
from hearth_server.search.engines.protocol import Cursor, Hit
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.request import SearchRequest
from hearth_server.search.parse.results import PAGE
from hearth_server.services import Services
from hearth_server.store.protocol import Record

SECRET = "page-links"  # noqa: S105 - the name of a secret

_CUT = Issue(
    "warning",
    "incomplete",
    f"A page includes at most {MAXIMUM} resources and what an answer can carry; there are more."
    " Ask for fewer matches with _count, or for fewer includes",
)


@dataclass(frozen=True, slots=True)
class _Page:
    """What was found for one page."""

    hits: Sequence[Hit]
    records: Sequence[Record]
    included: Included
    more: bool
    """Whether there are more hits in the direction of the cursor."""


_NOTHING = _Page((), (), Included(), more=False)


class Searching:
    """Answers one request."""

    def __init__(
        self,
        services: Services,
        principal: Principal,
        context: Context,
        path: str,
        asked: SearchRequest,
        view: View | None,
    ) -> None:
        self._services = services
        self._principal = principal
        self._context = context
        self._url = f"{context.base_url}/{path}".rstrip("/")
        self._asked = asked
        self._view = view
        secret = services.store.secret(SECRET)
        self._links = PageLinks(secret, principal.tenant, path, asked.applied)
        place = self._links.read(asked.page) if asked.page else None
        self._cursor = place.cursor if place else None
        # Before anything is looked for: what is committed meanwhile is not in the answer.
        self._horizon = place.horizon if place else services.store.horizon(principal.tenant)

    def bundle(self) -> bytes:
        """Return the page as a Bundle, with fewer matches than asked for if they would not fit.

        Raises NotSupported where even one does not, since the links repeat a very long search.
        """
        if self._asked.only_total:
            total = self._services.search.count(self._principal.tenant, self._asked.query)
            return self._encoded(total, _NOTHING)
        count = self._asked.count
        while True:
            page = self._page(count)
            body = self._encoded(self._total(page), page)
            if fits(body) or (len(page.hits) <= 1 and fits(body, REQUEST_LIMIT)):
                return body
            if len(page.hits) <= 1:
                raise NotSupported("The answer would be too long: ask for less", code="too-costly")
            count = len(page.hits) // 2

    def _page(self, count: int) -> _Page:
        tenant, asked, cursor = self._principal.tenant, self._asked, self._cursor
        hits = self._services.search.find(tenant, asked.query, count + 1, cursor)
        more = len(hits) > count
        if more:
            hits = hits[1:] if cursor is not None and cursor.backwards else hits[:count]
        wanted = [(hit.key, hit.version) for hit in hits]
        found = self._services.store.versions(wanted) if wanted else {}
        size = _fitting([len(found[each].body) if each in found else 0 for each in wanted])
        if size < len(hits):
            return self._page(size)
        sees = self._services.authorizer.sees
        records = [
            found[each] for each in wanted if each in found and sees(self._principal, each[0])
        ]
        including = Including(self._services, self._principal, self._context, asked.includes)
        return _Page(hits, records, including.beside(records), more)

    def _total(self, page: _Page) -> int | None:
        """Return the number of matches: where it costs nothing, or where it is asked for."""
        if self._asked.total == "none":
            return None
        if self._cursor is None and not page.more:
            return len(page.hits)
        if self._asked.total is None:
            return None
        return self._services.search.count(self._principal.tenant, self._asked.query)

    def _neighbours(self, page: _Page) -> Iterator[tuple[str, Cursor | None]]:
        """Yield the relation and the place of each page that a link leads to."""
        if self._cursor is None and not page.more:
            return
        yield "first", None
        backwards = self._cursor is not None and self._cursor.backwards
        if page.hits and (page.more if backwards else self._cursor is not None):
            yield "previous", Cursor(page.hits[0].position, backwards=True)
        if page.hits and (backwards or page.more):
            yield "next", Cursor(page.hits[-1].position)

    def _encoded(self, total: int | None, page: _Page) -> bytes:
        bundle: dict[str, Any] = {
            "resourceType": "Bundle",
            "meta": {"lastUpdated": instant(self._horizon)},
            "type": "searchset",
        }
        if total is not None:
            bundle["total"] = total
        bundle["link"] = [{"relation": "self", "url": self._address(None)}]
        for relation, cursor in self._neighbours(page):
            place = self._links.written(cursor, self._horizon) if cursor else None
            bundle["link"].append({"relation": relation, "url": self._address(place)})
        matches = [self._entry(record, "match") for record in page.records]
        remarks = [_outcome(self._asked.ignored)] if self._asked.ignored else []
        if page.included.records or page.included.cut:
            remarks.append(_outcome([_CUT]))
            around = json.encode({**bundle, "entry": [*matches, *remarks]})
            included = list(self._included(page.included, ANSWER_LIMIT - encoded_size(around)))
            if not page.included.cut and len(included) == len(page.included.records):
                remarks.pop()
            matches += included
        entries = [*matches, *remarks]
        return json.encode({**bundle, "entry": entries} if entries else bundle)

    def _included(self, included: Included, room: int) -> Iterator[dict[str, Any]]:
        """Yield the entries that an answer can still carry."""
        for record in included.records.values():
            entry = self._entry(record, "include")
            room -= encoded_size(json.encode(entry)) + len(",")
            if room < 0:
                return
            yield entry

    def _entry(self, record: Record, mode: Literal["match", "include"]) -> dict[str, Any]:
        key = record.key
        resource: msgspec.Raw | Mapping[str, Any] = msgspec.Raw(record.body)
        if self._view is not None and (mode == "match" or self._view.elements is None):
            resource = self._view.part(json.stored(record.body))
        return {
            "fullUrl": f"{self._context.base_url}/{key.type}/{key.id}",
            "resource": resource,
            "search": {"mode": mode},
        }

    def _address(self, place: str | None) -> str:
        pairs = [*self._asked.applied, *([(PAGE, place)] if place else [])]
        query = urlencode(pairs, quote_via=quote, safe="/:,")
        return f"{self._url}?{query}" if query else self._url


def _outcome(issues: Sequence[Issue]) -> dict[str, Any]:
    return {"resource": operation_outcome(issues), "search": {"mode": "outcome"}}


def _fitting(sizes: Sequence[int]) -> int:
    """Return how many of the first bodies fit into an answer, at least one."""
    room = ANSWER_LIMIT
    for count, size in enumerate(sizes):
        room -= size
        if room < 0:
            return max(1, count)
    return len(sizes)
