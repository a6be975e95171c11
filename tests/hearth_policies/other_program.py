"""Previews a program that is not Hearth's under Pulumi's own engine with the pack; prints the end.

It is a process of its own because Pulumi's Automation API keeps its settings in globals.
Arguments: the `pulumi` binary, a work folder, the pack, its configuration, and the provider's port.
MiniStack's address comes in AWS_ENDPOINT_URL.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pulumi_aws as aws
from pulumi import automation


def program() -> None:
    """Declare a log, a queue with an exception, one without, and a log that is not known yet."""
    key = aws.kms.Key("records", enable_key_rotation=True)
    aws.sqs.Queue("build-events")
    aws.sqs.Queue("orders")
    aws.cloudwatch.LogGroup("short", kms_key_id=key.arn, retention_in_days=7)
    later = key.id.apply(lambda _: 1)
    aws.cloudwatch.LogGroup("later", kms_key_id=key.arn, retention_in_days=later)


def main() -> None:
    """Preview, and print whether it failed and what it said."""
    binary, folder, pack, config = (Path(argument) for argument in sys.argv[1:5])
    os.environ["PATH"] = os.pathsep.join([str(binary.parent), str(folder), os.environ["PATH"]])
    folder.joinpath("backend").mkdir()
    options = automation.LocalWorkspaceOptions(
        work_dir=str(folder),
        pulumi_home=str(folder / "home"),
        env_vars={
            "PULUMI_CONFIG_PASSPHRASE": "local",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{sys.argv[5]}",
        },
        project_settings=automation.ProjectSettings(
            name="other",
            runtime="python",
            backend=automation.ProjectBackend(url=f"file://{folder / 'backend'}"),
        ),
    )
    stack = automation.create_or_select_stack("dev", "other", program, opts=options)
    stack.set_config("aws:region", automation.ConfigValue("eu-central-1"))
    try:
        said = stack.preview(policy_packs=[str(pack)], policy_pack_configs=[str(config)]).stdout
        failed = False
    except automation.CommandError as error:
        said, failed = str(error), True
    sys.stdout.write(json.dumps({"failed": failed, "said": said}) + "\n")


if __name__ == "__main__":
    main()
