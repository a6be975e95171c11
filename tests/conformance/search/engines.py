"""The engines that the suite runs on, each opened over a real database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hearth_server.search.engines.protocol import RepairableEngine
from hearth_server.search.engines.sql.address import parse
from hearth_server.search.engines.sql.dialect import POSTGRESQL
from hearth_server.search.engines.sql.index import SqlIndex
from hearth_server.search.engines.sql.plan import Limits
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabases
from hearth_server.search.engines.sql.sqlite import SqliteDatabases

from tests.services.postgresql import postgresql

ENGINES = ("sqlite", "sqlite-walking", "postgresql", "postgresql-small-commits")
"""`walking` takes every condition for a common one, so that the walks are followed too; commits
are `small` that take so few rows that most resources need several, as large ones do on DSQL."""

WALKING = Limits(rare=-1, common=-1, window=2)


@contextmanager
def opened(name: str) -> Iterator[RepairableEngine]:
    """Yield an empty engine; skip the test where what it needs is missing."""
    if name.startswith("postgresql"):
        with postgresql() as conninfo:
            address = parse(conninfo, "")
            if name == "postgresql-small-commits":
                address = replace(address, dialect=replace(POSTGRESQL, commit_rows=12))
            index = SqlIndex(PostgresqlDatabases(address))
            yield index
            index.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        files = SqliteDatabases(Path(folder) / "index.sqlite")
        index = SqlIndex(files, WALKING if name == "sqlite-walking" else None)
        yield index
        index.close()
