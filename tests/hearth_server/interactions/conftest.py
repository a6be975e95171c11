"""A server for each test."""

from __future__ import annotations

import pytest

from tests.hearth_server.serving import Server


@pytest.fixture
def server() -> Server:
    """A server without records."""
    return Server()
