"""An everyday slice of the full proof: `python -m tests.proof.interactions` makes the rest.

HEARTH_SEED chooses another slice.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.proof.interactions import campaign
from tests.proof.interactions.interactions import INTERACTIONS
from tests.services.dynamodb_local import dynamodb_local

pytestmark = pytest.mark.java

SEED = int(os.environ.get("HEARTH_SEED", "1"))
SOME = 8
FAULTS = 20


def test_a_request_that_meets_a_fault_is_carried_out_as_a_whole_or_not_at_all() -> None:
    """Its process killed, or its answer lost, before or after any call to AWS."""
    some = random.Random(SEED).sample(INTERACTIONS, SOME)
    with dynamodb_local() as url:
        planned = campaign.plan(url, SEED, some)[:FAULTS]

        results = [campaign.carry_out(url, one, SEED) for one in planned]

    wrong = {result.name: result.wrong for result in results if result.wrong}
    assert wrong == {}, f"HEARTH_SEED={SEED}"
    assert sum(result.happened for result in results) > FAULTS // 2
