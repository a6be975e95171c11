"""A server in this process, over records in memory: what the tests of requests talk to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from hearth_server.access.principal import Principal
from hearth_server.access.roles import RoleAuthorizer, default_roles
from hearth_server.errors import InvalidRequest, Issue
from hearth_server.rest import service
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.services import Services
from hearth_server.settings import Settings
from hearth_server.store.memory import MemoryStore
from hearth_server.store.protocol import Key, Record, ResourceStore

BASE = "https://fhir.example.org/dev"

SETTINGS = Settings(
    resources_table="resources",
    bodies_bucket="bodies",
    search_engine="sqlite",
    search_location="",
    search_consistency="immediate",
    base_url="https://{domain}/{stage}",
    region="eu-central-1",
    url_suffix="amazonaws.com",
    log_level="info",
    version="1.2.3",
)


class AcceptingValidator:
    """Finds nothing: for tests that are about something else than validity."""

    def validate(self, resource: Mapping[str, Any], *, profiles: Sequence[str] = ()) -> list[Issue]:
        """Return no issue."""
        return []


class IdentifierSearch:
    """Finds current resources by `identifier=system|value` alone."""

    def __init__(self) -> None:
        self.indexed: dict[Key, Record] = {}

    def matching(self, tenant: str, type: str, criteria: str, *, limit: int = 2) -> list[Key]:
        """Return the resources that have the identifier."""
        if [name for name, _ in parse_qsl(criteria)] != ["identifier"]:
            raise InvalidRequest("An unknown parameter", expression="http.query")
        system, _, value = parse_qsl(criteria)[0][1].partition("|")
        found = [
            key
            for key, record in self.indexed.items()
            if (key.tenant, key.type, record.deleted) == (tenant, type, False)
            and {"system": system, "value": value} in json.loads(record.body).get("identifier", [])
        ]
        return found[:limit]

    def index(self, records: Sequence[Record]) -> None:
        """Keep the newest version of each."""
        for record in records:
            known = self.indexed.get(record.key)
            if known is None or known.version < record.version:
                self.indexed[record.key] = record


@dataclass
class Server:
    """A server and the caller who talks to it."""

    store: ResourceStore = field(default_factory=MemoryStore)
    settings: Settings = SETTINGS
    groups: tuple[str, ...] = ("practitioner",)
    subject: str = "demo"
    search: Any = field(default_factory=IdentifierSearch)
    validator: Any = field(default_factory=AcceptingValidator)

    @property
    def services(self) -> Services:
        """The parts, wired."""
        return Services(
            self.settings,
            self.store,
            self.search,
            self.validator,
            RoleAuthorizer(default_roles()),
        )

    def call(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return the response to a request; a body that is not bytes is sent as JSON."""
        path, _, query = url.partition("?")
        sent = body if isinstance(body, bytes) else b"" if body is None else _encoded(body)
        request = Request(
            method=method,
            segments=tuple(unquote(part) for part in path.split("/")) if path else (),
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in (headers or {}).items()},
            body=sent,
            base_url=BASE,
            principal=Principal(self.subject, self.groups) if self.groups else None,
            request_id="r-1",
        )
        return service.answer(self.services, request)[0]

    def state(self) -> Any:
        """Return all that the store holds, to see that a refused request changed nothing."""
        assert isinstance(self.store, MemoryStore)
        return {key: list(versions) for key, versions in self.store._versions.items()}


def said(response: Response) -> Any:
    """Return the JSON that a response carries."""
    return json.loads(response.body)


def problem(response: Response) -> tuple[int, str, str | None]:
    """Return status, issue code and expression of the first issue of an error."""
    outcome = said(response)
    assert outcome["resourceType"] == "OperationOutcome"
    issue = outcome["issue"][0]
    return response.status, issue["code"], issue.get("expression", [None])[0]


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()
