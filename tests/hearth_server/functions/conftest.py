"""A stage in this process: the functions over DynamoDB Local and an index."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hearth_server.functions import wiring

from tests.hearth_server.store.tables import client, create
from tests.services.dynamodb_local import ACCESS_KEY
from tests.services.opensearch import shared
from tests.services.postgresql import postgresql

SQL_ENGINES = ("sqlite", "postgresql")
ENGINES = (*SQL_ENGINES, pytest.param("opensearch", marks=pytest.mark.slow))
_numbers = count()


@dataclass(frozen=True)
class Table:
    """A table of its own, and what it holds."""

    url: str
    name: str

    def items(self) -> list[dict[str, Any]]:
        """Return every item."""
        from hearth_server.aws.credentials import Credentials

        found = client(self.url, Credentials(ACCESS_KEY, "secret")).call(
            "Scan", {"TableName": self.name}
        )
        items: list[dict[str, Any]] = found["Items"]
        return items


@pytest.fixture
def table(dynamodb_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """A stage of its own: its environment is set, its table is there, nothing is wired yet."""
    from hearth_server.aws.credentials import Credentials

    name = f"resources-{uuid.uuid4().hex}"
    create(client(dynamodb_url, Credentials(ACCESS_KEY, "secret")), name)
    for variable, value in {
        "HEARTH_RESOURCES_TABLE": name,
        "HEARTH_BODIES_BUCKET": "bodies",
        "HEARTH_SEARCH_ENGINE": "sqlite",
        "HEARTH_SEARCH_LOCATION": str(tmp_path / "index.sqlite"),
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL": dynamodb_url,
    }.items():
        monkeypatch.setenv(variable, value)
    forget()
    yield Table(dynamodb_url, name)
    forget()


def forget() -> None:
    """Have the next call wire the parts anew."""
    for part in (
        wiring.stage_settings,
        wiring.store,
        wiring.search_index,
        wiring.search_engine,
        wiring.failed_records,
        wiring.services,
    ):
        part.cache_clear()


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Each search engine: its name and its location."""
    with _location(request.param, tmp_path_factory.mktemp("engine")) as location:
        yield request.param, location


@contextmanager
def _location(name: str, folder: Path) -> Iterator[str]:
    """Run an engine and yield its location; skip the test where it is missing."""
    if name == "sqlite":
        yield str(folder / "index.sqlite")
    elif name == "opensearch":
        yield f"{shared().url}/stage{next(_numbers)}"
    else:
        with postgresql() as conninfo:
            yield conninfo
