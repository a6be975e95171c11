"""A stage in this process: the functions over DynamoDB Local and a SQLite index."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hearth_server.functions import wiring

from tests.hearth_server.store.tables import client, create
from tests.services.dynamodb_local import ACCESS_KEY


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
