"""One running policy pack for all the tests of rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hearth_cli.check.pack import PolicyPackProcess

from tests.hearth_policies.pack import PROGRAM, SETTINGS


@pytest.fixture(scope="session")
def pack() -> Iterator[PolicyPackProcess]:
    with PolicyPackProcess(PROGRAM, SETTINGS) as running:
        yield running
