"""Conditional references: `Practitioner?identifier=...` in a transaction becomes `Practitioner/1`.

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hearth_server.errors import InvalidResource, MultipleMatches, PreconditionFailed, RequestError
from hearth_server.fhir import definitions
from hearth_server.interactions import conditions, entries
from hearth_server.interactions.callers import caller
from hearth_server.interactions.candidates import Candidates
from hearth_server.interactions.links import place_of
from hearth_server.interactions.steps import Step
from hearth_server.rest.request import Request
from hearth_server.services import Services

Pending = tuple[Step, list[tuple[dict[str, Any], str]]]
"""A step, and for each of its conditional references the Reference and what it says."""


def resolve(
    services: Services, request: Request, steps: Sequence[Step], pending: Sequence[Pending]
) -> None:
    """Put the resource that each conditional reference finds in its place.

    It is found among what is stored and what the transaction's own `steps` make of it. Raises
    PreconditionFailed where there is none, MultipleMatches where there are several.
    """
    candidates = Candidates(steps)
    found: dict[str, str] = {}
    for step, references in pending:
        for node, said in references:
            try:
                if said not in found:
                    found[said] = _found(services, request, candidates, said)
            except RequestError as error:
                raise _placed(error, step, said) from None
            node["reference"] = found[said]


def _found(services: Services, request: Request, candidates: Candidates, said: str) -> str:
    type, _, criteria = said.partition("?")
    if not definitions.is_resource_type(type):
        raise InvalidResource("The conditional reference does not start with a resource type")
    written = sum(key.type == type for key in candidates.written)
    limit = conditions.SEVERAL
    records = conditions.matching(services, request, type, criteria, limit=limit + written)
    keys = {record.key for record in records} - candidates.written
    if written:
        query = conditions.query_of(services, request, type, criteria)
        keys.update(candidates.matching(caller(request).tenant, query, limit=limit))
    if len(keys) > 1:
        raise MultipleMatches(f"Several {type} resources meet the conditional reference")
    if not keys:
        raise PreconditionFailed(f"No {type} meets the conditional reference", code="not-found")
    return f"{type}/{keys.pop().id}"


def _placed(error: RequestError, step: Step, said: str) -> RequestError:
    first = error.issues[0]
    place = place_of(step.entry.resource, said)
    placed = type(error)(first.text, code=first.code, expression=place)
    entries.located(placed, step.entry.index)
    return placed
