"""The engines that the suite runs on, each opened over a real database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hearth_server.search.engines.protocol import SearchEngine
from hearth_server.search.engines.sql.engine import SqlEngine
from hearth_server.search.engines.sql.sqlite import SqliteDatabase

ENGINES = ("sqlite",)


@contextmanager
def opened(name: str) -> Iterator[SearchEngine]:
    """Yield an empty engine."""
    assert name == "sqlite"
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "index.sqlite")
        yield SqlEngine(database)
        database.close()
