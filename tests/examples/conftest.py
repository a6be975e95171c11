"""What the tests of the examples share: the asserts of the store's contract, explained."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.hearth_server.store.contract")
