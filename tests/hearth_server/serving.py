"""A server in this process, over records in memory: what the tests of requests talk to."""

from __future__ import annotations

import atexit
import json
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from hearth_server.access.principal import Principal
from hearth_server.access.roles import RoleAuthorizer, Roles, default_roles
from hearth_server.errors import Issue
from hearth_server.rest import service
from hearth_server.rest.request import Request
from hearth_server.rest.response import Response
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.sqlite import SqliteDatabase
from hearth_server.search.indexed import IndexedSearch
from hearth_server.services import Services
from hearth_server.settings import Settings
from hearth_server.store.memory import MemoryStore
from hearth_server.store.protocol import ResourceStore

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


@cache
def engine() -> SqlEngine:
    """Return an index in SQLite, one for the whole run: each server has a tenant of its own."""
    return new_engine()


def new_engine() -> SqlEngine:
    """Return an empty index in SQLite, which lasts as long as the process."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return SqlEngine(SqliteDatabase(Path(folder.name) / "index.sqlite"))


@dataclass
class Server:
    """A server and the caller who talks to it."""

    store: ResourceStore = field(default_factory=MemoryStore)
    settings: Settings = SETTINGS
    groups: tuple[str, ...] = ("practitioner",)
    subject: str = "demo"
    search: Any = field(default_factory=lambda: IndexedSearch(engine()))
    validator: Any = field(default_factory=AcceptingValidator)
    tenant: str = field(default_factory=lambda: f"t{uuid.uuid4().hex}")
    roles: Roles = field(default_factory=default_roles)
    other_base_urls: tuple[str, ...] = ()

    @property
    def services(self) -> Services:
        """The parts, wired."""
        return Services(
            self.settings,
            self.store,
            self.search,
            self.validator,
            RoleAuthorizer(self.roles),
        )

    @property
    def principal(self) -> Principal | None:
        """The caller; None where they are in no group."""
        return Principal(self.subject, self.groups, self.tenant) if self.groups else None

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
            other_base_urls=self.other_base_urls,
            principal=self.principal,
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
