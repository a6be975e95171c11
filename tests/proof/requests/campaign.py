"""Mutated requests: whatever a client sends, the answer is never a fault of the server.

Each request is made from the seed and its number alone, so that a finding can be repeated.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest import mock

from hearth_server.functions import api, log, wiring
from hearth_server.search.indexed import IndexedSearch
from hearth_server.validation.open import open_validator

from tests.hearth_server.functions.events import aws_event
from tests.hearth_server.serving import Server, new_engine
from tests.proof.requests.mutations import mutated
from tests.proof.requests.statuses import allowed
from tests.proof.requests.templates import TEMPLATES, Sent

RESET_EVERY = 500
"""Requests after which the store starts empty again, so that a run stays fast."""


class Context:
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return 20_000


@dataclass
class Findings:
    """What a run has shown."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[tuple[int, Sent, str]] = field(default_factory=list)


def run(seed: int, numbers: Iterator[int] | range) -> Findings:
    """Send the requests with these numbers and return what was found."""
    findings = Findings()
    validator = open_validator()
    for place, number in enumerate(numbers):
        if place % RESET_EVERY == 0:
            # Events name no tenant, so that every server needs an index of its own.
            server = Server(validator=validator, search=IndexedSearch(new_engine()))
        sent = mutated(Random(f"{seed}:{number}"), TEMPLATES)
        answer = _answer(server, sent)
        findings.statuses[answer["statusCode"]] += 1
        fault = _fault(answer, _told["interaction"])
        if fault:
            findings.faults.append((number, sent, fault))
    return findings


def _answer(server: Server, sent: Sent) -> dict[str, Any]:
    event = aws_event(
        httpMethod=sent.method,
        path=f"/{sent.path}",
        resource="/{proxy+}" if sent.path else "/",
        pathParameters={"proxy": sent.path} if sent.path else None,
        multiValueHeaders={name: [value] for name, value in sent.headers},
        multiValueQueryStringParameters=_grouped(sent.query) or None,
        body=sent.body or None,
    )
    with (
        mock.patch.object(wiring, "services", return_value=server.services),
        mock.patch.object(log, "line", _listen),
        mock.patch.object(log, "fault", _remember),
    ):
        _last_fault.clear()
        return api.handler(event, Context())


_last_fault: list[BaseException] = []


_told: dict[str, Any] = {}
"""What the log says of the last request."""


def _listen(_: str, **facts: Any) -> None:
    _told.update(facts)


def _remember(_: str, error: BaseException, **__: Any) -> None:
    _last_fault.append(error)


def _grouped(query: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in query:
        grouped.setdefault(name, []).append(value)
    return grouped


def _fault(answer: dict[str, Any], interaction: str) -> str | None:
    """Return what is wrong with an answer, if anything is."""
    if answer["statusCode"] >= 500:
        return repr(_last_fault[:1])
    if not allowed(interaction, answer["statusCode"]):
        return f"{answer['statusCode']} is no status of {interaction}"
    if not answer["body"]:
        return None
    try:
        said = json.loads(answer["body"])
    except ValueError as error:
        return f"the body is not JSON: {error}"
    if answer["statusCode"] >= 400 and said.get("resourceType") != "OperationOutcome":
        return "the body of an error is no OperationOutcome"
    return None
