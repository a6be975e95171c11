"""The jobs that repair an index, as the function runs them: in slices, also after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hearth_server.functions import indexer, repair, wiring
from hearth_server.repair import reindex

from tests.hearth_server.functions.conftest import SQL_ENGINES, Table
from tests.hearth_server.functions.stages import (
    Stage,
    empty_location,
    use,
)
from tests.hearth_server.functions.test_api import Context
from tests.hearth_server.store.tables import LOCAL_CREDENTIALS, client
from tests.services.event_source_mapping import FunctionDied

pytestmark = pytest.mark.java

_tenants = (f"repair{number}" for number in count())


@pytest.fixture
def stage(
    engine: tuple[str, str], table: Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Stage]:
    """A stage with an index of its own, whose readers learn of a swap at once."""
    made = Stage(table, next(_tenants))
    monkeypatch.setattr(reindex, "LEARNT_SECONDS", 0.0)
    monkeypatch.setattr("hearth_server.search.engines.sql.index.LEARNT_SECONDS", 0.0)
    monkeypatch.setattr("hearth_server.search.engines.sql.index.LEAVING_SECONDS", 0.0)
    monkeypatch.setattr("hearth_server.repair.verify.PATIENCE_MILLISECONDS", 0)
    name, location = engine
    use(monkeypatch, made, name, empty_location(name, location, tmp_path))
    yield made
    close = getattr(wiring.search_engine(), "close", None)
    if close is not None:  # what speaks HTTP keeps nothing open
        close()


def call(job: str, **event: Any) -> dict[str, Any]:
    answer = repair.handler({"job": job, "runner": "test", **event}, Context())
    said: dict[str, Any] = json.loads(json.dumps(answer))
    return said


def run(job: str, between: Callable[[], None] = lambda: None, **event: Any) -> dict[str, Any]:
    """Call the function until the job is finished; return its last answer."""
    while True:
        answer = call(job, **event)
        if answer.get("finished") or "refused" in answer:
            return answer
        between()


def index(stage: Stage) -> None:
    stage.deliver(stage.stream())


def lose(stage: Stage, *ids: str) -> None:
    """Delete what the index has of Patients, behind its back."""
    from hearth_server.search.engines.sql.fragment import Sql

    engine: Any = wiring.search_engine()
    if wiring.stage_settings().search_engine == "opensearch":
        for id in ids:
            stage.lose_document(id)
        return
    for id in ids:
        statement = Sql("DELETE FROM resource WHERE tenant = ? AND id = ?", (stage.tenant, id))
        database = engine._reading()._database
        database.write(lambda transaction, lost=statement: transaction.run(lost))


def one_page(monkeypatch: pytest.MonkeyPatch, size: int = 3) -> None:
    """Have each call do a single, small step."""
    monkeypatch.setattr(reindex, "PAGE", size)
    monkeypatch.setattr("hearth_server.repair.verify.PAGE", size)
    monkeypatch.setattr(repair, "SLICE_SECONDS", 0.0)


def filled(stage: Stage) -> dict[str, int]:
    """Commit and index some Patients, one of them deleted; return their versions."""
    stage.commit(*(stage.put(f"p{number}") for number in range(9)))
    stage.commit(stage.put("p1", 1, gender="male"))
    stage.commit(stage.delete("p2", 1))
    index(stage)
    return {f"p{number}": 1 + (number in (1, 2)) for number in range(9)}


def test_verify_finds_an_index_that_agrees(stage: Stage) -> None:
    filled(stage)

    answer = run("verify")

    assert answer["details"] == [{"type": "Patient", "inStore": 9, "inIndex": 9}]
    assert answer["counts"] == {"inIndex": 9, "inStore": 9, "doubtful": 0, "differences": 0}


def test_verify_names_what_is_missing_old_and_too_much(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_page(monkeypatch)
    filled(stage)
    stage.commit(stage.put("p3", 1))
    lose(stage, "p4")
    from hearth_server.search.documents import document
    from hearth_server.store.protocol import Record

    engine: Any = wiring.search_engine()
    body = b'{"resourceType":"Patient","id":"ghost"}'
    engine.index([document(Record(stage.key("ghost"), 7, 1_700_000_000_000, "PUT", body))])

    answer = run("verify")

    prefix = f"{stage.tenant}/Patient"
    assert answer["details"] == [
        {"type": "Patient", "inStore": 9, "inIndex": 9},
        {"resource": f"{prefix}/ghost", "store": None, "index": 7},
        {"resource": f"{prefix}/p3", "store": 2, "index": 1},
        {"resource": f"{prefix}/p4", "store": 1, "index": None},
    ]
    assert answer["counts"]["differences"] == 3


def test_an_expunged_resource_is_no_difference(stage: Stage) -> None:
    filled(stage)
    stage.commit(stage.delete("p5", 1))
    index(stage)
    wiring.store().expunge(stage.key("p5"))

    before = run("verify")["counts"]["differences"]
    run("reindex")

    assert (before, run("verify")["counts"]["differences"]) == (0, 0)


def test_reindex_mends_what_verify_names(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    one_page(monkeypatch, 4)
    expected = filled(stage)
    lose(stage, "p4", "p2")

    answer = run("reindex")

    assert (answer["finished"], answer["counts"]) == (True, {"indexed": 9, "failed": 0})
    assert stage.indexed() == expected
    assert stage.found() == {f"p{number}" for number in (0, 3, 4, 5, 6, 7, 8)}
    assert run("verify")["counts"]["differences"] == 0


def test_a_record_that_cannot_be_read_is_named_and_stops_no_other(stage: Stage) -> None:
    expected = filled(stage)
    (item,) = (each for each in stage.table.items() if each["pk"]["S"].endswith("#Patient#p4"))
    damaged = {**item, "body": {"B": "AWdhcmJhZ2U="}}
    dynamodb = client(stage.table.url, LOCAL_CREDENTIALS)
    dynamodb.call("PutItem", {"TableName": stage.table.name, "Item": damaged})
    lose(stage, "p4")

    verified = run("verify")
    rebuilt = run("reindex")

    name = f"{stage.tenant}/Patient/p4"
    unreadable = {"resource": name, "store": "unreadable", "index": None}
    assert verified["details"][1:] == [unreadable]
    assert rebuilt["details"] == [{"resource": "Patient/p4", "problem": "ValueError"}]
    assert stage.indexed() == {id: version for id, version in expected.items() if id != "p4"}


def test_what_is_written_while_an_index_is_built_is_not_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between any two steps resources are made, changed and deleted; some by the stream alone."""
    one_page(monkeypatch)
    expected = filled(stage)
    numbers = count()

    def write() -> None:
        number = next(numbers)
        stage.commit(stage.put(f"new{number}"))
        stage.commit(stage.put(f"new{number}", 1, gender="male"))
        expected[f"new{number}"] = 2
        if number < 6:
            base = expected[f"p{number}"]
            stage.commit(
                stage.delete(f"p{number}", base) if base == 1 else stage.put(f"p{number}", base)
            )
            expected[f"p{number}"] = base + 1
        if number % 2:
            stage.deliver(stage.stream()[-6:])

    run("reindex", write)
    index(stage)

    assert stage.indexed() == expected
    assert run("verify")["counts"]["differences"] == 0


