"""The examples are programs that run."""

from __future__ import annotations

import pytest
from hearth_local.engine import wire
from hearth_local.engine.recording import preview

from tests.hearth_aws.graph import ROOT, Graph

EXAMPLES = ROOT / "examples"


def _graph(example: str) -> Graph:
    bundle = {"own-network:bundle": str(ROOT / "lambda_src")} if example == "own-network" else {}
    return Graph(tuple(preview(EXAMPLES / example, "dev", config=bundle)))


def test_one_component_stands_alone_in_a_program_of_its_own() -> None:
    graph = _graph("one-component")
    stack = graph.one("pulumi:pulumi:Stack")

    assert graph.children(stack) == [("hearth:index:FhirStore", "records")]
    assert set(stack.outputs) == {"table", "stream"}
    assert graph.one("dynamodb/table:Table").options.protect
    assert graph.inputs("dynamodb/table:Table")["tags"] == {
        "hearth:component": "FhirStore",
        "owner": "ward 7",
    }


def test_functions_run_in_the_network_that_the_program_brings() -> None:
    pytest.importorskip("pulumi_awsx")
    graph = _graph("own-network")
    vpc = next(each for each in graph if each.type == "awsx:ec2:Vpc")
    group = graph.one("ec2/securityGroup:SecurityGroup")

    for function in graph.all("lambda/function:Function"):
        assert function.inputs["vpcConfig"] == {
            "subnetIds": wire.UNKNOWN,
            "securityGroupIds": [wire.UNKNOWN],
        }
        needed = set(function.property_dependencies["vpcConfig"])
        assert {vpc.urn, group.urn} <= needed


def test_these_are_all_the_programs_among_the_examples() -> None:
    programs = sorted(each.parent.name for each in EXAMPLES.glob("*/Pulumi.yaml"))

    assert programs == ["one-component", "own-network"]
