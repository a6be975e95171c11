"""What every write has in common: plan on what is stored, commit, index, and try again.

A plan reads what it builds on, so a commit that lost a race is simply planned anew: without
If-Match the newer version becomes the base, with it the plan itself finds that it must fail.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hearth_server.errors import Conflict
from hearth_server.interactions import idempotency
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.services import Services
from hearth_server.store.protocol import ClaimHeld, Record, StaleBase, Write

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.5

Answer = Callable[[Sequence[Record]], Response]
"""Makes the answer from the committed records, in the order of the writes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request will write, and how it answers once that is committed."""

    writes: Sequence[Write]
    answer: Answer


def carry_out(services: Services, request: Request, plan: Callable[[int], Plan]) -> Response:
    """Return the answer of the plan that was committed.

    `plan` is told how many commits were lost before. Raises Conflict when the request's time
    is used up by other writers, and whatever a plan raises.
    """
    lost = 0
    while True:
        planned = plan(lost)
        try:
            return commit(services, request, planned)
        except (StaleBase, ClaimHeld):
            lost += 1
            _pause(lost, request.deadline)


def commit(services: Services, request: Request, plan: Plan) -> Response:
    """Return the plan's answer once its writes are committed and, if immediate, indexed.

    Raises StaleBase, ClaimHeld and ReceiptExists, as the store does; Unavailable, with nothing
    written, when the stage takes no write that cannot be found at once.
    """
    receipt = idempotency.receipt(request, plan.answer)
    if not plan.writes and receipt is None:
        return plan.answer(())
    immediate = services.settings.search_consistency == "immediate"
    if immediate and services.settings.search_required:
        services.search.require()
    records = services.store.commit(plan.writes, receipt)
    if records and immediate:
        services.search.announce(records)
    return plan.answer(records)


def _pause(lost: int, deadline: float) -> None:
    pause = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**lost))  # noqa: S311 - jitter
    if time.monotonic() + pause >= deadline:
        raise Conflict("Other writers were faster until the time was used up; try again")
    time.sleep(pause)
