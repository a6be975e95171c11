"""The example of a store of one's own keeps the contract, as docs/custom-store.md says it must."""

from __future__ import annotations

from pathlib import Path

import pytest
from hearth_server.store.protocol import ResourceStore

from examples.sqlite_store import SqliteStore
from tests.hearth_server.store.contract import StoreContract
from tests.hearth_server.store.test_model import hold
from tests.hearth_server.store.writing import Clock


class TestSqliteStore(StoreContract):
    """Every promise of `StoreContract`."""

    @pytest.fixture
    def store(self, clock: Clock, tmp_path: Path) -> ResourceStore:
        """A store in a file of its own."""
        return SqliteStore(tmp_path / "records.sqlite", clock)


def test_the_example_answers_as_the_model(tmp_path: Path) -> None:
    hold(lambda clock: SqliteStore(tmp_path / "records.sqlite", clock), 12)
