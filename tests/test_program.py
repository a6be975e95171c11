"""The stages' program, run as it is: what the stages share, how they differ, how it fails."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hearth_local.engine.program import ProgramFailed
from hearth_local.engine.recording import preview

from tests.hearth_aws.graph import ROOT, STAGES, Graph, program

COMPONENTS = [
    ("hearth:index:Alarms", "hearth-alarms"),
    ("hearth:index:AuditArchive", "hearth-audit"),
    ("hearth:index:AuthProvider", "hearth-users"),
    ("hearth:index:BinaryBucket", "hearth-binary"),
    ("hearth:index:EncryptionKey", "hearth-audit-key"),
    ("hearth:index:EncryptionKey", "hearth-logs-key"),
    ("hearth:index:EncryptionKey", "hearth-records-key"),
    ("hearth:index:FhirApi", "hearth"),
    ("hearth:index:FhirStore", "hearth-records"),
    ("hearth:index:SearchIndex", "hearth-search"),
]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("known", [False, True])
def test_a_stage_consists_of_components_and_nothing_of_its_own(stage: str, known: bool) -> None:
    graph = program(stage, known=known)

    assert graph.children(graph.one("pulumi:pulumi:Stack")) == COMPONENTS


@pytest.mark.parametrize("stage", STAGES)
def test_preview_and_update_register_the_same_resources(stage: str) -> None:
    preview_, update = program(stage, known=False), program(stage, known=True)

    def outline(graph: Graph) -> list[tuple[str, str, frozenset[str]]]:
        return [(each.urn, each.parent, frozenset(each.inputs)) for each in graph]

    assert outline(preview_) == outline(update)


@pytest.mark.parametrize("stage", STAGES)
def test_every_resource_is_parented_and_named_after_its_component(stage: str) -> None:
    graph = program(stage, known=True)
    by_urn = {each.urn: each for each in graph}

    for resource in graph:
        if resource.type.startswith("aws:"):
            component = by_urn[resource.parent]
            assert component.type.startswith("hearth:index:")
            assert resource.name == component.name or resource.name.startswith(f"{component.name}-")


@pytest.mark.parametrize("stage", STAGES)
def test_every_resource_that_can_be_tagged_says_stage_and_component(stage: str) -> None:
    graph = program(stage, known=True)
    by_urn = {each.urn: each for each in graph}
    untagged = set()

    for resource in graph:
        if not resource.type.startswith("aws:"):
            continue
        component = by_urn[resource.parent].type.removeprefix("hearth:index:")
        if "tags" in resource.inputs:
            assert resource.inputs["tags"] == {
                "hearth:stage": stage,
                "hearth:component": component,
            }
        else:
            untagged.add(resource.type)
    assert untagged - set(UNTAGGABLE) == set()


UNTAGGABLE = [
    *(f"aws:apigateway/{each}" for each in ("account:Account", "authorizer:Authorizer")),
    *(f"aws:apigateway/{each}" for each in ("deployment:Deployment", "integration:Integration")),
    *(f"aws:apigateway/{each}" for each in ("method:Method", "methodSettings:MethodSettings")),
    *(f"aws:apigateway/{each}" for each in ("resource:Resource", "response:Response")),
    "aws:apigateway/usagePlanKey:UsagePlanKey",
    "aws:cloudwatch/eventTarget:EventTarget",
    *(f"aws:cognito/{each}" for each in ("userGroup:UserGroup", "userPoolClient:UserPoolClient")),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    *(f"aws:lambda/{each}" for each in ("alias:Alias", "permission:Permission")),
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
]


HOLDS_RECORDS = {
    *("dynamodb/table:Table", "s3/bucket:Bucket", "kms/key:Key", "cognito/userPool:UserPool"),
}


@pytest.mark.parametrize(("stage", "kept"), [("dev", False), ("local", False), ("prod", True)])
def test_prod_alone_refuses_to_lose_what_holds_records(stage: str, kept: bool) -> None:
    graph = program(stage, known=True)

    held = [each for type_ in HOLDS_RECORDS for each in graph.all(type_)]
    protected = {each.name for each in held if each.options.protect}

    failed_records = {"hearth-failed-records"}  # a replay's, and kept by AWS while it holds some
    assert protected == ({each.name for each in held} - failed_records if kept else set())
    assert graph.inputs("dynamodb/table:Table")["deletionProtectionEnabled"] is kept
    assert graph.inputs("cognito/userPool:UserPool")["deletionProtection"] == (
        "ACTIVE" if kept else "INACTIVE"
    )
    assert {each.inputs["forceDestroy"] for each in graph.all("s3/bucket:Bucket")} == {not kept}


def test_the_stages_differ_as_their_files_say() -> None:
    def told(stage: str) -> dict[str, Any]:
        graph = program(stage, known=True)
        variables = graph.inputs("lambda/function:Function", "hearth-api")["environment"][
            "variables"
        ]
        lock = graph.inputs("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
        return {
            "engine": variables["HEARTH_SEARCH_ENGINE"],
            "consistency": variables["HEARTH_SEARCH_CONSISTENCY"],
            "base": variables["HEARTH_BASE_URL"],
            "mfa": graph.inputs("cognito/userPool:UserPool")["mfaConfiguration"],
            "lock": tuple(lock["rule"]["defaultRetention"].values()),
            "logs": {
                each.inputs["retentionInDays"] for each in graph.all("cloudwatch/logGroup:LogGroup")
            },
            "password": "ALLOW_USER_PASSWORD_AUTH"
            in graph.inputs("cognito/userPoolClient:UserPoolClient")["explicitAuthFlows"],
            "account": len(graph.all("apigateway/account:Account")),
        }

    served = {
        "engine": "postgresql",
        "consistency": "immediate",
        "base": "https://{domain}/{stage}",
    }
    assert told("dev") == served | {
        "mfa": "OPTIONAL",
        "lock": ("GOVERNANCE", 1),
        "logs": {30},
        "password": False,
        "account": 1,
    }
    assert told("prod") == served | {
        "mfa": "ON",
        "lock": ("COMPLIANCE", 2557),
        "logs": {2557},
        "password": False,
        "account": 1,
    }
    assert told("local") == {
        "engine": "sqlite",
        "consistency": "immediate",
        "base": "http://{host}/_aws/execute-api/{api}/{stage}",
        "mfa": "OFF",
        "lock": ("GOVERNANCE", 1),
        "logs": {1},
        "password": True,
        "account": 0,
    }


def test_the_local_stage_searches_a_file_of_its_own() -> None:
    function = program("local", known=True).inputs("lambda/function:Function", "hearth-api")

    assert function["environment"]["variables"]["HEARTH_SEARCH_LOCATION"] == str(
        ROOT / ".hearth" / "local" / "search.sqlite3"
    )


@pytest.mark.parametrize("stage", STAGES)
def test_functions_get_the_variables_that_the_server_reads_and_no_other(stage: str) -> None:
    source = (ROOT / "lambda_src" / "hearth_server" / "settings.py").read_text()
    read = set(re.findall(r'"(HEARTH_[A-Z_]+)"', source))

    for function in program(stage, known=True).all("lambda/function:Function"):
        environment: Any = function.inputs["environment"]
        assert set(environment["variables"]) == read


def test_the_program_only_wires() -> None:
    source = (ROOT / "__main__.py").read_text()

    assert len(source.splitlines()) < 100
    assert "pulumi_aws" not in source


def test_a_wrong_configuration_is_one_error_that_names_key_value_and_file() -> None:
    with pytest.raises(ProgramFailed) as error:
        preview(ROOT, "dev", config={"hearth:mfa": "sms", "hearth:serchEngine": "none"})

    assert " ".join(str(error.value).split()).startswith(
        "Pulumi.dev.yaml: 2 values are wrong: hearth:mfa is 'sms'; allowed: off, optional, on "
        "hearth:serchEngine is no key; did you mean hearth:searchEngine?"
    )


def test_a_missing_bundle_is_one_error_that_says_how_to_make_it() -> None:
    with pytest.raises(ProgramFailed) as error:
        preview(ROOT, "dev", config={"hearth:bundle": "build/lambda/nowhere"})

    assert str(error.value).startswith(
        "Pulumi.dev.yaml: hearth:bundle is 'build/lambda/nowhere', and there is no such folder; "
        "make it with: hearth build --stage dev"
    )


def test_outputs_are_json_of_text() -> None:
    outputs = program("dev", known=True).one("pulumi:pulumi:Stack").outputs

    assert all(isinstance(value, str) and value for value in outputs.values())
    assert json.dumps(outputs)
