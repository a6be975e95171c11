"""Drives the real Pulumi engine through a stack's life; prints what each step did, as JSON.

It is a process of its own because Pulumi's Automation API keeps its settings in globals.
Arguments: the `pulumi` binary, a work folder, and how the engine gets the provider: `attach:PORT`
or `plugin`. MiniStack's address comes in AWS_ENDPOINT_URL.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import automation

PROJECT, STACK = "hearth", "local"

ONE_KEY: dict[str, Any] = {"description": "one", "table": "first"}
ANOTHER_DESCRIPTION: dict[str, Any] = {"description": "two", "table": "first"}
ANOTHER_TABLE: dict[str, Any] = {"description": "two", "table": "second"}


def program(folder: Path, setting: dict[str, Any]) -> None:
    """Declare a function behind an API, with a table and what they need."""
    key = aws.kms.Key("records", description=setting["description"])
    table = aws.dynamodb.Table(
        "resources",
        hash_key=setting["table"],
        attributes=[{"name": setting["table"], "type": "S"}],
        billing_mode="PAY_PER_REQUEST",
        server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
    )
    trust = aws.iam.get_policy_document_output(
        statements=[
            {
                "actions": ["sts:AssumeRole"],
                "principals": [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}],
            }
        ]
    )
    role = aws.iam.Role("api", assume_role_policy=trust.json)
    read = aws.iam.Policy(
        "read",
        policy={
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table.arn}],
        },
    )
    aws.iam.RolePolicyAttachment("read", role=role.name, policy_arn=read.arn)
    function = aws.lambda_.Function(
        "api",
        role=role.arn,
        runtime="python3.12",
        handler="main.handler",
        code=pulumi.FileArchive(str(folder / "code")),
        environment={"variables": {"TABLE": table.name}},
    )
    api = aws.apigateway.RestApi("api", endpoint_configuration={"types": "REGIONAL"})
    method = aws.apigateway.Method(
        "any",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="ANY",
        authorization="NONE",
        api_key_required=True,
    )
    integration = aws.apigateway.Integration(
        "any",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method=method.http_method,
        type="AWS_PROXY",
        integration_http_method="POST",
        uri=function.invoke_arn,
    )
    apikey = aws.apigateway.ApiKey("client")
    deployment = aws.apigateway.Deployment(
        "api",
        rest_api=api.id,
        opts=pulumi.ResourceOptions(depends_on=[integration]),
    )
    stage = aws.apigateway.Stage(
        "api", rest_api=api.id, deployment=deployment.id, stage_name="live"
    )
    plan = aws.apigateway.UsagePlan(
        "api", api_stages=[{"api_id": api.id, "stage": stage.stage_name}]
    )
    aws.apigateway.UsagePlanKey(
        "client", key_id=apikey.id, key_type="API_KEY", usage_plan_id=plan.id
    )
    pulumi.export("url", stage.invoke_url)
    pulumi.export("key", apikey.value)
    pulumi.export("table", table.name)
    pulumi.export("region", aws.get_region_output().region)


def main() -> None:
    """Preview, up, up again, update, replace, refresh, destroy."""
    binary, folder, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    os.environ["PATH"] = f"{binary.parent}{os.pathsep}{os.environ['PATH']}"
    stack = _stack(folder, how)
    steps: dict[str, Any] = {}
    stack.workspace.program = lambda: program(folder, ONE_KEY)
    steps["preview"] = stack.preview().change_summary
    result = stack.up()
    steps["up"] = result.summary.resource_changes
    steps["outputs"] = {name: output.value for name, output in result.outputs.items()}
    steps["secrets"] = sorted(name for name, output in result.outputs.items() if output.secret)
    steps["up again"] = stack.up(expect_no_changes=True).summary.resource_changes
    stack.workspace.program = lambda: program(folder, ANOTHER_DESCRIPTION)
    steps["update"] = stack.up().summary.resource_changes
    stack.workspace.program = lambda: program(folder, ANOTHER_TABLE)
    result = stack.up()
    steps["replace"] = result.summary.resource_changes
    steps["outputs after"] = {name: output.value for name, output in result.outputs.items()}
    steps["refresh"] = stack.refresh(expect_no_changes=True).summary.resource_changes
    steps["destroy"] = stack.destroy().summary.resource_changes
    sys.stdout.write(json.dumps(steps) + "\n")


def _stack(folder: Path, how: str) -> automation.Stack:
    backend = folder / "backend"
    backend.mkdir(exist_ok=True)
    environment = {
        "PULUMI_CONFIG_PASSPHRASE": "local",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
    }
    if how.startswith("attach:"):
        environment["PULUMI_DEBUG_PROVIDERS"] = f"aws:{how.removeprefix('attach:')}"
    options = automation.LocalWorkspaceOptions(
        work_dir=str(folder),
        pulumi_home=str(folder / "home"),
        env_vars=environment,
        project_settings=automation.ProjectSettings(
            name=PROJECT,
            runtime="python",
            backend=automation.ProjectBackend(url=f"file://{backend}"),
        ),
    )
    stack = automation.create_or_select_stack(
        stack_name=STACK, project_name=PROJECT, program=lambda: None, opts=options
    )
    stack.set_config("aws:region", automation.ConfigValue("eu-central-1"))
    stack.set_config("aws:defaultTags.tags.stage", automation.ConfigValue("local"), path=True)
    return stack


if __name__ == "__main__":
    main()
