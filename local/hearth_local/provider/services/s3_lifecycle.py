"""Lifecycle rules of S3 buckets, whose filters AWS writes in another form than Pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth_local.provider import tags
from hearth_local.provider.services.s3_settings import BucketSetting
from hearth_local.provider.shapes import from_aws, to_aws
from hearth_local.provider.values import Properties

_RULE = "#s3/BucketLifecycleConfigurationRule"
_NAMES = {"id": "ID"}


class BucketLifecycleConfiguration(BucketSetting):
    """When objects move to a cheaper class or go away."""

    pulumi_type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    putting, getting, deleting = (
        "put_bucket_lifecycle_configuration",
        "get_bucket_lifecycle_configuration",
        "delete_bucket_lifecycle",
    )

    def request(self, inputs: Properties) -> dict[str, Any]:
        rules = [_rule(rule) for rule in inputs.get("rules") or []]
        return {"LifecycleConfiguration": {"Rules": rules}}

    def seen(self, answer: Mapping[str, Any]) -> Properties | None:
        return {"rules": [_seen_rule(rule) for rule in answer["Rules"]]}


def _rule(given: Properties) -> dict[str, Any]:
    rule: dict[str, Any] = to_aws(given, _RULE, _NAMES)
    every = (rule.get("Filter") or {}).get("And")
    if every and "Tags" in every:
        every["Tags"] = tags.pairs(every["Tags"])
    if "Prefix" not in rule and not rule.get("Filter"):
        rule["Filter"] = {"Prefix": ""}  # a rule without a filter is for every object
    return rule


def _seen_rule(answer: Mapping[str, Any]) -> Properties:
    filter_ = dict(answer.get("Filter") or {})
    every = dict(filter_.get("And") or {})
    if "Tags" in every:
        every["Tags"] = tags.mapping(every["Tags"])
        filter_["And"] = every
    rule: Properties = from_aws({**answer, "Filter": filter_}, _RULE, _NAMES)
    return rule
