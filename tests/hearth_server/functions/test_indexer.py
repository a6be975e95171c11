"""The function behind the stream, over the items that a real table holds."""

from __future__ import annotations

from typing import Any

import pytest
from hearth_server.functions import indexer, wiring
from hearth_server.search.protocol import NotIndexed
from hearth_server.store.protocol import ABSENT, Key, Write

from tests.hearth_server.functions.conftest import Table
from tests.hearth_server.functions.test_api import Context

pytestmark = pytest.mark.java

FAMILY = "name=Chalmers"


def patient(id: str, base: int = ABSENT) -> Write:
    resource = {"resourceType": "Patient", "id": id, "name": [{"family": "Chalmers"}]}
    return Write(Key("-", "Patient", id), "PUT", resource, base)


def stream(table: Table) -> dict[str, Any]:
    """Return an event that brings every item of the table."""
    records = [
        {
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "Keys": {"pk": item["pk"], "sk": item["sk"]},
                "NewImage": item,
                "SequenceNumber": str(100 + number),
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        }
        for number, item in enumerate(table.items())
    ]
    return {"Records": records}


def found() -> set[str]:
    keys = wiring.search_index().matching("-", "Patient", FAMILY, limit=1000)
    return {key.id for key in keys}


def test_what_has_been_committed_becomes_findable(table: Table):
    wiring.store().commit([patient("a")])
    wiring.store().commit([patient("b")])
    wiring.store().commit([Write(Key("-", "Patient", "b"), "DELETE", None, 1)])

    answer = indexer.handler(stream(table), Context())

    assert (answer, found()) == ({"batchItemFailures": []}, {"a"})


def test_a_large_commit_becomes_findable_by_the_flip_of_its_record(table: Table):
    wiring.store().commit([patient(f"p{number}") for number in range(150)])

    indexer.handler(stream(table), Context())

    assert len(found()) == 150


def test_repeats_in_any_order_change_nothing(table: Table):
    store = wiring.store()
    store.commit([patient("a")])
    event = stream(table)
    store.commit([Write(Key("-", "Patient", "a"), "DELETE", None, 1)])
    later = stream(table)

    for each in (later, event, later, event):
        indexer.handler(each, Context())

    assert found() == set()


def test_an_item_that_has_expired_says_nothing(table: Table):
    event = {"Records": [{"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "1"}}]}

    assert indexer.handler(event, Context()) == {"batchItemFailures": []}


def test_only_the_records_that_cannot_be_indexed_come_again(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    wiring.store().commit([patient("a"), patient("b")])
    event = stream(table)
    index = wiring.search_index().index

    def refuse_b(records: Any) -> None:
        index([record for record in records if record.key.id != "b"])
        poison = [record for record in records if record.key.id == "b"]
        raise NotIndexed(poison, ValueError("Chalmers"))

    monkeypatch.setattr(wiring.search_index(), "index", refuse_b)

    answer = indexer.handler(event, Context())

    poisoned = [
        record["dynamodb"]["SequenceNumber"]
        for record in event["Records"]
        if record["dynamodb"]["NewImage"]["pk"]["S"] == "-#Patient#b"
    ]
    assert answer == {"batchItemFailures": [{"itemIdentifier": number} for number in poisoned]}
    assert found() == {"a"}
    assert "Chalmers" not in capsys.readouterr().out
