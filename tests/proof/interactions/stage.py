"""A stage whose process can be killed: the API's handler over a table, a folder and an index."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl

from hearth_server.access.roles import Roles, parse_roles
from hearth_server.functions import api, indexer, wiring
from hearth_server.validation.open import open_validator
from hearth_server.validation.protocol import Validator

from tests.hearth_server.functions.conftest import forget
from tests.hearth_server.functions.events import aws_event
from tests.hearth_server.store.writing import Clock
from tests.proof.interactions.interactions import FHIR, Ask, encoded
from tests.proof.store.faults import FaultLine
from tests.proof.store.trial import Place, store_of, transactions_of
from tests.services.table_stream import stream_records


@dataclass(frozen=True)
class Answered:
    """What the API answered."""

    status: int
    body: Any


class Context:
    """What Lambda tells of an invocation."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return int(self._seconds * 1000)


@dataclass
class Stage:
    """A stage; every `process` of it is wired anew."""

    place: Place
    folder: Path
    clock: Clock
    settings: Mapping[str, str] = field(default_factory=dict)
    together: int = 100

    @contextmanager
    def process(self, line: FaultLine | None = None) -> Iterator[None]:
        """Have the handlers work as a process that has just started, on a fault line."""
        store = store_of(self.place, self.folder, self.clock, line or FaultLine())
        forget()
        with (
            mock.patch.dict(os.environ, self._environment()),
            mock.patch.object(wiring, "store", return_value=store),
            mock.patch.object(wiring, "default_roles", _roles),
            mock.patch("hearth_server.validation.open.open_validator", _validator),
            transactions_of(self.together),
            redirect_stdout(io.StringIO()),
        ):
            yield
        forget()

    def call(self, ask: Ask, seconds: float = 28.0) -> Answered:
        """Return the answer of the API's handler."""
        answer = api.handler(_event(ask), Context(seconds))
        return Answered(answer["statusCode"], json.loads(answer["body"] or "null"))

    def catch_up(self) -> None:
        """Bring the index up to date as the table's stream does."""
        records = stream_records(self.place.url, self.place.table)
        failed = indexer.handler({"Records": records}, Context(60.0))
        assert failed == {"batchItemFailures": []}

    def _environment(self) -> dict[str, str]:
        return {
            "HEARTH_RESOURCES_TABLE": self.place.table,
            "HEARTH_BODIES_BUCKET": "bodies",
            "HEARTH_SEARCH_ENGINE": "sqlite",
            "HEARTH_SEARCH_LOCATION": str(self.folder / "index.sqlite"),
            "HEARTH_SEARCH_CONSISTENCY": "immediate",
            "AWS_REGION": "eu-central-1",
            **self.settings,
        }


def _event(ask: Ask) -> dict[str, Any]:
    path, _, query = ask.path.partition("?")
    headers = {"Accept": FHIR, "Host": "fhir.example.org", "X-Forwarded-Proto": "https"}
    if ask.body is not None:
        headers["Content-Type"] = FHIR
    headers |= ask.headers
    grouped: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        grouped.setdefault(name, []).append(value)
    return aws_event(
        resource="/{proxy+}" if path else "/",
        path=f"/{path}",
        httpMethod=ask.method,
        headers=headers,
        multiValueHeaders={name: [value] for name, value in headers.items()},
        multiValueQueryStringParameters=grouped or None,
        pathParameters={"proxy": path} if path else None,
        body=encoded(ask),
    )


@cache
def _roles() -> Roles:
    """Return the stage's roles, in which practitioners may do everything."""
    interactions = [
        "read", "vread", "history-instance", "history-type", "history-system", "create", "update",
        "patch", "delete", "search-type", "search-system", "batch", "transaction", "$meta",
        "$meta-add", "$meta-delete", "$expunge",
    ]  # fmt: skip
    roles = {"practitioner": [{"interactions": interactions, "types": ["*"]}]}
    return parse_roles(json.dumps(roles).encode())


@cache
def _the_validator() -> Validator:
    return open_validator("full")


def _validator(*_: object, **__: object) -> Validator:
    """Return the validator: it keeps nothing of a request, so one serves every process."""
    return _the_validator()
