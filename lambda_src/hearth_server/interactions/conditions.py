"""Conditions: `If-None-Exist`, and the query of a conditional update, patch or delete.

A condition is met by resources as they are now, however late the search index may be.
https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

from urllib.parse import urlencode

from hearth_server.errors import InvalidRequest, MultipleMatches
from hearth_server.interactions.callers import caller
from hearth_server.rest.request import Request
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


def matching(
    services: Services, request: Request, type: str, criteria: str, *, limit: int = SEVERAL
) -> list[Record]:
    """Return up to `limit` resources that meet the condition and have not been deleted.

    Raises Forbidden for a caller who may not search the type, and InvalidRequest for criteria
    that are empty or unknown.
    """
    principal = caller(request)
    services.authorizer.require(principal, "search-type", type)
    asked = limit
    while True:
        keys = services.search.matching(principal.tenant, type, criteria, limit=asked)
        newest = services.store.latest_of(keys) if keys else {}
        found = [
            record
            for key in keys
            if (record := newest.get(key)) is not None
            and not record.deleted
            and services.authorizer.sees(principal, key)
        ]
        # An index that is late still shows what was deleted; there may be others behind it.
        if len(found) >= limit or len(keys) < asked:
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


def claim_of(tenant: str, type: str, criteria: str) -> Claim:
    """Return the claim on being the one resource that a condition makes."""
    return Claim(tenant, type, "&".join(sorted(criteria.split("&"))))


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
    """Return whether a resource meets the condition; the index is told of it first."""
    if record.deleted:
        return False
    services.search.index([record])
    found = matching(services, request, record.key.type, criteria)
    return any(one.key == record.key for one in found)
