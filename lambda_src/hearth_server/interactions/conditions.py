"""Conditions: `If-None-Exist`, and the query of a conditional update, patch or delete.

A condition is met by resources as they are now, however late the search index may be.
https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

from hearth_server.errors import InvalidRequest, MultipleMatches, Unavailable
from hearth_server.interactions.callers import caller
from hearth_server.interactions.rights import require_looked_at
from hearth_server.interactions.search_context import context_of
from hearth_server.rest.request import Request
from hearth_server.search.parse.criteria import criteria_query
from hearth_server.search.protocol import NotIndexed
from hearth_server.search.query import Query
from hearth_server.services import Services
from hearth_server.store.protocol import Claim, Record

_ABOUT_THE_ANSWER = frozenset({"_format", "_pretty", "_summary", "_elements"})

SEVERAL = 2
"""How many matches it takes to know that there are several."""


def criteria_of(request: Request) -> str:
    """Return the condition in a request's query: what only shapes the answer is left out.

    Raises InvalidRequest where no condition is left.
    """
    pairs = [pair for pair in request.query if pair[0] not in _ABOUT_THE_ANSWER]
    if not pairs:
        raise InvalidRequest("The query has no condition", expression="http.query")
    return urlencode(pairs)


def query_of(services: Services, request: Request, type: str, criteria: str) -> Query:
    """Return the search that criteria ask for.

    Raises Forbidden for a caller who may not search the type, or one that the criteria look at;
    InvalidRequest for criteria that are empty or unknown.
    """
    principal = caller(request)
    services.authorizer.require(principal, "search-type", type)
    query = criteria_query(type, criteria, context_of(services, request))
    require_looked_at(services, principal, query.condition)
    return query


def matching(
    services: Services, request: Request, type: str, criteria: str, *, limit: int = SEVERAL
) -> list[Record]:
    """Return up to `limit` resources that meet the condition as they are now.

    Raises as `query_of` does, and Unavailable for an index that cannot be brought up to date.
    """
    principal = caller(request)
    query = query_of(services, request, type, criteria)
    told: set[Record] = set()
    asked = limit
    while True:
        hits = services.search.find(principal.tenant, query, asked)
        newest = services.store.latest_of([hit.key for hit in hits]) if hits else {}
        present = [(newest[hit.key], hit.version) for hit in hits if hit.key in newest]
        late = {record for record, version in present if record.version > version}
        if late:
            # What has changed since may no longer meet the condition: the index is asked anew.
            if late & told:
                raise Unavailable("The search index does not keep up with the writes; try again")
            _index(services, late)
            told |= late
            continue
        found = [record for record, _ in present if services.authorizer.sees(principal, record.key)]
        # An index may still show what was expunged; there may be others behind it.
        if len(found) >= limit or len(hits) < asked:
            return found[:limit]
        asked *= 2


def only_match(services: Services, request: Request, type: str, criteria: str) -> Record | None:
    """Return the one resource that meets the condition, None for none.

    Raises MultipleMatches for several.
    """
    records = matching(services, request, type, criteria)
    if len(records) > 1:
        raise MultipleMatches(f"Several {type} resources meet the condition; one at most may")
    return records[0] if records else None


def found(
    services: Services, request: Request, type: str, criteria: str, *, claimed: bool
) -> tuple[Record | None, Claim]:
    """Return the one match of a condition, and the claim for the case that there is none.

    `claimed` says that a commit found the claim held, so that its holder may be the match.
    """
    claim = claim_of(caller(request).tenant, type, criteria)
    match = only_match(services, request, type, criteria)
    if match is None and claimed:
        return holder(services, request, claim)
    return match, claim


def claim_of(tenant: str, type: str, criteria: str) -> Claim:
    """Return the claim on being the one resource that a condition makes."""
    return Claim(tenant, type, urlencode(sorted(parse_qsl(criteria, keep_blank_values=True))))


def holder(services: Services, request: Request, wanted: Claim) -> tuple[Record | None, Claim]:
    """Return the resource that holds a claim, if it still meets the condition, and the claim.

    Where the holder is gone or has changed since, the claim returned takes it from the holder.
    """
    key = services.store.claim_holder(wanted)
    record = services.store.latest(key) if key else None
    if key is None or record is None:
        return None, wanted
    if meets(services, request, record, wanted.criteria):
        return record, wanted
    return None, Claim(wanted.tenant, wanted.type, wanted.criteria, replaces=key)


def meets(services: Services, request: Request, record: Record, criteria: str) -> bool:
    """Return whether a resource meets the condition; the index is told of it first.

    Raises Unavailable where the index does not take it in: nobody knows then.
    """
    if record.deleted:
        return False
    _index(services, [record])
    found = matching(services, request, record.key.type, criteria)
    return any(one.key == record.key for one in found)


def _index(services: Services, records: Collection[Record]) -> None:
    try:
        services.search.index(list(records))
    except NotIndexed as error:
        raise Unavailable("The index cannot take in what the condition is about") from error