def test_a_reindex_that_is_killed_goes_on_where_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_page(monkeypatch)
    expected = filled(stage)
    phases: list[str] = []
    step = reindex.Reindex.step

    def killed_now_and_then(self: Any) -> None:
        step(self)
        phases.append(self.report().phase)
        if len(phases) % 3 == 0:
            raise FunctionDied

    monkeypatch.setattr(reindex.Reindex, "step", killed_now_and_then)
    finished = False
    while not finished:
        try:
            finished = call("reindex").get("finished", False)
        except FunctionDied:
            continue

    assert stage.indexed() == expected
    assert phases.count("turning") <= 2
    assert len(phases) < 30


@pytest.mark.parametrize("engine", SQL_ENGINES, indirect=True)
def test_reindex_of_some_parameters_touches_only_the_types_that_have_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a SQL index can lose the values of a resource that it keeps."""
    filled(stage)
    stage.commit(*(_observation(stage, number) for number in range(2)))
    index(stage)
    _forget_values(stage)
    lost = stage.found()

    answer = run("reindex", parameters=["gender"])

    assert (lost, stage.found()) == (set(), {f"p{n}" for n in (0, 3, 4, 5, 6, 7, 8)})
    assert answer["counts"] == {"indexed": 9, "failed": 0}


def _observation(stage: Stage, number: int) -> Any:
    from hearth_server.store.protocol import ABSENT, Key, Write

    resource = {"resourceType": "Observation", "id": f"o{number}", "status": "final"}
    return Write(Key(stage.tenant, "Observation", f"o{number}"), "PUT", resource, ABSENT)


def _forget_values(stage: Stage) -> None:
    from hearth_server.search.engines.sql.fragment import Sql

    engine: Any = wiring.search_engine()
    database = engine._reading()._database
    database.write(lambda transaction: transaction.run(Sql("DELETE FROM term")))


def test_a_parameter_that_no_type_has_is_refused(stage: Stage) -> None:
    assert run("reindex", parameters=["shoe-size"]) == {
        "refused": "no resource type has a search parameter shoe-size"
    }


def test_another_reindex_than_the_unfinished_one_is_refused_until_it_is_abandoned(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_page(monkeypatch)
    filled(stage)
    call("reindex")

    refused = call("reindex", parameters=["gender"])
    abandoned = call("reindex", abandon=True)

    assert "not finished" in refused["refused"]
    assert abandoned == {"abandoned": True}
    assert run("reindex", parameters=["gender"])["finished"]


def test_two_runners_do_not_work_on_one_job_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_page(monkeypatch)
    filled(stage)
    call("reindex")

    answer = repair.handler({"job": "reindex", "runner": "another"}, Context())

    assert answer["busy"]


def test_redrive_indexes_what_was_set_aside_and_deletes_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hearth_server.search import taking_in

    whole = taking_in.document
    for id in ("a", "b", "c"):
        stage.commit(stage.put(id))
    with monkeypatch.context() as broken:
        broken.setattr(taking_in, "document", _refusing(whole, {"b", "c"}))
        index(stage)
    aside = len(stage.bucket.objects)
    monkeypatch.setattr(taking_in, "document", _refusing(whole, {"c"}))

    answer = run("redrive")

    assert (aside, stage.found()) == (2, {"a", "b"})
    assert answer["counts"] == {"records": 1, "failed": 1}
    (left,) = stage.bucket.objects
    assert answer["details"] == [{"object": left, "problem": "1 of 1 records fail again"}]


def _refusing(document: Callable[[Any], Any], ids: set[str]) -> Callable[[Any], Any]:
    def refuse(record: Any) -> Any:
        if record.key.id in ids:
            raise ValueError("unreadable")
        return document(record)

    return refuse


def test_redrive_replays_what_lambda_itself_has_put_aside(stage: Stage) -> None:
    stage.commit(stage.put("a"))

    def dying(event: dict[str, Any]) -> Any:
        raise FunctionDied

    stage.deliver(stage.stream(), function=dying, maximum_retry_attempts=0)

    answer = run("redrive")

    assert (stage.found(), stage.bucket.objects) == ({"a"}, {})
    assert answer["counts"]["failed"] == 0


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"payload": {"Records": 1}},
        {"payload": {"Records": [{"dynamodb": 1}]}},
        {"payload": {"Records": [{"dynamodb": {"NewImage": {}}}]}},
    ],
)
def test_redrive_names_an_object_that_holds_no_records_and_leaves_it(
    stage: Stage, odd: dict[str, Any]
) -> None:
    stage.bucket.put("aws/lambda/odd", json.dumps(odd).encode())

    answer = run("redrive")

    assert answer["details"] == [
        {"object": "aws/lambda/odd", "problem": "it holds no stream records"}
    ]
    assert list(stage.bucket.objects) == ["aws/lambda/odd"]


def test_a_stage_without_an_engine_refuses(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTH_SEARCH_ENGINE", "none")

    assert call("verify") == {"refused": "this stage has no search engine"}


def test_what_the_jobs_note_says_nothing_to_the_indexer(stage: Stage) -> None:
    filled(stage)
    run("verify")

    notes = [each for each in stage.stream() if "!job" in each["dynamodb"]["Keys"]["pk"]["S"]]

    assert notes
    assert indexer.index(notes) == set()
