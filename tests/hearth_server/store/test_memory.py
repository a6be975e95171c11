"""The store in memory keeps the contract."""

from __future__ import annotations

import pytest
from hearth_server.store.memory import MemoryStore
from hearth_server.store.protocol import ResourceStore

from tests.hearth_server.store.contract import StoreContract
from tests.hearth_server.store.writing import Clock


class TestMemoryStore(StoreContract):
    """Every promise of `StoreContract`."""

    @pytest.fixture
    def store(self, clock: Clock) -> ResourceStore:
        """A store of its own for each test."""
        return MemoryStore(clock)
