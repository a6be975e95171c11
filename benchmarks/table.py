"""The parts of a stage for benchmarks: DynamoDB Local behind, a SQLite index beside, or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hearth_server.aws.credentials import Credentials
from hearth_server.functions import wiring

from tests.hearth_server.store.tables import client, create
from tests.services.dynamodb_local import ACCESS_KEY, dynamodb_local


@contextmanager
def stage(search: str, validation: str = "full") -> Iterator[None]:
    """Set the environment of the functions to an empty stage of its own."""
    with dynamodb_local() as url, tempfile.TemporaryDirectory() as folder:
        create(client(url, Credentials(ACCESS_KEY, "secret")), "resources")
        os.environ |= {
            "HEARTH_RESOURCES_TABLE": "resources",
            "HEARTH_BODIES_BUCKET": "bodies",
            "HEARTH_SEARCH_ENGINE": search,
            "HEARTH_SEARCH_LOCATION": str(Path(folder) / "index.sqlite"),
            "HEARTH_VALIDATION": validation,
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_ENDPOINT_URL": url,
        }
        for part in (wiring.stage_settings, wiring.store, wiring.search_index, wiring.services):
            part.cache_clear()
        yield
