"""An everyday slice of the store's full proof: `python -m tests.proof.store` makes the rest.

HEARTH_SEED chooses another slice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, client, create
from tests.proof.store import campaign, concurrency
from tests.proof.store.trial import Place
from tests.services.dynamodb_local import dynamodb_local

pytestmark = pytest.mark.java

SEED = int(os.environ.get("HEARTH_SEED", "1"))
FAULTS = 40


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """A DynamoDB Local with the table."""
    with dynamodb_local() as url:
        create(client(url, LOCAL_CREDENTIALS), "resources")
        yield Place(url, "resources")


def test_a_commit_that_meets_a_fault_is_there_as_a_whole_or_not_at_all(place: Place) -> None:
    """Killed before or after any call, throttled, cut off, answered too late."""
    planned = campaign.plan(place, SEED, heavy=False)[:FAULTS]

    results = [campaign.carry_out(place, one, SEED) for one in planned]

    wrong = {result.name: result.wrong for result in results if result.wrong}
    assert wrong == {}, f"HEARTH_SEED={SEED}"
    assert sum(result.happened for result in results) > FAULTS // 2


@pytest.mark.parametrize("keys", [1, 3])
@pytest.mark.parametrize("together", [100, 1], ids=["together", "staged"])
def test_what_twenty_clients_see_at_once_is_linearizable(
    place: Place, keys: int, together: int
) -> None:
    linearizable, operations = concurrency.check_place(
        place, keys=keys, together=together, clients=20, rounds=15, seed=SEED
    )

    assert linearizable, f"HEARTH_SEED={SEED}"
    assert operations >= 300
