"""The engines that the suite runs on, each opened over a real database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from hearth_server.search.engines.opensearch.address import parse as parse_endpoint
from hearth_server.search.engines.opensearch.cluster import Cluster
from hearth_server.search.engines.opensearch.index import OpenSearchIndex
from hearth_server.search.engines.protocol import RepairableEngine
from hearth_server.search.engines.sql.address import parse
from hearth_server.search.engines.sql.dialect import POSTGRESQL
from hearth_server.search.engines.sql.index import SqlIndex
from hearth_server.search.engines.sql.plan import Limits
from hearth_server.search.engines.sql.postgresql import PostgresqlDatabases
from hearth_server.search.engines.sql.sqlite import SqliteDatabases

from tests.services.opensearch import shared
from tests.services.postgresql import postgresql

ENGINES = ("sqlite", "sqlite-walking", "postgresql", "postgresql-walking", "opensearch")
"""`walking` takes every condition for a common one, so that the walks are followed too. On
PostgreSQL its commits take so few rows that most resources need several, as large ones do on
Aurora DSQL."""

WALKING = Limits(rare=-1, common=-1, window=2, targets=2, linked=2)


_names = (f"suite{number}" for number in count())


@contextmanager
def opensearch_index(**options: Any) -> Iterator[OpenSearchIndex]:
    """Yield an empty index on the node of this test run, whose writes are seen at once."""
    address = parse_endpoint(f"{shared().url}/{next(_names)}")
    cluster = Cluster(address, "")
    index = OpenSearchIndex(cluster, address.name, **{"refresh": "true", **options})
    yield index
    cluster.send("DELETE", f"/{address.name}-*")


@contextmanager
def opened(name: str) -> Iterator[RepairableEngine]:
    """Yield an empty engine; skip the test where what it needs is missing."""
    if name == "opensearch":
        with opensearch_index() as made:
            yield made
        return
    if name.startswith("postgresql"):
        with postgresql() as conninfo:
            address = parse(conninfo, "")
            limits = None
            if name == "postgresql-walking":
                address = replace(address, dialect=replace(POSTGRESQL, commit_rows=12))
                limits = WALKING
            index = SqlIndex(PostgresqlDatabases(address), limits)
            yield index
            index.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        files = SqliteDatabases(Path(folder) / "index.sqlite")
        index = SqlIndex(files, WALKING if name == "sqlite-walking" else None)
        yield index
        index.close()
