"""Alarms on what keeps a FHIR server's index in step, and on its functions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch

from hearth_aws import inputs, tags

NAMESPACE = "Hearth"
"""Of the metrics that the server's own log lines carry."""


class AlarmsArgs(TypedDict):
    """What Alarms can be told."""

    indexer_function_name: pulumi.Input[str]
    """Name of the function that follows the table's stream."""
    function_names: Mapping[str, pulumi.Input[str]]
    """Names of all functions to watch, each under a short word for it."""
    lag_seconds: NotRequired[int]
    """How far the search index may lag behind, at least 60. Default 300."""
    topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of the SNS topic that alarms go to, also when they are over. Default: none, so that they
    are seen in CloudWatch only."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags for every resource, beside the component's own."""


@dataclass(frozen=True)
class _Settings:
    indexer: pulumi.Input[str]
    functions: Mapping[str, pulumi.Input[str]]
    lag_seconds: int
    actions: Sequence[pulumi.Input[str]]
    tags: tags.Tags


def _resolve(args: AlarmsArgs) -> _Settings:
    inputs.known(args, AlarmsArgs)
    functions = inputs.plain("function_names", inputs.required(args, "function_names"))
    if not isinstance(functions, Mapping):
        raise inputs.InputError("function_names", f"is {functions!r}; allowed: a map of names")
    for word in functions:
        inputs.matching("function_names", word, "[a-z][a-z-]{0,30}", "words of small letters")
    topic = inputs.given(args, "topic_arn", inputs.arn)
    indexer = inputs.required(args, "indexer_function_name")
    return _Settings(
        indexer=inputs.wired("indexer_function_name", indexer),
        functions={
            word: inputs.wired(f"function_names.{word}", each) for word, each in functions.items()
        },
        lag_seconds=inputs.whole("lag_seconds", args.get("lag_seconds", 300), minimum=60),
        actions=[] if topic is None else [topic],
        tags=tags.resolve("Alarms", args),
    )


@dataclass(frozen=True)
class _Watch:
    """A metric, and when it is too much."""

    description: str
    namespace: str
    metric: str
    statistic: str
    above: int
    minutes: int = 5
    """For how long, one minute each."""


_FAILED = _Watch(
    "Records could not be indexed and are set aside: hearth redrive, once the cause is mended",
    *(NAMESPACE, "FailedRecords", "Sum", 0, 1),
)
_UNDELIVERED = _Watch(
    "Lambda could not put failed records into their bucket: they are lost to hearth redrive; run"
    " hearth verify-index",
    *("AWS/Lambda", "DestinationDeliveryFailures", "Sum", 0, 1),
)
_ERRORS = _Watch("A function failed", "AWS/Lambda", "Errors", "Sum", 0, 1)
_THROTTLES = _Watch(
    "A function is called more often than the account's concurrency allows",
    *("AWS/Lambda", "Throttles", "Sum", 0, 3),
)


def _lags(seconds: int) -> dict[str, _Watch]:
    return {
        "index-lag": _Watch(
            f"The search index lags more than {seconds} seconds behind",
            *(NAMESPACE, "IndexLagSeconds", "Maximum", seconds),
        ),
        # Also seen when the function does not come to say how far it lags.
        "stream-age": _Watch(
            f"The indexer has not read the table's stream for more than {seconds} seconds",
            *("AWS/Lambda", "IteratorAge", "Maximum", seconds * 1000),
        ),
    }


class Alarms(pulumi.ComponentResource):
    """Alarms on the search index and on functions."""

    alarm_names: pulumi.Output[Sequence[str]]
    """Names of the alarms."""

    def __init__(
        self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with inputs.of("Alarms", name):
            settings = _resolve(args)
        super().__init__("hearth:index:Alarms", name, {}, opts)
        index = {
            **_lags(settings.lag_seconds),
            "failed-records": _FAILED,
            "undelivered-records": _UNDELIVERED,
        }
        alarms = [
            self._alarm(f"{name}-{what}", watch, settings.indexer, settings)
            for what, watch in index.items()
        ]
        for word, function in settings.functions.items():
            alarms.append(self._alarm(f"{name}-{word}-errors", _ERRORS, function, settings))
            alarms.append(self._alarm(f"{name}-{word}-throttles", _THROTTLES, function, settings))
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in alarms))
        self.register_outputs({"alarm_names": self.alarm_names})

    def _alarm(
        self, name: str, watch: _Watch, function: pulumi.Input[str], settings: _Settings
    ) -> cloudwatch.MetricAlarm:
        return cloudwatch.MetricAlarm(
            name,
            alarm_description=watch.description,
            namespace=watch.namespace,
            metric_name=watch.metric,
            dimensions={"FunctionName": function},
            statistic=watch.statistic,
            comparison_operator="GreaterThanThreshold",
            threshold=watch.above,
            period=60,
            evaluation_periods=watch.minutes,
            datapoints_to_alarm=watch.minutes,
            treat_missing_data="notBreaching",  # nothing was written, so nothing lags
            alarm_actions=settings.actions,
            ok_actions=settings.actions,
            tags=settings.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
