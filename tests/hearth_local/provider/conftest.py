"""One MiniStack and one provider for all tests of the folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hearth_local.provider.serving import Served, serving
from tests.hearth_local.provider.world import World
from tests.services.ministack import MiniStack, ministack


@pytest.fixture(scope="session")
def stack() -> Iterator[MiniStack]:
    """Give a running MiniStack."""
    with ministack() as running:
        yield running


@pytest.fixture(scope="session")
def provider(stack: MiniStack) -> Iterator[Served]:
    """Give the provider, configured for that MiniStack."""
    with serving(stack.url) as served:
        yield served


@pytest.fixture(scope="session")
def world(stack: MiniStack) -> World:
    """Give things in AWS that others need, made by boto3 and not by the provider."""
    return World(stack)
