"""How much one search may ask for: an index takes longer than twice for twice as much."""

from __future__ import annotations

from collections.abc import Sequence

from hearth_server.errors import NotSupported
from hearth_server.search.query import Condition
from hearth_server.search.tree import tests

MAXIMUM_TESTS = 2000
"""Values of all parameters together that are looked for one by one."""


def check_cost(conditions: Sequence[Condition]) -> None:
    """Raise NotSupported for conditions that ask for more than an index answers in time."""
    if sum(tests(each) for each in conditions) > MAXIMUM_TESTS:
        raise NotSupported(
            f"The search looks for more than {MAXIMUM_TESTS} values, chains counted for each type",
            code="too-costly",
        )
