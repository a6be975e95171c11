"""The components reached from another language: schema, and construction over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import grpc
import hearth_aws
import pytest
import yaml
from hearth_local.engine import wire
from hearth_local.engine.monitor import EngineLog, ResourceMonitor, serving
from hearth_local.engine.program import ignore_message
from hearth_local.engine.project import Project, load
from hearth_local.engine.recording import Recorder
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from tests.hearth_aws.graph import ROOT, Graph
from tests.hearth_aws.plugin import running, schema


def _project() -> Project:
    return load(ROOT, "dev")


@contextmanager
def _recording() -> Iterator[tuple[str, Recorder]]:
    """Give the address of an engine, and what is registered with it."""
    project = _project()
    recorder = Recorder(project, known=True)
    monitor = ResourceMonitor(project, recorder, preview=False)
    with serving(monitor, EngineLog(ignore_message)) as address:
        yield address, recorder


Constructed = Callable[[str, dict[str, Any]], tuple[Graph, wire.Properties]]


@pytest.fixture(scope="module")
def constructed() -> Iterator[Constructed]:
    """Constructs components as the engine does for a program in another language.

    One plugin constructs them all, one after the other, as it does for a program.
    """
    with _recording() as (engine, _), running(engine) as plugin:
        yield partial(_construct, plugin)


def _construct(
    plugin: ResourceProviderStub, type_: str, inputs: dict[str, Any]
) -> tuple[Graph, wire.Properties]:
    project = _project()
    with _recording() as (address, recorder):
        answer = plugin.Construct(
            provider_pb2.ConstructRequest(
                project=project.name,
                stack=project.stage,
                monitorEndpoint=address,
                parallel=4,
                type=f"hearth:index:{type_}",
                name="thing",
                inputs=wire.to_struct(inputs),
                accepts_output_values=True,
            )
        )
    return Graph(tuple(recorder.resources())), wire.from_struct(answer.state)


def test_every_component_is_in_the_schema_with_a_text_for_every_input() -> None:
    found = schema()

    components = {name for name in hearth_aws.__all__ if f"{name}Args" in hearth_aws.__all__}
    assert {name.rpartition(":")[2] for name in found["resources"]} == components
    for name, resource in {**found["resources"], **found["types"]}.items():
        for side in ("inputProperties", "properties"):
            for key, described in resource.get(side, {}).items():
                assert described.get("description"), f"{name}.{key} has no text"


def test_the_plugin_declares_what_it_needs() -> None:
    plugin = yaml.safe_load((ROOT / "components" / "PulumiPlugin.yaml").read_text())
    needed = (ROOT / "components" / "requirements.txt").read_text().split()
    project = (ROOT / "pyproject.toml").read_text()

    assert plugin == {"runtime": "python", "name": "hearth"}
    assert [each.partition(">")[0] for each in needed] == ["pulumi", "pulumi-aws"]
    assert all(f'"{each}"' in project for each in needed)


def test_numbers_that_arrive_as_floats_and_enumerations_as_text_are_understood(
    constructed: Constructed,
) -> None:
    inputs = {"mode": "governance", "retentionDays": 30, "tags": {"owner": "ward 7"}}

    graph, state = constructed("AuditArchive", inputs)

    lock = graph.inputs("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    bucket = graph.one("s3/bucket:Bucket", "thing")
    assert lock["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}}
    assert bucket.inputs["tags"] == {"hearth:component": "AuditArchive", "owner": "ward 7"}
    assert state["bucketName"] == bucket.outputs["bucket"]
    assert sorted(state) == ["accessLogBucketName", "bucketArn", "bucketName", "keyArn"]


def test_nested_inputs_reach_the_component(constructed: Constructed) -> None:
    inputs = {
        "engine": "opensearch",
        "instanceCount": 2,
        "network": {"subnetIds": ["subnet-a", "subnet-b"], "securityGroupIds": ["sg-a"]},
    }

    graph, state = constructed("SearchIndex", inputs)

    assert graph.inputs("opensearch/domain:Domain")["vpcOptions"] == {
        "subnetIds": ["subnet-a", "subnet-b"],
        "securityGroupIds": ["sg-a"],
    }
    assert state["engine"] == "opensearch"


def test_a_whole_api_is_constructed(constructed: Constructed) -> None:
    inputs = {
        "bundle": {"code": {wire.SIGNATURE: wire.ARCHIVE, "path": "."}},
        "store": {
            "tableName": "records",
            "tableArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/records",
            "streamArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/records/stream/1",
            "bodiesBucketName": "bodies",
            "bodiesBucketArn": "arn:aws:s3:::bodies",
            "keyArn": "arn:aws:kms:eu-central-1:123456789012:key/given",
        },
        "userPoolArn": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/p",
        "memory": 512,
    }

    graph, state = constructed("FhirApi", inputs)

    function = graph.inputs("lambda/function:Function", "thing-api")
    policy = json.loads(graph.inputs("iam/policy:Policy", "thing-api")["policy"])
    assert function["memorySize"] == 512
    assert function["environment"]["variables"]["HEARTH_RESOURCES_TABLE"] == "records"
    assert state["apiUrl"].endswith("/fhir")  # type: ignore[union-attr]
    assert len(policy["Statement"]) == 6


def test_a_wrong_input_reaches_the_caller_by_name(constructed: Constructed) -> None:
    with pytest.raises(grpc.RpcError) as error:
        constructed("FhirStore", {"recoveryDays": 0})

    assert "FhirStore 'thing': input recovery_days is 0; allowed: 1 to 35" in str(error.value)
