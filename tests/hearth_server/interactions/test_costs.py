"""What the page about performance says of each interaction's cost is what it costs."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from benchmarks.costs import HEAD, measured
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, client, create

pytestmark = pytest.mark.java

PAGE = Path(__file__).parents[3] / "docs" / "performance.md"


def test_the_table_of_costs_is_what_dynamodb_reports(dynamodb_url: str):
    table = f"resources-{uuid.uuid4().hex}"
    create(client(dynamodb_url, LOCAL_CREDENTIALS), table)

    costs = list(measured(dynamodb_url, table))

    lines = "\n".join([*HEAD, *(cost.row for cost in costs)])
    assert lines in PAGE.read_text()
    calls = {cost.name: sum(cost.calls.values()) for cost in costs}
    assert [calls[name] for name in ("read, HEAD", "create", "update", "delete")] == [1, 1, 2, 2]
