"""Alarms: what they watch, from when on, and whom they tell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hearth_aws.graph import Graph, source

_PROGRAM = """
from hearth_aws import Alarms
import pulumi_aws as aws
group = aws.cloudwatch.LogGroup("indexer", name="indexer-1")
Alarms("watch", {{
    "indexer_function_name": group.name,
    "function_names": {{"indexer": group.name}},
    {more}
}})
"""


def alarms(more: str = "") -> dict[str, Any]:
    """Return the inputs of each alarm that a program makes, by name."""
    graph: Graph = source(_PROGRAM.format(more=more), known=True)
    return {each.name: each.inputs for each in graph.all("cloudwatch/metricAlarm:MetricAlarm")}


def test_watch_the_index_and_every_function() -> None:
    found = {
        name: (
            each["namespace"],
            each["metricName"],
            each["statistic"],
            each["threshold"],
            each["evaluationPeriods"],
        )
        for name, each in alarms().items()
    }

    assert found == {
        "watch-index-lag": ("Hearth", "IndexLagSeconds", "Maximum", 300, 5),
        "watch-stream-age": ("AWS/Lambda", "IteratorAge", "Maximum", 300_000, 5),
        "watch-failed-records": ("Hearth", "FailedRecords", "Sum", 0, 1),
        "watch-undelivered-records": ("AWS/Lambda", "DestinationDeliveryFailures", "Sum", 0, 1),
        "watch-indexer-errors": ("AWS/Lambda", "Errors", "Sum", 0, 1),
        "watch-indexer-throttles": ("AWS/Lambda", "Throttles", "Sum", 0, 3),
    }


def test_are_over_when_nothing_is_written() -> None:
    assert {each["treatMissingData"] for each in alarms().values()} == {"notBreaching"}
    assert {each["comparisonOperator"] for each in alarms().values()} == {"GreaterThanThreshold"}


def test_tell_the_topic_when_they_begin_and_when_they_are_over() -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:pager"

    told = alarms(f'"topic_arn": "{topic}",')

    assert {(*each["alarmActions"], *each["okActions"]) for each in told.values()} == {
        (topic, topic)
    }


def test_of_the_lag_follow_what_may_lag() -> None:
    told = alarms('"lag_seconds": 900,')

    assert told["watch-index-lag"]["threshold"] == 900
    assert told["watch-stream-age"]["threshold"] == 900_000


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('"lag_seconds": 5,', "lag_seconds.*is 5; allowed: 60 or more"),
        ('"function_names": {{"A B": "x"}},'.replace("{{", "{").replace("}}", "}"), "A B"),
        ('"topic": "x",', "topic"),
    ],
)
def test_refuse_what_cannot_be_right(more: str, problem: str) -> None:
    with pytest.raises(Exception, match=problem):
        alarms(more)
