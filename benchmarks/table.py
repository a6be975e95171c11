"""The parts of a stage for benchmarks: DynamoDB Local behind, a SQLite index beside, or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from hearth_server.aws.credentials import Credentials
from hearth_server.functions import log, wiring

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


@contextmanager
def silent() -> Iterator[None]:
    """Keep the log's line for each request off this terminal: on AWS it does not go there."""
    with mock.patch.object(log, "line", _say_nothing):
        yield


def _say_nothing(_: str, **__: object) -> None:
    """Take the place of the log, without the costs of a mock that remembers."""
