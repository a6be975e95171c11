"""Inputs that come from other resources: outputs are taken as they are, text is checked at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hearth_aws as hearth
import pulumi
import pytest
from hearth_aws import InputError

from tests.hearth_aws.graph import source

KEY = "arn:aws:kms:eu-central-1:123456789012:key/k"
STORE = {
    "table_name": "t",
    "table_arn": "arn:aws:dynamodb:eu-central-1:123456789012:table/t",
    "stream_arn": "arn:aws:dynamodb:eu-central-1:123456789012:table/t/stream/2026",
    "bodies_bucket_name": "b",
    "bodies_bucket_arn": "arn:aws:s3:::b",
    "key_arn": KEY,
}
SEARCH = {"engine": "none", "location": "", "access_statements": "[]"}
API = {
    "bundle": {"code": pulumi.FileArchive(".")},
    "store": STORE,
    "user_pool_arn": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/p",
}
ALARMS = {"indexer_function_name": "f", "function_names": {"api": "f"}}
NETWORK = {"subnet_ids": ["subnet-a"], "security_group_ids": ["sg-a"]}


def _api(**change: Any) -> hearth.FhirApi:
    args: Any = {**API, **change}
    return hearth.FhirApi("it", args)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        # An empty key would be AWS's own, without a word.
        (lambda: hearth.FhirStore("it", {"key_arn": ""}), "input key_arn is ''; allowed: an ARN"),
        (
            lambda: hearth.BinaryBucket("it", {"key_arn": "alias/ward"}),
            "input key_arn is 'alias/ward'; allowed: an ARN",
        ),
        (
            lambda: hearth.AuditArchive("it", {"key_arn": ""}),
            "input key_arn is ''; allowed: an ARN",
        ),
        (
            lambda: hearth.SearchIndex("it", {"engine": "postgresql", "key_arn": ""}),  # type: ignore[typeddict-item]
            "input key_arn is ''; allowed: an ARN",
        ),
        (
            lambda: hearth.SearchIndex("its", {"engine": "opensearch", "logs_key_arn": ""}),  # type: ignore[typeddict-item]
            "input logs_key_arn is ''; allowed: an ARN",
        ),
        (lambda: _api(logs_key_arn=""), "input logs_key_arn is ''; allowed: an ARN"),
        (
            lambda: _api(store={**STORE, "key_arn": "k"}),
            "input store.key_arn is 'k'; allowed: an ARN",
        ),
        (
            lambda: _api(user_pool_arn="eu-central-1_Ab1"),
            "input user_pool_arn is 'eu-central-1_Ab1'; allowed: an ARN",
        ),
        (
            lambda: hearth.Alarms("it", {**ALARMS, "topic_arn": ""}),  # type: ignore[typeddict-item]
            "input topic_arn is ''; allowed: an ARN",
        ),
        (
            lambda: hearth.FhirStore("it", {"access_log_bucket_name": ""}),
            "input access_log_bucket_name is ''; allowed: text that is not empty",
        ),
        (
            lambda: hearth.Alarms("it", {**ALARMS, "function_names": {"api": ""}}),  # type: ignore[typeddict-item]
            "input function_names.api is ''; allowed: text that is not empty",
        ),
        (
            lambda: _api(network={**NETWORK, "subnet_ids": ["subnet-a", None]}),
            "input network.subnet_ids[1] is None; allowed: text that is not empty",
        ),
        (
            lambda: _api(search={**SEARCH, "engine": "elastic"}),
            "input search.engine is 'elastic'; allowed: none, sqlite, postgresql, opensearch",
        ),
        (
            lambda: _api(search={**SEARCH, "access_statements": "{}"}),
            "input search.access_statements is '{}'; allowed: a list of IAM statements, as JSON",
        ),
        (
            lambda: _api(search={**SEARCH, "access_statements": "all"}),
            "input search.access_statements is 'all'; allowed: a list of IAM statements, as JSON",
        ),
        (
            lambda: _api(bundle={"code": "./code"}),
            "input bundle.code is './code'; allowed: an archive, such as "
            "pulumi.FileArchive(folder)",
        ),
    ],
)
def test_text_that_cannot_be_right_is_refused_before_any_resource_exists(
    make: Callable[[], pulumi.Resource], problem: str
) -> None:
    with pytest.raises(InputError) as error:
        make()

    assert str(error.value).partition(": ")[2] == problem


def test_a_component_where_one_of_its_outputs_belongs_is_refused() -> None:
    with pytest.raises(InputError) as error:
        _api(user_pool_arn=pulumi.ComponentResource("ward:index:Users", "users"))

    assert error.value.input == "user_pool_arn"
    assert error.value.problem.endswith("allowed: an ARN")


def test_every_wired_input_takes_the_output_of_another_resource() -> None:
    text = f"""
