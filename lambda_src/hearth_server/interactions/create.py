"""Create: a new resource under an id that the server makes; with If-None-Exist, at most one.

https://hl7.org/fhir/R4/http.html#create
"""

from __future__ import annotations

import os
from functools import partial

from hearth_server.errors import InvalidRequest
from hearth_server.interactions import conditions, content
from hearth_server.interactions.callers import caller
from hearth_server.interactions.writing import Plan, carry_out
from hearth_server.rest.records import written
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.rest.routes import Target
from hearth_server.services import Services
from hearth_server.store.protocol import ABSENT, Claim, Key, Record, Resource, Write


def create(services: Services, request: Request, target: Target) -> Response:
    """Return 201 with the new resource, or 200 with the one that meets If-None-Exist.

    Raises MultipleMatches where several do.
    """
    type = target.type or ""
    resource = content.parsed(request)
    content.check_type(resource, type)
    content.check_alone(services, request, resource)
    criteria = if_none_exist(request, type)
    if criteria is None:
        tenant = caller(request).tenant
        return carry_out(
            services, request, lambda _: planned(request, resource, new_key(tenant, type))
        )
    plan = partial(_planned_if_none, services, request, resource, criteria)
    return carry_out(services, request, plan)


def if_none_exist(request: Request, type: str) -> str | None:
    """Return the condition of If-None-Exist, None without one. Raises InvalidRequest if empty.

    The standard has the query alone there; clients also send the URL of the search for `type`.
    """
    header = request.headers.get("if-none-exist")
    if header is None:
        return None
    criteria = header.strip()
    before, _, query = criteria.partition("?")
    if request.below_base(before).removeprefix("/") in ("", type):
        criteria = query
    if not criteria:
        raise InvalidRequest("If-None-Exist is empty", expression="http.if-none-exist")
    return criteria


def new_key(tenant: str, type: str) -> Key:
    """Return a key that nobody else has: its id is a random UUID."""
    digits = bytearray(os.urandom(16))
    digits[6] = digits[6] & 0x0F | 0x40
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return Key(tenant, type, f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


def planned(request: Request, resource: Resource, key: Key, claim: Claim | None = None) -> Plan:
    """Return the plan of a create under a new key."""
    write = Write(key, "POST", resource, ABSENT, claim, fresh=True)
    return Plan([write], lambda records: written(request, records[0], 201))


def unneeded(request: Request, match: Record) -> Plan:
    """Return the plan of a create that stores nothing, since `match` meets its condition."""
    return Plan((), lambda _: written(request, match, 200))


def _planned_if_none(
    services: Services, request: Request, resource: Resource, criteria: str, lost: int
) -> Plan:
    type = resource["resourceType"]
    match, claim = conditions.found(services, request, type, criteria, claimed=lost > 0)
    if match is None:
        return planned(request, resource, new_key(claim.tenant, type), claim)
    return unneeded(request, match)
