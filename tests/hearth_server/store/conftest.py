"""What every test of a store uses: the contract's asserts explained, and a clock to turn."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.hearth_server.store.contract")