import pulumi
import hearth_aws as hearth

def later(value):
    return {{name: pulumi.Output.from_input(each) for name, each in value.items()}}

hearth.FhirStore("records", later({{"key_arn": "{KEY}", "access_log_bucket_name": "logs"}}))
hearth.Alarms("alarms", {{
    **later({{"topic_arn": "arn:aws:sns:eu-central-1:123456789012:t"}}),
    "indexer_function_name": pulumi.Output.from_input("f"),
    "function_names": later({{"api": "f"}}),
    "tags": {{"ward": pulumi.Output.from_input("7"), "floor": None}},
}})
hearth.FhirApi("fhir", {{
    "bundle": {{"code": pulumi.FileArchive(".")}},
    "store": later({STORE}),
    "search": later({SEARCH}),
    **later({{"user_pool_arn": "{API["user_pool_arn"]}", "logs_key_arn": "{KEY}"}}),
}})
"""

    graph = source(text, known=True)

    assert graph.inputs("dynamodb/table:Table")["serverSideEncryption"]["kmsKeyArn"] == KEY
    assert graph.one("cloudwatch/metricAlarm:MetricAlarm", "alarms-api-errors").inputs["tags"] == {
        "hearth:component": "Alarms",
        "ward": "7",
    }
    assert graph.inputs("lambda/function:Function", "fhir-api")["kmsKeyArn"] == KEY


@pytest.mark.parametrize("args", [None, [], "key_arn", pulumi.ResourceOptions(protect=True)])
def test_anything_but_a_map_is_no_arguments(args: Any) -> None:
    with pytest.raises(InputError) as error:
        hearth.FhirStore("records", args)

    assert str(error.value) == f"FhirStore 'records': input args is {args!r}; allowed: a map"


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({7: "ward"}, "input tags[7] is 'ward'; allowed: text for text"),
        ({"ward": 7}, "input tags['ward'] is 7; allowed: text for text"),
    ],
)
def test_a_tag_is_text_for_text(tags: Any, problem: str) -> None:
    with pytest.raises(InputError) as error:
        hearth.BinaryBucket("it", {"tags": tags})

    assert str(error.value) == f"BinaryBucket 'it': {problem}"


@pytest.mark.parametrize(
    ("component", "longest"),
    [
        (hearth.BinaryBucket, 55),
        (hearth.FhirStore, 48),
        (hearth.AuditArchive, 43),
        (hearth.FhirApi, 40),
    ],
)
@pytest.mark.parametrize("name", ["my_ward", "my ward", "", "w" * 56])
def test_a_name_that_no_bucket_could_have_is_refused(
    component: Any, longest: int, name: str
) -> None:
    with pytest.raises(InputError) as error:
        component(name, {})

    assert error.value.problem == (
        f"is {name!r}; allowed: up to {longest} letters, digits and hyphens, since a bucket is "
        "named after it"
    )


def test_the_longest_names_make_buckets_of_the_length_that_s3_takes() -> None:
    text = f"""
import pulumi
import hearth_aws as hearth

hearth.BinaryBucket("b" * 55, {{}})
hearth.FhirStore("r" * 48, {{}})
hearth.AuditArchive("a" * 43, {{}})
hearth.FhirApi("f" * 40, {{
    "bundle": {{"code": pulumi.FileArchive(".")}},
    "store": {STORE},
    "user_pool_arn": "{API["user_pool_arn"]}",
}})
"""

    buckets = source(text, known=True).all("s3/bucket:Bucket")

    assert sorted(len(each.name) for each in buckets) == [43, 55, 55, 55, 55]
