"""The plan of a batch or transaction: steps, links, checks, one commit, one answer.

https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from hearth_server.errors import HearthError, InvalidRequest, InvalidResource, RequestError
from hearth_server.fhir import json
from hearth_server.interactions import content, entries, entry_answers, steps
from hearth_server.interactions.bundle_reads import UNREAD, check_read
from hearth_server.interactions.conditional_references import resolve
from hearth_server.interactions.entries import Entry
from hearth_server.interactions.links import ONLY_IN_A_TRANSACTION, Links
from hearth_server.interactions.steps import ORDER, Step
from hearth_server.interactions.writing import Plan
from hearth_server.rest.limits import SURELY_FITS, fits
from hearth_server.rest.places import places
from hearth_server.rest.request import Request
from hearth_server.rest.response import FHIR_JSON, Response
from hearth_server.services import Services
from hearth_server.store.protocol import Claim, Key, Record


class BundlePlan:
    """Plans one bundle once."""

    def __init__(
        self,
        services: Services,
        request: Request,
        kind: Literal["batch", "transaction"],
        sent: Sequence[Any],
        *,
        recorded: bool,
    ) -> None:
        self._services = services
        self._request = request
        self._kind = kind
        self._sent = sent
        self._recorded = recorded
        self._errors: dict[int, HearthError] = {}

    def made(self, lost: int) -> Plan:
        """Return the plan. Raises, for a transaction, the first entry's error."""
        parsed = self._parsed()
        self._check_full_urls(parsed)
        made = self._steps(parsed, lost)
        self._rewrite(made)
        plans = self._plans(made)
        if self._kind == "transaction":
            self._check_reads(parsed, plans)
        writes = [write for _, plan in plans for write in plan.writes]
        return Plan(writes, lambda records: self._answer(plans, records))

    @contextmanager
    def _entry(self, index: int) -> Iterator[None]:
        """Turn an error into the entry's own: raised for a transaction, noted for a batch."""
        try:
            yield
        except RequestError as error:
            entries.located(error, index)
            if self._kind == "transaction":
                raise
            self._errors[index] = error

    def _parsed(self) -> list[Entry]:
        parsed = []
        for index, value in enumerate(self._sent):
            with self._entry(index):
                parsed.append(
                    entries.entry_of(self._request, index, value, recorded=self._recorded)
                )
        return parsed

    def _check_full_urls(self, parsed: Sequence[Entry]) -> None:
        seen: set[str] = set()
        for entry in parsed:
            with self._entry(entry.index):
                if entry.full_url in seen:
                    raise entries.wrong("Another entry has this fullUrl", "duplicate", "fullUrl")
                if entry.full_url is not None:
                    seen.add(entry.full_url)

    def _steps(self, parsed: Sequence[Entry], lost: int) -> list[Step]:
        """Return the steps in the order in which they take effect."""
        writing = [
            entry for entry in parsed if entry.index not in self._errors and steps.writes(entry)
        ]
        ground = steps.ground(self._services, writing, lost)
        made: list[Step] = []
        taken: set[Key | Claim] = set()
        for entry in sorted(writing, key=lambda entry: ORDER[entry.request.method]):
            with self._entry(entry.index):
                step = steps.step_of(ground, entry)
                about: set[Key | Claim] = {*step.keys}
                if step.claim is not None:
                    about.add(step.claim)
                if taken & about:
                    raise InvalidRequest(
                        "Another entry is about the same resource", code="duplicate"
                    )
                taken |= about
                made.append(step)
        return made

    def _rewrite(self, made: Sequence[Step]) -> None:
        """Rewrite the links between entries; a batch has none, so there any is an error."""
        targets = {}
        if self._kind == "transaction":
            for step in made:
                if step.entry.full_url and step.link:
                    targets[step.entry.full_url] = step.link
        pending = []
        for step in made:
            if step.entry.resource is None:
                continue
            with self._entry(step.entry.index):
                links = Links(targets)
                links.rewrite(step.entry.resource, step.entry.full_url)
                if links.conditional:
                    if self._kind == "batch":
                        raise InvalidResource(ONLY_IN_A_TRANSACTION)
                    pending.append((step, links.conditional))
        if pending:
            resolve(self._services, self._request, made, pending)

    def _plans(self, made: Sequence[Step]) -> list[tuple[int, Plan]]:
        large = len(self._request.body) > SURELY_FITS
        plans = []
        for step in made:
            if step.entry.index in self._errors:
                continue
            with self._entry(step.entry.index):
                resource = step.entry.resource
                if resource is not None:
                    content.check_valid(self._services, resource)
                    if large:
                        content.check_fits(json.encode(resource))
                plans.append((step.entry.index, step.plan()))
        return plans

    def _check_reads(self, parsed: Sequence[Entry], plans: Sequence[tuple[int, Plan]]) -> None:
        """Raise the error of a reading entry now: once committed, nothing can be undone."""
        written = {write.key: write for _, plan in plans for write in plan.writes}
        for entry in parsed:
            if not steps.writes(entry):
                with self._entry(entry.index):
                    check_read(self._services, entry, written)

    def _answer(self, plans: Sequence[tuple[int, Plan]], records: Sequence[Record]) -> Response:
        answers: list[Mapping[str, Any]] = [UNREAD] * len(self._sent)
        body_places = places(self._request)
        for index, error in self._errors.items():
            error.issues = tuple(body_places.of(error.issues))
            answers[index] = entry_answers.failed(error)
        start = 0
        for index, plan in plans:
            end = start + len(plan.writes)
            response = plan.answer(records[start:end])
            answers[index] = entry_answers.answered(response, self._request.base_url)
            start = end
        body = answer_body(self._kind, answers)
        if not fits(body):
            # The client can read what was written; it must learn that it was.
            body = answer_body(self._kind, [{"response": one["response"]} for one in answers])
        return Response(200, {"Content-Type": FHIR_JSON}, body)


def answer_body(kind: str, answers: Sequence[Any]) -> bytes:
    """Return the Bundle that answers a batch or transaction."""
    answer: dict[str, Any] = {"resourceType": "Bundle", "type": f"{kind}-response"}
    if answers:
        answer["entry"] = answers
    return json.encode(answer)
