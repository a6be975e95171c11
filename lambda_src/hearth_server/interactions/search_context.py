"""What the values of a search are read against, the same for a search and for a condition."""

from __future__ import annotations

import time

from hearth_server.interactions.callers import caller
from hearth_server.rest.request import Request
from hearth_server.search.codes import StoredCodes
from hearth_server.search.parse.context import Context
from hearth_server.services import Services


def context_of(services: Services, request: Request) -> Context:
    """Return the base URLs, the time, and the value sets of the caller's tenant."""
    codes = StoredCodes(services.store, services.search, caller(request).tenant)
    now = time.time_ns() // 1000
    return Context(request.base_url, now, codes, request.other_base_urls)
