"""The table's stream as Lambda delivers it: whatever happens to it, the index comes out the same.

Records are those of a real stream; what Lambda does with them is in `event_source_mapping`.
"""

from __future__ import annotations

import random
from functools import cache
from itertools import count
from typing import Any

import pytest
from hearth_server.errors import ServiceError, Unavailable
from hearth_server.functions import indexer, wiring

from tests.hearth_server.functions.conftest import Table
from tests.hearth_server.functions.stages import Stage, use, whole
from tests.hearth_server.functions.test_api import Context
from tests.services.event_source_mapping import EventSourceMapping, FunctionDied

pytestmark = pytest.mark.java

_tenants = (f"stream{number}" for number in count())


@pytest.fixture
def stage(engine: tuple[str, str], table: Table, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(table, next(_tenants))
    use(monkeypatch, made, *engine)
    return made


def written(stage: Stage) -> dict[str, int]:
    """Write, change and delete Patients alone and together; return the versions they end with."""
    for number in range(12):
        stage.commit(stage.put(f"p{number}"))
    for number in range(0, 12, 2):
        stage.commit(stage.put(f"p{number}", 1, gender="male"))
    for number in range(0, 12, 3):
        stage.commit(stage.delete(f"p{number}", 2 if number % 2 == 0 else 1))
    stage.commit(stage.put("p0", 3))
    stage.commit(*(stage.put(f"q{number}") for number in range(120)))  # a staged commit
    stage.commit(*(stage.put(f"q{number}", 1, active=True) for number in range(3)))
    ends = {f"p{number}": 1 + (number % 2 == 0) + (number % 3 == 0) for number in range(12)}
    return {**ends, "p0": 4, **{f"q{number}": 1 + (number < 3) for number in range(120)}}


def females() -> set[str]:
    """Return whom a search for women finds after `written`."""
    odd = {f"p{number}" for number in range(1, 12, 2) if number % 3}
    return odd | {"p0"} | {f"q{number}" for number in range(120)}


def test_the_stream_as_it_is_brings_the_index_up_to_date(stage: Stage) -> None:
    expected = written(stage)

    stage.deliver(stage.stream())

    assert (stage.indexed(), stage.found()) == (expected, females())


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_that_is_shuffled_repeated_and_delayed_brings_the_same_index(
    stage: Stage, seed: int
) -> None:
    expected = written(stage)
    chance = random.Random(seed)
    records = stage.stream()
    mixed = records + chance.sample(records, len(records) // 2)
    chance.shuffle(mixed)
    late = mixed[: len(mixed) // 3]

    stage.deliver(mixed[len(mixed) // 3 :], batch_size=chance.choice([1, 7, 100]))
    stage.commit(stage.put("p1", 1, gender="male"))
    stage.deliver(late + stage.stream(), batch_size=10)

    assert stage.indexed() == {**expected, "p1": 2}
    assert stage.found() == females() - {"p1"}


def test_a_stream_that_comes_as_the_table_is_written_needs_only_be_delivered_once(
    stage: Stage,
) -> None:
    stage.commit(stage.put("a"))
    first = stage.stream()
    stage.deliver(first)
    stage.commit(stage.put("a", 1, gender="male"))

    stage.deliver(stage.stream()[len(first) :])

    assert (stage.indexed(), stage.found()) == ({"a": 2}, set())


def test_version_1_redriven_an_hour_after_the_delete_does_not_bring_the_resource_back(
    stage: Stage,
) -> None:
    stage.commit(stage.put("a"))
    first = stage.stream()
    stage.commit(stage.delete("a", 1))
    stage.deliver(stage.stream())
    hour = 3600
    old = [
        {**each, "dynamodb": {**each["dynamodb"], "ApproximateCreationDateTime": written - hour}}
        for each in first
        if (written := each["dynamodb"]["ApproximateCreationDateTime"])
    ]

    stage.deliver(old)
    _index_version_1(stage)

    assert (stage.found(), stage.indexed()) == (set(), {"a": 2})


def _index_version_1(stage: Stage) -> None:
    """Hand the index the very version, as one would that read it before the delete."""
    record = wiring.store().version(stage.key("a"), 1)
    assert record is not None
    wiring.search_index().index([record])


def poison(stage: Stage, monkeypatch: pytest.MonkeyPatch, id: str) -> None:
    """Have a Patient break whoever extracts its values."""
    from hearth_server.search import taking_in

    document = taking_in.document

    def explosive(record: Any) -> Any:
        if record.key == stage.key(id):
            raise ValueError("a value that nobody can read")
        return document(record)

    monkeypatch.setattr(taking_in, "document", explosive)


def test_a_poison_record_is_set_aside_whole_and_holds_up_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for id in ("a", "poison", "b"):
        stage.commit(stage.put(id, name=[{"family": "Chalmers"}]))
    poison(stage, monkeypatch, "poison")
    records = stage.stream()

    mapping = stage.deliver(records)

    brought = [each for each in records if f"#{'poison'}" in whole(each["dynamodb"]["Keys"])]
    assert [whole(each) for each in stage.bucket.records()] == [whole(each) for each in brought]
    assert stage.found() == {"a", "b"}
    assert len(mapping.invocations) == 1
    assert "Chalmers" not in capsys.readouterr().out


def test_a_record_that_kills_the_function_is_found_by_bisection_and_ends_at_the_destination(
    stage: Stage,
) -> None:
    for number in range(8):
        stage.commit(stage.put(f"p{number}"))
    records = stage.stream()

    def dying(event: dict[str, Any]) -> Any:
        if any("#p5" in whole(each["dynamodb"]["Keys"]) for each in event["Records"]):
            raise FunctionDied
        return indexer.handler(event, Context())

    stage.deliver(records, function=dying, maximum_retry_attempts=2)

    (lost,) = stage.bucket.records()
    assert "#p5" in whole(lost["dynamodb"]["Keys"])
    assert whole(lost) in [whole(each) for each in records]
    assert stage.found() == {f"p{number}" for number in range(8)} - {"p5"}


def test_a_record_that_cannot_be_set_aside_comes_again_alone_and_is_not_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for id in ("a", "poison"):
        stage.commit(stage.put(id))
    poison(stage, monkeypatch, "poison")

    def no_bucket() -> Any:
        raise Unavailable("S3 is away")

    monkeypatch.setattr(wiring, "failed_records", cache(no_bucket))

    mapping = stage.deliver(stage.stream(), maximum_retry_attempts=2)

    (lost,) = stage.bucket.records()
    assert "#poison" in whole(lost["dynamodb"]["Keys"])
    assert mapping.invocations[1:] == [[lost["dynamodb"]["SequenceNumber"]]] * 2
    assert stage.found() == {"a"}


def test_a_bug_that_one_record_brings_out_leaves_the_others_findable(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for id in ("a", "odd", "b"):
        stage.commit(stage.put(id))
    index = wiring.search_index().index

    def buggy(records: Any) -> None:
        if any(record.key.id == "odd" for record in records):
            raise RuntimeError("a bug")
        index(records)

    monkeypatch.setattr(wiring.search_index(), "index", buggy)

    stage.deliver(stage.stream())

    assert (stage.found(), len(stage.bucket.records())) == ({"a", "b"}, 1)


def test_an_engine_that_refuses_us_is_waited_for_and_no_record_is_set_aside(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A right that is taken from the function is nothing that a record could be blamed for."""
    stage.commit(stage.put("a"))

    def forbidden(_: object) -> None:
        raise ServiceError("The search index refuses a request: 403 security_exception")

    with monkeypatch.context() as patched:
        patched.setattr(wiring.search_index(), "index", forbidden)
        patched.setattr(indexer, "_MARGIN", 20.0)
        with pytest.raises(ServiceError):
            indexer.handler({"Records": stage.stream()}, Context())

    assert stage.bucket.objects == {}


def test_a_record_that_is_too_old_ends_at_the_destination(stage: Stage) -> None:
    stage.commit(stage.put("a"))

    def away(event: dict[str, Any]) -> Any:
        raise FunctionDied

    times = iter(range(2_000_000_000, 3_000_000_000, 7200))
    stage.deliver(
        stage.stream(),
        function=away,
        maximum_retry_attempts=10_000,
        maximum_record_age_seconds=6 * 3600 + 2_000_000_000,
        clock=lambda: next(times),
    )

    assert [each["eventName"] for each in stage.bucket.records()] != []


def test_each_batch_says_how_old_its_oldest_record_is_and_how_many_failed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "hearth-indexer")
    stage.commit(stage.put("a"))
    record = stage.stream()[-1]
    written_at = record["dynamodb"]["ApproximateCreationDateTime"]
    monkeypatch.setattr("hearth_server.functions.indexer.time.time", lambda: written_at + 90.0)
    capsys.readouterr()

    EventSourceMapping(lambda event: indexer.handler(event, Context())).deliver([record])

    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    embedded = line["_aws"]["CloudWatchMetrics"]
    assert (line["IndexLagSeconds"], line["FailedRecords"]) == (90.0, 0)
    assert embedded == [
        {
            "Namespace": "Hearth",
            "Dimensions": [["FunctionName"]],
            "Metrics": [
                {"Name": "IndexLagSeconds", "Unit": "Seconds"},
                {"Name": "FailedRecords", "Unit": "Count"},
            ],
        }
    ]
    assert line["FunctionName"] == "hearth-indexer"
