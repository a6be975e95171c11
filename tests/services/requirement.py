"""What a test says when a real part that it needs is not on this machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it where HEARTH_REQUIRE_SERVICES=1 says that all must be there."""
    if os.environ.get("HEARTH_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is missing, and HEARTH_REQUIRE_SERVICES=1", pytrace=False)
    pytest.skip(f"{what} is missing")
