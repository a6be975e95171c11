"""The engines that the suite runs on, each opened over a real database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hearth_server.search.engines.protocol import SearchEngine
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.plan import Limits
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabase
from hearth_server.search.engines.sql.sqlite import SqliteDatabase

from tests.services.postgresql import postgresql

ENGINES = ("sqlite", "sqlite-walking", "postgresql")
"""`walking` takes every condition for a common one, so that the walks are followed too."""

WALKING = Limits(rare=-1, common=-1, window=2)


@contextmanager
def opened(name: str) -> Iterator[SearchEngine]:
    """Yield an empty engine; skip the test where what it needs is missing."""
    if name == "postgresql":
        with postgresql() as conninfo:
            database = PostgresqlDatabase(conninfo)
            yield SqlEngine(database)
            database.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        file = SqliteDatabase(Path(folder) / "index.sqlite")
        yield SqlEngine(file, WALKING if name == "sqlite-walking" else None)
        file.close()
